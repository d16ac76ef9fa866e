"""Follows the chain of each public warning: updates replace, cancels end, a feed read twice tells once.

Comes in: a ``Warned``. Goes out: a ``Taken``; a warning is one alarm from its first message to its cancel or its
expiry, named by the chain's first message that we know. What is known of a chain is a state to keep until a week
after it has expired, so that a cancel that overtook its alert still counts.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from foundation.ids import sha256_hex
from grid.city import City
from ingest.messages import Alarm, Message, Taken, Warned
from ingest.observation import Observation, Phase
from ingest.telling import believed_at, tell_alarm

PREFIX = "warnings"
REMEMBERED = timedelta(days=7)
MOST_REMEMBERED = 5_000
LOOK_EVERY = timedelta(seconds=1)


class Kept(msgspec.Struct, frozen=True, omit_defaults=True):
    """One message of a chain: the chain's name, until when it counts, and what was told of it last.

    ``told`` is empty for a message that nothing was told of: it is known, ended or not ours. ``at`` is when the
    chain's newest message was sent; only the root has it.
    """

    root: str
    expires_at: datetime
    is_ended: bool = False
    told: Observation | None = None
    at: datetime | None = None


_KEPT = msgspec.json.Decoder(Kept)


class WarningJudge:
    """All chains of warnings under way."""

    def __init__(self, city: City) -> None:
        self._city = city
        self._kept: dict[str, Kept] = {}
        self._looked_at: datetime | None = None

    def replace_city(self, city: City) -> None:
        self._city = city

    def restore(self, states: dict[str, bytes]) -> None:
        for key, content in states.items():
            if key.startswith(PREFIX):
                self._kept[key] = _KEPT.decode(content)

    def judge(self, warned: Warned, message: Message) -> Taken:
        """Return what the message changes: a begin, an update, an end, or nothing with the reason."""
        own = _key(message, warned.id)
        if own in self._kept:
            return Taken(ignored="cap_cancelled" if self._kept[own].is_ended else "cap_repeated")
        root = self._find_root(warned, message)
        chain = self._kept.get(_key(message, root))
        told = chain.told if chain is not None and not chain.is_ended else None
        if warned.kind == "cancel":
            return self._cancel(warned, message, (root, told))
        at = believed_at(warned.at, message.received_at)
        if chain is not None and chain.at is not None and at < chain.at:
            return Taken(ignored="cap_older_than_the_last")
        reason = self._why_not(warned, message)
        if reason is None:
            return self._tell(warned, message, (root, told))
        return self._end(warned, message, (root, told)) if told is not None else Taken(ignored=reason)

    def pass_time(self, now: datetime) -> Taken:
        """Return the ends of what has expired; forget what has long."""
        taken = Taken()
        if self._looked_at is not None and now - self._looked_at < LOOK_EVERY:
            return taken
        self._looked_at = now
        for key, kept in list(self._kept.items()):
            if kept.expires_at > now:
                continue
            if kept.told is not None and not kept.is_ended:
                taken.records.append(_end_of(kept.told, kept.expires_at, now))
                self._keep(key, msgspec.structs.replace(kept, is_ended=True, told=None), taken)
            elif now - kept.expires_at > REMEMBERED:
                del self._kept[key]
                taken.states[key] = None
        return taken

    def _find_root(self, warned: Warned, message: Message) -> str:
        for id in (warned.id, *warned.references):
            kept = self._kept.get(_key(message, id))
            if kept is not None:
                return kept.root
        return warned.references[0] if warned.references else warned.id

    def _why_not(self, warned: Warned, message: Message) -> str | None:
        if warned.is_outside:
            return "cap_outside"
        return "cap_expired" if warned.expires_at <= message.received_at else None

    def _tell(self, warned: Warned, message: Message, chain: tuple[str, Observation | None]) -> Taken:
        root, before = chain
        phase = Phase.UPDATE if before is not None else Phase.BEGIN
        told = tell_alarm(_alarm_of(warned, root, phase), message)
        if warned.is_drill:
            told = msgspec.structs.replace(told, drill=True)
        taken = Taken(records=[told])
        self._keep(
            _key(message, root),
            Kept(root, warned.expires_at, told=told, at=believed_at(warned.at, message.received_at)),
            taken,
        )
        for id in {warned.id, *warned.references} - {root}:
            self._keep(_key(message, id), Kept(root, warned.expires_at), taken)
        return taken

    def _cancel(self, warned: Warned, message: Message, chain: tuple[str, Observation | None]) -> Taken:
        """End the chain; what of it comes later than its cancel is not told any more."""
        if chain[1] is not None:
            return self._end(warned, message, chain)
        if warned.is_outside or not warned.references:
            return Taken(ignored="cap_outside" if warned.is_outside else "cap_cancel_of_nothing")
        taken = Taken(ignored="cap_cancel_of_unknown")
        self._end_all(warned, message, chain[0], taken)
        return taken

    def _end(self, warned: Warned, message: Message, chain: tuple[str, Observation | None]) -> Taken:
        root, told = chain
        assert told is not None, "only what was told can end"
        taken = Taken(records=[_end_of(told, warned.at, message.received_at, warned.text)])
        self._end_all(warned, message, root, taken)
        return taken

    def _end_all(self, warned: Warned, message: Message, root: str, taken: Taken) -> None:
        at = believed_at(warned.at, message.received_at)
        for id in {root, warned.id, *warned.references}:
            self._keep(
                _key(message, id),
                Kept(root, warned.expires_at, is_ended=True, at=at if id == root else None),
                taken,
            )

    def _keep(self, key: str, kept: Kept, taken: Taken) -> None:
        self._kept[key] = kept
        taken.states[key] = msgspec.json.encode(kept)
        while len(self._kept) > MOST_REMEMBERED:
            oldest = next(iter(self._kept))
            del self._kept[oldest]
            taken.states[oldest] = None


def _key(message: Message, id: str) -> str:
    return f"{PREFIX}{'-replay' if message.replay else ''}|{message.source.name}|{id[:300]}"


def _alarm_of(warned: Warned, root: str, phase: Phase) -> Alarm:
    return Alarm(
        device=None,
        id=root if len(root) <= 128 else sha256_hex(root.encode()),
        phase=phase,
        category=warned.category,
        at=warned.at,
        severity=warned.severity,
        confidence=warned.confidence,
        text=warned.text,
        lon=warned.lon,
        lat=warned.lat,
        area=warned.area,
        flags=warned.flags,
    )


def _end_of(told: Observation, at: datetime, received_at: datetime, text: str = "") -> Observation:
    return msgspec.structs.replace(
        told, phase=Phase.END, at=max(at, told.at), received_at=received_at, text=text or told.text
    )
