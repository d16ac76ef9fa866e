"""Applies the camera rules to sightings and remembers what was told, so that one happening is one alarm.

Comes in: a ``Sighting``. Goes out: a ``Taken``. What was told of a review or an object is a state to keep;
it is forgotten a day after it was last heard of. The rule itself is in ``rules/sighting.py``.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from grid.city import City
from ingest.messages import Message, Sighting, Taken
from ingest.observation import Observation, Phase
from ingest.rules.rule_book import RuleBook
from ingest.rules.sighting import CameraRule, Told, find_camera_rule, judge_sighting
from ingest.telling import CANDIDATE, Finding, clock_flags, hearing_of, tell_finding

PREFIX = "sights"
REMEMBERED = timedelta(days=1)
MOST_REMEMBERED = 50_000


class Kept(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was told of one sighting, and when it was last heard of."""

    told: Told
    heard_at: datetime


_KEPT = msgspec.json.Decoder(Kept)


class SightJudge:
    """All camera rules of the city with what they have told."""

    def __init__(self, city: City) -> None:
        self._kept: dict[str, Kept] = {}
        self.replace_city(city)

    def replace_city(self, city: City) -> None:
        self._city = city
        self._book = RuleBook(city)

    def restore(self, states: dict[str, bytes]) -> None:
        for key, content in states.items():
            if key.startswith(PREFIX):
                self._kept[key] = _KEPT.decode(content)

    def judge(self, seen: Sighting, message: Message) -> Taken:
        """Return what this sighting is worth."""
        rule = find_camera_rule(self._book.camera_rules, seen)
        keys = {id: _key(message, id) for id in (seen.id, *seen.parts)}
        told = {id: self._kept[key].told for id, key in keys.items() if key in self._kept}
        verdict = judge_sighting(seen, rule, told)
        if isinstance(verdict, str):
            return Taken(ignored=verdict)
        now_told, phases = verdict
        named = next((r for r in self._book.camera_rules if r.id == now_told.rule), rule)
        if named is None:  # the city has dropped the rule meanwhile
            return Taken(ignored="no_camera_rule")
        taken = Taken(records=[self._tell(seen, named, (now_told, phase), message) for phase in phases])
        self._remember(seen, now_told, (keys, message), taken)
        return taken

    def _tell(self, seen: Sighting, rule: CameraRule, told: tuple[Told, Phase], message: Message) -> Observation:
        flags = (CANDIDATE,) if rule.outcome == "candidate" else ()
        finding = Finding(
            id=told[0].alarm,
            phase=told[1],
            category=rule.category,
            at=seen.at,
            rule=f"{rule.id}/{self._book.version}",
            text=rule.zh,
            confidence=rule.confidence if rule.confidence is not None else seen.score,
            flags=flags + clock_flags(seen.at, message.received_at),
        )
        return tell_finding(seen.camera, finding, hearing_of(message))

    def _remember(self, seen: Sighting, told: Told, where: tuple[dict[str, str], Message], taken: Taken) -> None:
        keys, message = where
        for id, key in keys.items():
            part = told if id == seen.id else msgspec.structs.replace(told, review=seen.id, is_ended=False)
            before = self._kept.get(key)
            self._kept[key] = Kept(part, message.received_at)
            if before is None or before.told != part:
                taken.states[key] = msgspec.json.encode(self._kept[key])
        self._forget_old(message.received_at, taken)

    def _forget_old(self, now: datetime, taken: Taken) -> None:
        """Forget from the oldest end; insertion keeps the order nearly by time, which is enough here."""
        while self._kept:
            key, kept = next(iter(self._kept.items()))
            if len(self._kept) <= MOST_REMEMBERED and now - kept.heard_at < REMEMBERED:
                return
            del self._kept[key]
            taken.states[key] = None


def _key(message: Message, id: str) -> str:
    return f"{PREFIX}{'-replay' if message.replay else ''}|{message.source.name}|{id}"
