"""Applies the threshold rules to readings and remembers each device's episodes.

Comes in: a ``Reading``, or the passing of time. Goes out: a ``Taken``: beginnings and ends as observations,
and every change of an episode as a state to keep before the message is acknowledged, so that a restart
neither doubles an episode nor leaves it without an end. The rule itself is in ``rules/threshold.py``.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from grid.city import City
from grid.registers import Camera, Device
from ingest.messages import Message, Reading, Taken
from ingest.observation import LATE, SHADOW, Observation, Phase
from ingest.rules.rule_book import RuleBook
from ingest.rules.threshold import IDLE, Episode, Stage, ThresholdRule, hold_ends_at, judge_threshold, judge_time
from ingest.telling import (
    CLOCK_TOLERANCE,
    Finding,
    Hearing,
    believed_at,
    tell_finding,
)

NOTHING = Taken()
PREFIX = "rules"
WAITING = (Stage.RISING, Stage.FALLING)


class Kept(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An episode as it is kept. ``due_at`` is when its hold ends by our own clock."""

    device: str
    rule: str
    source: str
    episode: Episode
    due_at: datetime | None = None
    replay: bool = False
    trace_id: str = ""


_KEPT = msgspec.json.Decoder(Kept)


class ThresholdJudge:
    """All threshold rules of the city with their episodes; idle ones are not kept."""

    def __init__(self, city: City) -> None:
        self._kept: dict[str, Kept] = {}
        self._latest: dict[tuple[str, bool], datetime] = {}
        self.replace_city(city)

    def replace_city(self, city: City) -> None:
        self._city = city
        self._book = RuleBook(city)

    def restore(self, states: dict[str, bytes]) -> None:
        for key, content in states.items():
            if key.startswith(PREFIX):
                self._kept[key] = _KEPT.decode(content)

    def judge(self, reading: Reading, message: Message) -> Taken:
        """Return what this reading begins or ends."""
        rules = self._book.list_for(reading.device.id)
        if not rules:
            return NOTHING
        off = message.received_at - reading.at
        at = (
            reading.at
            if -CLOCK_TOLERANCE <= off <= CLOCK_TOLERANCE
            else believed_at(reading.at, message.received_at)
        )
        device = (reading.device.id, message.replay)
        if at < self._latest.get(device, at):
            return NOTHING  # redelivered messages follow newer ones
        self._latest[device] = at
        taken = NOTHING
        for rule in rules:
            value = reading.values.get(rule.quantity)
            if value is None:
                continue
            key = _key(reading.device.id, rule.id, message.replay)
            kept = self._kept.get(key)
            if kept is None and not rule.is_beyond(value):
                continue
            taken = Taken() if taken is NOTHING else taken
            if rule.times is not None and (kept is None or kept.episode.stage is Stage.RISING):
                closed = rule.times.find_closed(at)
                if closed is not None:
                    self._forget(key, taken)
                    taken.ignored = closed
                    continue
            self._judge_rule(
                rule, kept or _fresh(reading.device, rule, message), (key, value, at), (message, taken)
            )
        return taken

    def _forget(self, key: str, taken: Taken) -> None:
        if self._kept.pop(key, None) is not None:
            taken.states[key] = None

    def _judge_rule(
        self,
        rule: ThresholdRule,
        kept: Kept,
        reading: tuple[str, float, datetime],
        into: tuple[Message, Taken],
    ) -> None:
        key, value, at = reading
        message, taken = into
        episode, phase = judge_threshold(rule, kept.episode, value, at)
        waits = episode.stage in WAITING
        hold_s = rule.hold_s if episode.stage is Stage.RISING else rule.clear_hold_s
        same = waits and episode.since == kept.episode.since
        due_at = (kept.due_at if same else message.received_at + timedelta(seconds=hold_s)) if waits else None
        after = msgspec.structs.replace(kept, episode=episode, due_at=due_at)
        if phase is not None:
            taken.records.append(self._tell(rule, after, phase, message.received_at))
        self._keep(key, kept, after, taken)

    def pass_time(self, now: datetime) -> Taken:
        """Return what begins or ends because the last value has held long enough by our own clock."""
        taken = NOTHING
        for key, kept in list(self._kept.items()):
            if kept.due_at is None or now < kept.due_at:
                continue
            rule = self._book.find_rule(kept.device, kept.rule)
            taken = Taken() if taken is NOTHING else taken
            is_closed = rule is not None and kept.episode.stage is Stage.RISING and _is_closed(rule, now)
            if rule is None or is_closed:  # the city has dropped it, or it does not watch now
                self._forget(key, taken)
                continue
            episode, phase = judge_time(rule, kept.episode, hold_ends_at(rule, kept.episode))
            after = msgspec.structs.replace(kept, episode=episode, due_at=None)
            if phase is not None:
                taken.records.append(self._tell(rule, after, phase, now))
            self._keep(key, kept, after, taken)
        return taken

    def _keep(self, key: str, before: Kept, after: Kept, taken: Taken) -> None:
        """Remember the episode; it is written down only when its stage has changed."""
        was, now = before.episode, after.episode
        changed = was.stage is not now.stage or was.since != now.since
        if now.stage is Stage.IDLE:
            self._kept.pop(key, None)
        else:
            self._kept[key] = after
        if changed:
            taken.states[key] = None if now.stage is Stage.IDLE else msgspec.json.encode(after)

    def _tell(self, rule: ThresholdRule, kept: Kept, phase: Phase, received_at: datetime) -> Observation:
        episode = kept.episode
        began_at, heard_at = episode.began_at or received_at, episode.at or received_at
        late = (LATE,) if received_at - heard_at > CLOCK_TOLERANCE + timedelta(seconds=rule.hold_s) else ()
        finding = Finding(
            id=f"{rule.id}@{began_at:%Y%m%dT%H%M%S.%f}",
            phase=phase,
            category=rule.category,
            at=began_at if phase is Phase.BEGIN else heard_at,
            rule=f"{rule.id}/{self._book.version}",
            text=rule.zh,
            confidence=rule.confidence,
            severity=rule.severity,
            values={rule.quantity: episode.value},
            flags=late + ((SHADOW,) if rule.shadow else ()),
        )
        source = self._city.sources[kept.source]
        hearing = Hearing(source=source, received_at=received_at, trace_id=kept.trace_id, replay=kept.replay)
        return tell_finding(self._find_device(kept.device), finding, hearing)

    def _find_device(self, id: str) -> Device | Camera:
        device = self._city.register.find_device(id) or self._city.register.find_camera(id)
        if device is None:
            raise LookupError(f"the register has no device {id!r} any more")
        return device


def _is_closed(rule: ThresholdRule, now: datetime) -> bool:
    return rule.times is not None and rule.times.find_closed(now) is not None


def _key(device: str, rule: str, replay: bool) -> str:
    return f"{PREFIX}{'-replay' if replay else ''}|{device}|{rule}"


def _fresh(device: Device | Camera, rule: ThresholdRule, message: Message) -> Kept:
    return Kept(
        device=device.id,
        rule=rule.id,
        source=message.source.name,
        episode=IDLE,
        replay=message.replay,
        trace_id=message.trace_id,
    )
