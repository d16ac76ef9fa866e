"""Cuts the frame for one person out of the entries since they were last told something. Pure.

Comes in: entries and states of ``live_journal.py``, the person's ``Scope`` and narrowing. Goes out: the
encoded ``entries`` frame, or None when nothing of it is for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import msgspec

from command_center.people.audience import Audience
from command_center.people.scope import Scope
from dashboards.server.incidents.narrowing import Narrowing
from dashboards.server.live.live_journal import LiveEntry, LiveState, begin_entry

FOR_EVERYBODY = frozenset({"city_loaded"})
"""Entries about no incident and nobody's area."""
REPEATED_MAX = 64 * 1024
"""Bytes of one incident's state in one frame: in a storm earlier entries leave it to the last."""
STATE = b',"state_after":'
encode = msgspec.json.Encoder().encode


class StateLost(Exception):
    """The state of an incident is no longer in memory: this client starts anew."""


@dataclass(frozen=True)
class Eyes:
    """What one connection sees: a person's scope, narrowed to what the screen looks at."""

    scope: Scope
    narrowing: Narrowing

    def sees(self, audience: Audience | None) -> bool:
        return audience is not None and self.scope.sees(audience) and self.narrowing.fits(audience)


def eyes_of(scope: Scope, narrowing: Narrowing) -> Eyes:
    """Return the eyes of a person; those of two people with the same rights are equal, and share what is made."""
    return Eyes(replace(scope, account=""), narrowing)


@dataclass(frozen=True)
class Cut:
    """The visible part of a stretch of the journal. ``oldest_s`` is the time of its oldest entry.

    ``told`` are the encoded entries in two pieces, the state last: they are joined once, as a frame.
    """

    told: list[tuple[bytes, bytes]]
    gone: list[int]
    oldest_s: float

    def __bool__(self) -> bool:
        return bool(self.told or self.gone)

    @property
    def entries(self) -> list[msgspec.Raw]:
        """Return each entry whole."""
        return [msgspec.Raw(b"".join((start, STATE, state, b"}"))) for start, state in self.told]


def cut_entries(entries: Iterable[LiveEntry], states: Mapping[int, LiveState], eyes: Eyes) -> Cut:
    """Return what these eyes see of the entries; ``states`` stand at the last of them or later.

    Raises:
        StateLost: A state that is needed is missing.
    """
    visible: list[LiveEntry] = []
    ends: dict[int, bool] = {}
    for entry in entries:
        seen_after = eyes.sees(entry.after)
        if entry.incident is None:
            if seen_after or entry.shown["kind"] in FOR_EVERYBODY:
                visible.append(entry)
            continue
        if seen_after:
            visible.append(entry)
        if seen_after or eyes.sees(entry.before):
            ends[entry.incident] = seen_after
    gone = [number for number, seen in ends.items() if not seen]
    kept = [entry for entry in visible if entry.incident is None or ends[entry.incident]]
    return Cut(_encode_all(kept, states, eyes), sorted(gone), min((entry.at_s for entry in kept), default=0.0))


def _encode_all(
    entries: list[LiveEntry], states: Mapping[int, LiveState], eyes: Eyes
) -> list[tuple[bytes, bytes]]:
    """Return the entries in two pieces; all about an incident carry the same state, the last one always."""
    told: list[tuple[bytes, bytes]] = []
    seen: dict[int, tuple[frozenset[int] | None, bytes]] = {}
    left: dict[int, int] = {}
    for entry in reversed(entries):
        number = entry.incident
        if number is None:
            told.append((entry.encoded, b"null"))
            continue
        if number not in seen:
            seen[number] = _see(number, states, eyes)
            left[number] = max(REPEATED_MAX, len(seen[number][1]))  # the last one is told whatever its size
        own, encoded = seen[number]
        left[number] -= len(encoded)
        told.append((begin_entry(entry, own), encoded if left[number] >= 0 else b"null"))
    return told[::-1]


def _see(number: int, states: Mapping[int, LiveState], eyes: Eyes) -> tuple[frozenset[int] | None, bytes]:
    """Return which orders of an incident these eyes see, and its state encoded for them."""
    state = states.get(number)
    if state is None:
        raise StateLost(f"incident {number}")
    own = state.own(eyes.scope)
    return own, state.encode_for(own)


def entries_frame(cut: Cut, *, epoch: str, first: int, last: int, overview: bytes | None) -> bytes:
    """Return the frame; the overview rides along when there is one."""
    pieces = [b'{"type":"entries","epoch":%b,"from":%d,"to":%d,"entries":[' % (encode(epoch), first, last)]
    for start, state in cut.told:
        pieces += (start, STATE, state, b"},")
    if cut.told:
        pieces[-1] = b"}"
    pieces += (b'],"gone":', encode(cut.gone))
    if overview is not None:
        pieces += (b',"overview":', overview)
    pieces.append(b"}")
    return b"".join(pieces)


def snapshot_frame(*, epoch: str, number: int, incidents: bytes, overview: bytes) -> bytes:
    """Return the frame that starts a screen."""
    return encode(
        {
            "type": "snapshot",
            "epoch": epoch,
            "number": number,
            "incidents": msgspec.Raw(incidents),
            "overview": msgspec.Raw(overview),
        }
    )


def plain_frame(type: str, **members: object) -> bytes:
    """Return a heartbeat, positions or reset frame."""
    return encode({"type": type, **members})
