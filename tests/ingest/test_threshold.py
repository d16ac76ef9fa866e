"""Threshold, hysteresis and hold: properties that hold for every course of values."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from ingest.observation import Phase
from ingest.rules.threshold import IDLE, Episode, Stage, ThresholdRule, judge_threshold, judge_time
from tests.ingest.instruments import NOW

Steps = list[tuple[float, float]]


def make_rule(*, above: bool, hold_s: float, clear_hold_s: float) -> ThresholdRule:
    sign = 1 if above else -1
    return ThresholdRule(
        id="r", quantity="q", beyond=10.0 * sign, back=5.0 * sign, sign=sign, hold_s=hold_s,
        clear_hold_s=clear_hold_s, category="UM-01003", confidence=None, severity=None, zh="", en="",
    )  # fmt: skip


rules = st.builds(
    make_rule, above=st.booleans(), hold_s=st.sampled_from([0, 5, 60]), clear_hold_s=st.sampled_from([0, 20])
)
courses = st.lists(
    st.tuples(st.floats(0.1, 30), st.sampled_from([0, 4.9, 5, 7, 10, 10.1, 50, -7, -10.1, -50])), max_size=40
)


def play(rule: ThresholdRule, course: Steps) -> list[tuple[float, float, Phase | None, Episode]]:
    episode, at, told = IDLE, NOW, []
    for step_s, value in course:
        at += timedelta(seconds=step_s)
        episode, phase = judge_threshold(rule, episode, value, at)
        told.append(((at - NOW).total_seconds(), value, phase, episode))
    return told


@given(rule=rules, course=courses)
def test_beginnings_and_ends_alternate(rule: ThresholdRule, course: Steps) -> None:
    phases = [phase for _, _, phase, _ in play(rule, course) if phase]
    assert phases == [Phase.BEGIN if i % 2 == 0 else Phase.END for i in range(len(phases))]


@given(rule=rules, course=courses)
def test_nothing_begins_unless_the_value_was_beyond_all_through_the_hold(
    rule: ThresholdRule, course: Steps
) -> None:
    told = play(rule, course)
    for index, (at_s, _, phase, _) in enumerate(told):
        if phase is Phase.BEGIN:
            since = next(i for i in range(index, -1, -1) if i == 0 or not rule.is_beyond(told[i - 1][1]))
            before = max((i for i in range(index) if told[i][2] is Phase.END), default=-1)
            since = max(since, before + 1)
            assert all(rule.is_beyond(told[i][1]) for i in range(since, index + 1))
            assert at_s - told[since][0] >= rule.hold_s - 1e-6


@given(rule=rules, course=courses)
def test_nothing_ends_between_the_two_thresholds(rule: ThresholdRule, course: Steps) -> None:
    for _, value, phase, _ in play(rule, course):
        if phase is Phase.END:
            assert rule.is_back(value)


@given(rule=rules, course=courses)
def test_an_episode_keeps_its_name(rule: ThresholdRule, course: Steps) -> None:
    name = None
    for _, _, phase, episode in play(rule, course):
        if phase is Phase.BEGIN:
            name = episode.began_at
        if phase is Phase.END or episode.stage in {Stage.ACTIVE, Stage.FALLING}:
            assert episode.began_at == name


@given(rule=rules, course=courses)
def test_every_reading_twice_or_in_the_past_changes_nothing(rule: ThresholdRule, course: Steps) -> None:
    episode, at = IDLE, NOW
    for step_s, value in course:
        at += timedelta(seconds=step_s)
        episode, _ = judge_threshold(rule, episode, value, at)
        assert judge_threshold(rule, episode, value, at) == (episode, None)
        assert judge_threshold(rule, episode, 50.0, at - timedelta(seconds=1000)) == (episode, None)


@given(rule=rules, wait_s=st.floats(0, 100))
def test_time_alone_begins_what_is_beyond(rule: ThresholdRule, wait_s: float) -> None:
    episode, phase = judge_threshold(rule, IDLE, 50.0 * rule.sign, NOW)
    _, later = judge_time(rule, episode, NOW + timedelta(seconds=wait_s))
    assert (phase is Phase.BEGIN) == (rule.hold_s == 0)
    assert (later is Phase.BEGIN) == (0 < rule.hold_s <= wait_s)
