"""Applies the camera rules to sightings and remembers what was told, so that one happening is one alarm.

Comes in: a ``Sighting``, a ``Gone``, or the passing of time. Goes out: a ``Taken``. What was told is a state to
keep; it is forgotten a day after it was last heard of. The rule itself is in ``rules/sighting.py``.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from grid.city import City
from grid.registers import Camera
from ingest.messages import Gone, Message, Sighting, Taken
from ingest.observation import SHADOW, Observation, Phase
from ingest.patient_eyes import PatientEyes, Ripe
from ingest.rules.rule_book import RuleBook
from ingest.rules.sighting import CameraRule, Told, find_camera_rule, judge_sighting
from ingest.telling import CANDIDATE, Finding, Hearing, believed_at, clock_flags, hearing_of, tell_finding

PREFIX = "sights"
REMEMBERED = timedelta(days=1)
MOST_REMEMBERED = 50_000


class Kept(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was told of one sighting, when it was last heard of, and from whom."""

    told: Told
    heard_at: datetime
    source: str = ""
    camera: str = ""
    replay: bool = False
    lasts_s: float | None = None

    def is_over(self, now: datetime) -> bool:
        """Tell whether its silence has ended it."""
        lasts_s = self.lasts_s
        return lasts_s is not None and not self.told.is_ended and now - self.heard_at > timedelta(seconds=lasts_s)


_KEPT = msgspec.json.Decoder(Kept)
NOTHING = Taken()


class SightJudge:
    """All camera rules of the city with what they have told."""

    def __init__(self, city: City) -> None:
        self._kept: dict[str, Kept] = {}
        self._lasting: set[str] = set()
        self._eyes = PatientEyes()
        self.replace_city(city)

    def replace_city(self, city: City) -> None:
        self._city = city
        self._book = RuleBook(city)

    def restore(self, states: dict[str, bytes]) -> None:
        self._eyes.restore(states)
        for key, content in states.items():
            if key.startswith(PREFIX):
                self._keep(key, _KEPT.decode(content))

    def judge(self, seen: Sighting, message: Message) -> Taken:
        """Return what this sighting is worth."""
        rule = find_camera_rule(self._book.camera_rules, seen)
        if rule is not None and rule.min_count > 1:
            return self._tell_ripe(self._eyes.count(rule, seen, message), "counted")
        is_new = _key(message, seen.id) not in self._kept and not any(
            _key(message, part) in self._kept for part in seen.parts
        )
        if rule is not None and is_new:
            held = Taken(ignored=self._book.find_closed(rule, seen.camera, message.received_at))
            held.ignored = held.ignored or self._eyes.hold_back(rule, seen, message, held.states)
            if held.ignored is not None:
                return held
        return self._judge_now(rule, seen, message)

    def _tell_ripe(self, ripe: list[Ripe], otherwise: str | None) -> Taken:
        """Tell what has met its rule over time."""
        taken = Taken()
        for rule, seen, message in ripe:
            closed = self._book.find_closed(rule, seen.camera, seen.at) if seen.phase is Phase.BEGIN else None
            part = Taken(ignored=closed) if closed else self._judge_now(rule, seen, message)
            taken.records.extend(part.records)
            taken.states.update(part.states)
            taken.ignored = taken.ignored or part.ignored
        return taken if ripe else Taken(ignored=otherwise)

    def _judge_now(self, rule: CameraRule | None, seen: Sighting, message: Message) -> Taken:
        keys = {id: _key(message, id) for id in (seen.id, *seen.parts)}
        told = {id: self._kept[key].told for id, key in keys.items() if key in self._kept}
        verdict = judge_sighting(seen, rule, told, believed_at(seen.at, message.received_at))
        if isinstance(verdict, str):
            quiet = Taken(ignored=verdict)
            if seen.id in told:  # a review speaks for it; where it stands is remembered all the same
                self._eyes.note_told(seen, message, quiet.states)
            return quiet
        now_told, phases = verdict
        named = self._find_rule(now_told) or rule
        if named is None:  # the city has dropped the rule meanwhile
            return Taken(ignored="no_camera_rule")
        taken = Taken(records=[self._tell_seen(seen, named, (now_told, phase), message) for phase in phases])
        self._remember(seen, now_told, (keys, message), taken)
        self._eyes.note_told(seen, message, taken.states)
        return taken if taken.records else Taken(states=taken.states, ignored="still_seen")

    def pass_time(self, now: datetime) -> Taken:
        """Return the ends of what its producer only stops to repeat."""
        over = [key for key in self._lasting if self._kept[key].is_over(now)]
        taken = self._end(over, now) if over else NOTHING
        ripe = self._eyes.list_ripe(now)
        if not ripe:
            return taken
        told = self._tell_ripe(ripe, None)
        return Taken(records=[*taken.records, *told.records], states={**taken.states, **told.states})

    def end_gone(self, gone: Gone, message: Message) -> Taken:
        """Return the ends of what the camera, or the whole source, had under way when it went."""
        camera = gone.camera.id if gone.camera is not None else None
        going = [
            key
            for key, kept in self._kept.items()
            if kept.source == message.source.name
            and kept.replay == message.replay
            and camera in (None, kept.camera)
            and not kept.told.is_ended
        ]
        taken = self._end(going, message.received_at)
        return taken if taken.records else Taken(states=taken.states, ignored="gone_with_nothing_under_way")

    def _end(self, keys: list[str], now: datetime) -> Taken:
        taken = Taken()
        for key in keys:
            kept = self._kept[key]
            ended = msgspec.structs.replace(kept, told=msgspec.structs.replace(kept.told, is_ended=True))
            self._keep(key, ended)
            taken.states[key] = msgspec.json.encode(ended)
            rule, camera = self._find_rule(kept.told), self._city.register.find_camera(kept.camera)
            source = self._city.sources.get(kept.source)
            is_part = kept.told.review is not None and not key.endswith(f"|{kept.told.review}")
            if is_part or rule is None or camera is None or source is None:
                continue  # a review speaks for it, or the city has dropped it meanwhile
            hearing = Hearing(source=source, received_at=now, replay=kept.replay)
            at = max(kept.told.last_at or kept.heard_at, kept.heard_at)
            taken.records.append(self._tell(camera, rule, (kept.told.alarm, Phase.END, at), hearing))
        return taken

    def _find_rule(self, told: Told) -> CameraRule | None:
        return next((rule for rule in self._book.camera_rules if rule.id == told.rule), None)

    def _tell_seen(
        self, seen: Sighting, rule: CameraRule, told: tuple[Told, Phase], message: Message
    ) -> Observation:
        alarm = (told[0].alarm, told[1], seen.at)
        return self._tell(seen.camera, rule, alarm, hearing_of(message), score=seen.score, text=seen.text)

    def _tell(
        self,
        camera: Camera,
        rule: CameraRule,
        alarm: tuple[str, Phase, datetime],
        hearing: Hearing,
        *,
        score: float | None = None,
        text: str = "",
    ) -> Observation:
        flags = ((CANDIDATE,) if rule.outcome == "candidate" else ()) + ((SHADOW,) if rule.shadow else ())
        id, phase, at = alarm
        finding = Finding(
            id=id,
            phase=phase,
            category=rule.category,
            at=at,
            rule=f"{rule.id}/{self._book.version}",
            text=f"{rule.zh}：{text}" if text else rule.zh,
            confidence=rule.confidence if rule.confidence is not None else score,
            flags=flags + clock_flags(at, hearing.received_at),
        )
        return tell_finding(camera, finding, hearing)

    def _remember(self, seen: Sighting, told: Told, where: tuple[dict[str, str], Message], taken: Taken) -> None:
        keys, message = where
        for id, key in keys.items():
            part = told if id == seen.id else msgspec.structs.replace(told, review=seen.id, is_ended=False)
            before = self._kept.get(key)
            self._keep(
                key,
                Kept(
                    part,
                    message.received_at,
                    source=message.source.name,
                    camera=seen.camera.id,
                    replay=message.replay,
                    lasts_s=seen.lasts_s,
                ),
            )
            if before is None or _lasting_facts(before.told) != _lasting_facts(part):
                taken.states[key] = msgspec.json.encode(self._kept[key])
        self._forget_old(message.received_at, taken)

    def _keep(self, key: str, kept: Kept) -> None:
        self._kept[key] = kept
        if kept.lasts_s is not None and not kept.told.is_ended:
            self._lasting.add(key)
        else:
            self._lasting.discard(key)

    def _forget_old(self, now: datetime, taken: Taken) -> None:
        """Forget from the oldest end; insertion keeps the order nearly by time, which is enough here."""
        while self._kept:
            key, kept = next(iter(self._kept.items()))
            if len(self._kept) <= MOST_REMEMBERED and now - kept.heard_at < REMEMBERED:
                return
            del self._kept[key]
            self._lasting.discard(key)
            taken.states[key] = None


def _lasting_facts(told: Told) -> Told:
    """Return what is worth writing down: a repetition is not."""
    return msgspec.structs.replace(told, last_at=None)


def _key(message: Message, id: str) -> str:
    return f"{PREFIX}{'-replay' if message.replay else ''}|{message.source.name}|{id}"
