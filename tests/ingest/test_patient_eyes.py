"""Loitering, crowds and standing things, through the senses with camera rules of our own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

import pytest

from grid.city import City
from grid.policies import Policies, Policy
from ingest.judge import Senses
from ingest.messages import Taken
from ingest.observation import Observation, Phase
from tests.ingest.instruments import NOW, Sender

RULE = {
    "camera_kind": "*", "labels": ["person"], "zones": [], "severity": "alert", "category": "TR-06001",
    "outcome": "incident", "min_score": 0.5, "confidence": 0.9, "zh": "试", "en": "trial", "during": [],
}  # fmt: skip


@pytest.fixture
def eyes(city: City) -> Callable[..., Eyes]:
    def build(**rule: Any) -> Eyes:
        document = {"rules": [], "camera_rules": [{**RULE, "id": "r", **rule}], "group_rules": [], "blackouts": []}
        known = {policy.name: policy for policy in city.policies.list_policies()}
        known["rules"] = Policy("rules", "v-test", date(2026, 1, 1), MappingProxyType(document))
        return Eyes(replace(city, policies=Policies(known)))

    return build


class Eyes:
    """One camera of a video system that speaks of objects."""

    def __init__(self, city: City) -> None:
        self.senses, self.sender = Senses(city), Sender(city)
        self.source = next(s for s in city.sources.values() if s.format == "frigate")
        self.camera = next(c.source_id for c in city.register.list_cameras() if c.source == self.source.name)
        self.phases: list[Phase] = []
        self.kept: dict[str, bytes] = {}

    def _note(self, taken: Taken) -> Taken:
        self.kept |= {key: content for key, content in taken.states.items() if content is not None}
        self.phases += [record.phase for record in taken.records if isinstance(record, Observation)]
        return taken

    def see(self, after_s: float, id: str, kind: str = "update", **more: Any) -> Taken:
        self.sender.at = NOW + timedelta(seconds=after_s)
        at = self.sender.at.timestamp()
        after = {
            "id": id, "camera": self.camera, "label": "person", "start_time": at, "frame_time": at,
            "end_time": at if kind == "end" else None, "top_score": 0.9, "false_positive": False,
            "max_severity": "alert", **more,
        }  # fmt: skip
        return self._send("events", kind, after)

    def review(self, after_s: float, id: str, objects: list[str], kind: str) -> Taken:
        self.sender.at = NOW + timedelta(seconds=after_s)
        at = self.sender.at.timestamp()
        after = {
            "id": id, "camera": self.camera, "start_time": at, "end_time": at if kind == "end" else None,
            "severity": "alert", "data": {"detections": objects, "objects": ["person"]},
        }  # fmt: skip
        return self._send("reviews", kind, after)

    def _send(self, topic: str, kind: str, after: dict[str, Any]) -> Taken:
        topic = (self.source.topic_filter or "").removesuffix("#") + topic
        message = self.sender.message(self.source.name, topic, json.dumps({"type": kind, "after": after}))
        return self._note(self.senses.take(message))

    def wait(self, after_s: float) -> None:
        self._note(self.senses.pass_time(NOW + timedelta(seconds=after_s)))


def test_who_only_passes_is_nothing(eyes: Callable[..., Eyes]) -> None:
    play = eyes(loiter_s=60)
    assert play.see(0, "a", "new").ignored == "not_there_long_enough"
    play.see(30, "a", "end", start_time=NOW.timestamp())
    play.wait(200)
    assert play.phases == []


def test_who_stays_is_told_by_the_next_word_or_by_the_clock(eyes: Callable[..., Eyes]) -> None:
    play = eyes(loiter_s=60)
    play.see(0, "a", "new")
    play.see(61, "a", start_time=NOW.timestamp())
    assert play.phases == [Phase.BEGIN]
    other = eyes(loiter_s=60)
    other.see(0, "a", "new")
    other.wait(59)
    assert other.phases == []
    other.wait(61)
    other.wait(70)
    assert other.phases == [Phase.BEGIN]
    other.see(80, "a", "end")
    assert other.phases == [Phase.BEGIN, Phase.END]


def test_a_crowd_is_one_alarm_and_ends_when_it_thins(eyes: Callable[..., Eyes]) -> None:
    play = eyes(min_count=3, count_hold_s=10)
    for n, id in enumerate("abc"):
        play.see(n, id, "new")
    play.wait(8)
    assert play.phases == []
    play.wait(13)
    for n, id in enumerate("abcd"):
        play.see(20 + n, id)
    assert play.phases == [Phase.BEGIN]
    for n, id in enumerate("ab"):
        play.see(30 + n, id, "end")
    assert play.phases == [Phase.BEGIN, Phase.END]


def test_a_crowd_whose_people_nobody_ends_is_over_when_nobody_speaks_of_them(eyes: Callable[..., Eyes]) -> None:
    play = eyes(min_count=2)
    play.see(0, "a", "new")
    play.see(1, "b", "new")
    play.wait(60)
    play.wait(200)
    assert play.phases == [Phase.BEGIN, Phase.END]


def test_a_standing_thing_is_told_once_whatever_its_new_name(eyes: Callable[..., Eyes]) -> None:
    play = eyes(stationary_once=True)
    box = [100, 100, 200, 200]
    play.see(0, "a", "new", box=box)
    play.see(60, "a", box=box, stationary=True)
    assert play.see(3600, "b", "new", box=[102, 99, 203, 201]).ignored == "stands_there_already"
    assert play.phases == [Phase.BEGIN, Phase.UPDATE]
    play.see(3700, "c", "new", box=[400, 100, 500, 200])
    assert play.phases[-1] is Phase.BEGIN


def test_where_it_has_left_another_may_come(eyes: Callable[..., Eyes]) -> None:
    play = eyes(stationary_once=True)
    box = [100, 100, 200, 200]
    play.see(0, "a", "new", box=box, stationary=True)
    play.see(60, "a", "end", box=box)
    play.see(90, "b", "new", box=box)
    assert play.phases == [Phase.BEGIN, Phase.END, Phase.BEGIN]


def test_what_ended_where_it_stood_is_the_same_under_its_next_name(eyes: Callable[..., Eyes]) -> None:
    play = eyes(stationary_once=True)
    box = [100, 100, 200, 200]
    play.see(0, "a", "new", box=box)
    play.see(60, "a", box=box, stationary=True)
    play.see(120, "a", "end", box=box, stationary=True)
    assert play.see(150, "b", "new", box=box).ignored == "stands_there_already"
    restarted = eyes(stationary_once=True)
    restarted.senses.restore(play.kept)
    assert restarted.see(160, "b", box=[300, 100, 400, 200]).ignored == "stands_there_already"  # it drives off
    restarted.see(170, "b", "end", box=[300, 100, 400, 200])
    assert restarted.phases == []
    restarted.see(180, "c", "new", box=box)
    assert restarted.phases == [Phase.BEGIN]
    late = eyes(stationary_once=True)
    late.see(0, "a", "new", box=box, stationary=True)
    late.see(60, "a", "end", box=box, stationary=True)
    late.see(400, "b", "new", box=box)
    assert late.phases == [Phase.BEGIN, Phase.END, Phase.BEGIN]


def test_a_standing_thing_that_a_review_told_of_is_not_told_by_the_next_review(eyes: Callable[..., Eyes]) -> None:
    play = eyes(stationary_once=True)
    box = [100, 100, 200, 200]
    play.review(0, "r1", ["a"], "new")
    play.see(1, "a", "new", box=box)
    play.see(60, "a", box=box, stationary=True)
    play.review(70, "r1", ["a"], "end")
    assert play.phases == [Phase.BEGIN, Phase.END]
    play.see(100, "b", "new", box=box)
    assert play.review(101, "r2", ["b"], "new").ignored == "stands_there_already"
    play.see(110, "b", "end", box=[300, 100, 400, 200])
    assert play.review(111, "r2", ["b"], "end").ignored == "stands_there_already"
    assert play.phases == [Phase.BEGIN, Phase.END]
    play.review(120, "r3", ["b", "c"], "new")
    assert play.phases[-1] is Phase.BEGIN
