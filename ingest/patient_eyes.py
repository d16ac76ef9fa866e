"""Holds a sighting back until its rule's conditions over time are met: loitering, a crowd, a thing already told.

``sight_judge.py`` asks before it tells of something new. Comes in: a rule and a sighting, or the passing of time.
Goes out: why it is held back, or the sightings that may be told now. A crowd is one sighting of its own.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from ingest.messages import Message, Sighting
from ingest.observation import Phase
from ingest.rules.sighting import CameraRule
from ingest.rules.standing import Standing, end_standing, find_standing, is_known, keep_standing

LOST_AFTER = timedelta(seconds=120)
"""An object that nobody has spoken of for so long has gone, producers repeat it each minute."""
PREFIX = "standing|"

_STANDING = msgspec.json.Decoder(list[Standing])


class Ripe(NamedTuple):
    """A sighting that may be told now, with the rule it fits and the message it came by."""

    rule: CameraRule
    seen: Sighting
    message: Message


class Crowd(msgspec.Struct):
    """The objects that one rule counts before one camera, each with when it was last heard of."""

    rule: CameraRule
    objects: dict[str, datetime]
    last: Sighting
    message: Message
    since: datetime | None = None
    told: str | None = None


class PatientEyes:
    """What waits for its time, by source and id."""

    def __init__(self) -> None:
        self._loitering: dict[tuple[str, str, bool], tuple[datetime, Ripe]] = {}
        self._crowds: dict[tuple[str, str, bool], Crowd] = {}
        self._standing: dict[str, list[Standing]] = {}

    def restore(self, states: dict[str, bytes]) -> None:
        for key, content in states.items():
            if key.startswith(PREFIX):
                self._standing[key] = _STANDING.decode(content)

    def hold_back(
        self, rule: CameraRule, seen: Sighting, message: Message, states: dict[str, bytes | None]
    ) -> str | None:
        """Return why something new is not told yet, or None when it may be told."""
        if rule.stationary_once and self._is_told_of(seen, message, states):
            return "stands_there_already"
        if not rule.loiter_s:
            return None
        key = (message.source.name, seen.id, message.replay)
        if seen.phase is Phase.END:
            self._loitering.pop(key, None)
            return "gone_before_it_loitered"
        began_at = self._loitering[key][0] if key in self._loitering else seen.since or seen.at
        if seen.at - began_at >= timedelta(seconds=rule.loiter_s):
            self._loitering.pop(key, None)
            return None
        self._loitering[key] = (began_at, Ripe(rule, seen, message))
        return "not_there_long_enough"

    def note_told(self, seen: Sighting, message: Message, states: dict[str, bytes | None]) -> None:
        """Remember where something stands that is told of; forget it when it leaves."""
        if seen.box is None:
            return
        key, at = _standing_key(seen, message), message.received_at
        known = self._standing.get(key, [])
        if seen.phase is Phase.END:
            self._keep_standing(key, end_standing(known, seen.id, at, is_standing=seen.is_standing), states)
        elif seen.is_standing:
            also = next((one.also for one in known if one.id == seen.id), ())
            latest = Standing(seen.id, _label(seen), seen.box, at, also)
            self._keep_standing(key, keep_standing(known, latest), states)

    def _is_told_of(self, seen: Sighting, message: Message, states: dict[str, bytes | None]) -> bool:
        """Tell whether this was told of under another id; of a review, whether all its objects were."""
        key, at = _standing_key(seen, message), message.received_at
        known = self._standing.get(key, [])
        if seen.box is None:
            return is_known(known, seen.parts)
        found = find_standing(known, seen.id, (_label(seen), seen.box), at)
        if found is None:
            return False
        also = found.also if seen.id in found.also else (*found.also, seen.id)
        box = seen.box if seen.is_standing else found.box
        latest = Standing(found.id, found.label, box, at, also, has_left=found.has_left)
        kept = keep_standing(known, latest)
        if seen.phase is Phase.END:
            kept = end_standing(kept, seen.id, at, is_standing=seen.is_standing)
        self._keep_standing(key, kept, states)
        return True

    def _keep_standing(self, key: str, kept: list[Standing], states: dict[str, bytes | None]) -> None:
        """Remember what stands before a camera; written down unless only time has passed or a box has trembled."""
        before = self._standing.get(key, [])
        self._standing[key] = kept
        if [_lasting_facts(one) for one in kept] != [_lasting_facts(one) for one in before]:
            states[key] = msgspec.json.encode(kept)

    def count(self, rule: CameraRule, seen: Sighting, message: Message) -> list[Ripe]:
        """Return what a crowd's beginning or end is, after this sighting."""
        key = (rule.id, seen.camera.id, message.replay)
        crowd = self._crowds.setdefault(key, Crowd(rule, {}, seen, message))
        crowd.rule, crowd.last, crowd.message = rule, seen, message
        for id in seen.parts or {seen.id}:
            if seen.phase is Phase.END:
                crowd.objects.pop(id, None)
            else:
                crowd.objects[id] = message.received_at
        return self._judge_crowd(crowd, seen.at)

    def _judge_crowd(self, crowd: Crowd, at: datetime) -> list[Ripe]:
        if len(crowd.objects) < crowd.rule.min_count:
            crowd.since = None
            return [self._tell_crowd(crowd, Phase.END, at)] if crowd.told else []
        crowd.since = crowd.since or at
        if crowd.told or at - crowd.since < timedelta(seconds=crowd.rule.count_hold_s):
            return []
        crowd.told = f"{crowd.rule.id}:{crowd.last.camera.id}@{crowd.since:%Y%m%dT%H%M%S.%f}"
        return [self._tell_crowd(crowd, Phase.BEGIN, at)]

    def _tell_crowd(self, crowd: Crowd, phase: Phase, at: datetime) -> Ripe:
        seen = msgspec.structs.replace(
            crowd.last, id=crowd.told or "", phase=phase, at=at, parts=frozenset(), is_review=False, box=None
        )
        if phase is Phase.END:
            crowd.told = None
        return Ripe(crowd.rule, seen, crowd.message)

    def list_ripe(self, now: datetime) -> list[Ripe]:
        """Return what has met its rule by the passing of time alone."""
        ripe: list[Ripe] = []
        for key, (began_at, held) in list(self._loitering.items()):
            silent = now - held.message.received_at
            if silent > LOST_AFTER:
                del self._loitering[key]
            elif now - began_at >= timedelta(seconds=held.rule.loiter_s):
                del self._loitering[key]
                ripe.append(held._replace(seen=msgspec.structs.replace(held.seen, at=now)))
        for name, crowd in list(self._crowds.items()):
            gone = [id for id, heard_at in crowd.objects.items() if now - heard_at > LOST_AFTER]
            for id in gone:
                del crowd.objects[id]
            if gone or (crowd.since is not None and not crowd.told):
                ripe += self._judge_crowd(crowd, now)
            if not crowd.objects and not crowd.told:
                del self._crowds[name]
        return ripe


def _standing_key(seen: Sighting, message: Message) -> str:
    return f"{PREFIX}{message.source.name}|{seen.camera.id}|{'replay' if message.replay else ''}"


def _lasting_facts(one: Standing) -> tuple[object, ...]:
    return one.id, one.also, one.lost_at, one.has_left


def _label(seen: Sighting) -> str:
    return min(seen.labels, default="")
