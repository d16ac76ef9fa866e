"""Rate, silence, missing numbers, flapping, hours and blackouts: through the senses, with rules of our own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

import pytest

from grid.city import City
from grid.policies import Policies, Policy
from ingest.judge import Senses
from ingest.messages import Taken
from ingest.observation import SHADOW, Observation, Phase
from ingest.rules.watch_rules import MOST_POINTS
from tests.ingest.instruments import NOW, Sender

DEVICE = "street-lamp-003"
BASE = {"category": "EM-09006", "confidence": 0.9, "zh": "试", "en": "trial"}


@pytest.fixture
def with_rules(city: City) -> Callable[..., City]:
    def build(*rules: dict[str, Any], blackouts: tuple[dict[str, Any], ...] = ()) -> City:
        bound = [{"match": {"id": DEVICE}, "during": [], "shadow": False, **BASE, **rule} for rule in rules]
        document = {"rules": bound, "camera_rules": [], "group_rules": [], "blackouts": list(blackouts)}
        known = {policy.name: policy for policy in city.policies.list_policies()}
        known["rules"] = Policy("rules", "v-test", date(2026, 1, 1), MappingProxyType(document))
        return replace(city, policies=Policies(known))

    return build


class Play:
    """Speaks as one device at moments of our choosing, and notes what is told."""

    def __init__(self, city: City, states: dict[str, bytes] | None = None) -> None:
        self.senses, self.sender = Senses(city, states), Sender(city)
        self.kept: dict[str, bytes] = dict(states or {})
        self.told: list[tuple[str, Phase]] = []
        self.seq = 0
        self.records: list[Observation] = []

    def _note(self, taken: Taken) -> Taken:
        for key, content in taken.states.items():
            if content is None:
                self.kept.pop(key, None)
            else:
                self.kept[key] = content
        for record in taken.records:
            assert isinstance(record, Observation), record
            self.records.append(record)
            self.told.append(((record.rule or "").rpartition("/")[0], record.phase))
        return taken

    def say(self, after_s: float, value: float, seq: int | None = None) -> Taken:
        self.sender.at = NOW + timedelta(seconds=after_s)
        self.seq = seq if seq is not None else self.seq + 1
        body = {"at": self.sender.at.isoformat(), "seq": self.seq, "values": {"water_level_m": value}}
        taken = self.senses.take(self.sender.native(DEVICE, "telemetry", json.dumps(body)))
        return self._note(taken)

    def wait(self, after_s: float, *, is_hearing: bool = True) -> Taken:
        return self._note(self.senses.pass_time(NOW + timedelta(seconds=after_s), is_hearing=is_hearing))


RATE = {
    "id": "rate",
    "kind": "rate",
    "quantity": "water_level_m",
    "rises_by": 0.5,
    "within_s": 600,
    "clear_by": 0.1,
}
SILENCE = {"id": "silent", "kind": "silence", "silent_s": 300}
GAP = {"id": "gap", "kind": "sequence_gap", "missing": 3, "within_s": 600, "clear_s": 900}
THRESHOLD = {
    "id": "level", "kind": "threshold", "quantity": "water_level_m", "above": 1.0, "clear_below": 0.5, "hold_s": 0,
    "clear_hold_s": 0,
}  # fmt: skip
FLAPPING = {
    "id": "flaps",
    "kind": "flapping",
    "changes": 4,
    "within_s": 600,
    "quiet_s": 300,
    "category": "UM-01050",
}


def test_a_quick_rise_is_told_and_ends_when_it_stands(with_rules: Callable[..., City]) -> None:
    play = Play(with_rules(RATE))
    for after_s, value in ((0, 0.1), (300, 0.3), (500, 0.65)):
        play.say(after_s, value)
    assert play.told == [("rate", Phase.BEGIN)]
    for after_s in (900, 1000, 1200):
        play.say(after_s, 0.66)
    assert play.told == [("rate", Phase.BEGIN), ("rate", Phase.END)]
    assert {record.id for record in play.records} == {play.records[0].id}


def test_one_reading_from_a_clock_ahead_makes_no_rule_blind(with_rules: Callable[..., City]) -> None:
    play = Play(with_rules(RATE))
    ahead = {"at": "2099-01-01T00:00:00Z", "values": {"water_level_m": 0.1}}
    play._note(play.senses.take(play.sender.native(DEVICE, "telemetry", json.dumps(ahead))))
    play.say(300, 0.3)
    play.say(500, 0.65)
    assert play.told == [("rate", Phase.BEGIN)]


def test_of_a_device_that_speaks_each_second_the_whole_window_is_seen(
    with_rules: Callable[..., City],
) -> None:
    play = Play(with_rules(RATE))
    for second in range(0, 590):
        play.say(second, 0.1 if second < 20 else 0.1 + second * 0.0009)
    assert play.told == [("rate", Phase.BEGIN)]
    assert play.records[0].at == NOW + timedelta(seconds=556), "as much as a rule that forgets nothing would see"
    assert len(play.senses.watch.memory.get_memo(DEVICE).points.popitem()[1]) <= MOST_POINTS


@pytest.mark.parametrize("leap", [9.0, -9.0])
@pytest.mark.parametrize("way", ["rises_by", "falls_by", "changes_by"])
def test_one_false_value_moves_nothing_by_the_median_of_three(
    with_rules: Callable[..., City], leap: float, way: str
) -> None:
    steady = {key: said for key, said in RATE.items() if key != "rises_by"}
    for median_of, told in ((1, True), (3, False)):
        play = Play(with_rules({**steady, way: 0.5, "median_of": median_of}))
        for minute, value in enumerate((1.0, 1.0, 1.0, leap, 1.0, 1.01, 1.0)):
            play.say(minute * 60, value)
        assert bool(play.told) is told
    play.say(480, 9.0 if way == "rises_by" else -9.0)
    play.say(540, 9.0 if way == "rises_by" else -9.0)
    assert play.told == [("rate", Phase.BEGIN)], "what stays is told one reading later"


def test_a_slow_rise_is_nothing(with_rules: Callable[..., City]) -> None:
    play = Play(with_rules(RATE))
    for n in range(40):
        play.say(n * 100, n * 0.05)
    assert play.told == []


def test_a_device_that_should_have_spoken(with_rules: Callable[..., City]) -> None:
    play = Play(with_rules(SILENCE))
    play.wait(0)
    play.say(10, 0.1)
    play.wait(250)
    assert play.told == []
    play.wait(311)
    assert play.told == [("silent", Phase.BEGIN)]
    play.wait(2000)
    play.say(2100, 0.1)
    assert play.told == [("silent", Phase.BEGIN), ("silent", Phase.END)]


def test_one_that_never_spoke_is_silent_too(with_rules: Callable[..., City]) -> None:
    play = Play(with_rules(SILENCE))
    play.wait(0)
    play.wait(301)
    assert play.told == [("silent", Phase.BEGIN)]


def test_nobody_is_silent_while_nobody_can_be_heard(with_rules: Callable[..., City]) -> None:
    play = Play(with_rules(SILENCE))
    play.wait(0)
    play.say(1, 0.1)
    play.wait(900, is_hearing=False)
    play.wait(901)
    assert play.told == []
    play.wait(962)
    assert play.told == [("silent", Phase.BEGIN)]


def test_missing_numbers_are_told_once_and_end(with_rules: Callable[..., City]) -> None:
    play = Play(with_rules(GAP))
    for n, seq in enumerate((1, 2, 4, 4, 3, 7, 8)):
        play.say(n, 0.1, seq)
    assert play.told == [("gap", Phase.BEGIN)]
    play.wait(400)
    assert len(play.told) == 1
    play.wait(1000)
    assert play.told[-1] == ("gap", Phase.END)


def test_a_device_that_counts_anew_has_no_gap(with_rules: Callable[..., City]) -> None:
    play = Play(with_rules(GAP))
    for n, seq in enumerate((500, 501, 1, 2, 3, 900_000, 900_001)):
        play.say(n, 0.1, seq)
    assert play.told == []


def test_a_flapping_device_is_one_matter(with_rules: Callable[..., City]) -> None:
    play = Play(with_rules(THRESHOLD, FLAPPING))
    for n in range(20):
        play.say(n, 2.0 if n % 2 == 0 else 0.1)
    rules = [rule for rule, _ in play.told]
    assert rules.count("flaps") == 1 and rules.count("level") == 4
    play.say(21, 2.0)
    play.wait(400)
    assert play.told[-2:] == [("flaps", Phase.END), ("level", Phase.BEGIN)]


def test_what_is_held_back_of_a_flapping_device_outlives_the_process(with_rules: Callable[..., City]) -> None:
    city = with_rules(THRESHOLD, FLAPPING)
    first = Play(city)
    for n in range(20):
        first.say(n, 2.0 if n % 2 == 0 else 0.1)
    first.say(21, 2.0)
    first.wait(30)
    second = Play(city, first.kept)
    second.wait(420)
    assert second.told == [("flaps", Phase.END), ("level", Phase.BEGIN)]
    assert not [key for key in second.kept if key.startswith("held|")]


def test_in_a_blackout_nothing_begins_and_what_began_ends(with_rules: Callable[..., City]) -> None:
    begins, ends = NOW + timedelta(seconds=100), NOW + timedelta(seconds=200)
    blackout = {
        "id": "works", "match": {"kind": "street_lamp"}, "rules": [],
        "begins_at": begins.isoformat(), "ends_at": ends.isoformat(),
    }  # fmt: skip
    play = Play(with_rules(THRESHOLD, blackouts=(blackout,)))
    play.say(50, 2.0)
    play.say(120, 0.1)
    assert play.told == [("level", Phase.BEGIN), ("level", Phase.END)]
    assert play.say(150, 2.0).ignored == "blackout"
    play.say(201, 2.0)
    assert play.told[-1] == ("level", Phase.BEGIN) and len(play.told) == 3


@pytest.mark.parametrize(
    ("at", "is_told"), [("2026-03-01T15:30:00+00:00", True), ("2026-03-01T03:30:00+00:00", False)]
)
def test_a_rule_watches_in_its_hours_only(with_rules: Callable[..., City], at: str, is_told: bool) -> None:
    night = {"days": [1, 2, 3, 4, 5, 6, 7], "begins": "22:00", "ends": "06:00"}
    play = Play(with_rules({**THRESHOLD, "during": [night]}))
    play.say((datetime.fromisoformat(at) - NOW).total_seconds(), 2.0)
    assert bool(play.told) is is_told


def test_a_rule_in_shadow_says_so(with_rules: Callable[..., City]) -> None:
    play = Play(with_rules({**THRESHOLD, "shadow": True}, {**SILENCE, "shadow": True}))
    play.wait(0)
    play.say(1, 2.0)
    play.wait(400)
    assert len(play.records) == 2 and all(SHADOW in record.flags for record in play.records)


def test_what_is_remembered_outlives_the_process(with_rules: Callable[..., City]) -> None:
    city = with_rules(RATE, SILENCE, GAP)
    first = Play(city)
    first.wait(0)
    first.say(10, 0.1, 1)
    first.say(20, 0.3, 2)
    first.wait(30)
    second = Play(city, first.kept)
    second.wait(40)
    second.say(50, 0.7, 6)
    assert second.told == [("gap", Phase.BEGIN), ("rate", Phase.BEGIN)]
    third = Play(city, second.kept)
    third.say(60, 0.9, 7)
    assert third.told == []


def test_a_changed_rule_begins_with_an_empty_memory(with_rules: Callable[..., City]) -> None:
    first = Play(with_rules(RATE))
    first.say(0, 0.1)
    first.wait(10)
    second = Play(with_rules({**RATE, "rises_by": 0.4}), first.kept)
    second.say(20, 0.9)
    assert second.told == []
