"""How far each device's own numbering was heard, written down every few seconds in a bounded number of pieces.

``receive_counts.py`` counts what is missing; ``receive_mqtt.py`` asks for what has changed. After a restart of the
senses a gap is counted from the number that an earlier run heard last. What a killed run heard in its last seconds
is not written down: as many numbers as the device says in that time are not called missing.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from zlib import crc32

import msgspec

PIECES = 64
EVERY = timedelta(seconds=5)
PREFIX = "numbers|"


class Last(msgspec.Struct, omit_defaults=True):
    """A device's highest number, how many it says a second, and since which number and moment that is reckoned."""

    seq: int
    per_s: float = 0.0
    first_seq: int = 0
    first_s: float = 0.0

    def count_sure(self, missing: int) -> int:
        """Return how many are surely missing after a run that was killed."""
        return max(0, missing - math.ceil(self.per_s * EVERY.total_seconds()) - 1)


class Piece(msgspec.Struct, frozen=True):
    """``is_whole``: the senses were stopped, and nothing was heard after it."""

    last: dict[str, Last]
    is_whole: bool = False


_PIECE = msgspec.json.Decoder(Piece)


class OwnNumbers:
    """What is kept, and which of it has changed."""

    def __init__(self) -> None:
        self._pieces: list[dict[str, Last]] = [{} for _ in range(PIECES)]
        self._held: dict[str, tuple[int, Last]] = {}
        self._changed: set[int] = set()
        self._before: dict[str, bool] = {}
        self._written_at: datetime | None = None

    def restore(self, states: dict[str, bytes]) -> None:
        """Remember what an earlier run kept."""
        for key, content in states.items():
            if key.startswith(PREFIX):
                piece = _PIECE.decode(content)
                for device, last in piece.last.items():
                    self._hold(device, Last(last.seq, last.per_s))
                    self._before[device] = piece.is_whole

    def take_before(self, device: str) -> tuple[Last, bool] | None:
        """Return, once, what an earlier run heard last of a device, and whether that was all that it heard."""
        is_whole = self._before.pop(device, None)
        return None if is_whole is None else (self._held[device][1], is_whole)

    def note(self, device: str, seq: int, at: datetime) -> None:
        """Note the highest number of a device."""
        held = self._held.get(device) or self._hold(device, Last(seq))
        last, now_s = held[1], at.timestamp()
        last.seq = seq
        if not last.first_s or seq < last.first_seq:
            last.first_seq, last.first_s = seq, now_s
        elif now_s > last.first_s:
            last.per_s = (seq - last.first_seq) / (now_s - last.first_s)
        self._changed.add(held[0])

    def _hold(self, device: str, last: Last) -> tuple[int, Last]:
        piece = crc32(device.encode()) % PIECES
        self._pieces[piece][device] = last
        held = self._held[device] = (piece, last)
        return held

    def take_changed(self, now: datetime) -> dict[str, bytes | None]:
        """Return the pieces that have changed since the last time, every few seconds; else nothing."""
        if self._written_at is not None and timedelta(0) <= now - self._written_at < EVERY:
            return {}
        self._written_at = now
        changed, self._changed = self._changed, set()
        return {f"{PREFIX}{number}": _write(self._pieces[number]) for number in sorted(changed)}

    def take_all(self) -> dict[str, bytes | None]:
        """Return everything as it stands when the senses are stopped."""
        return {f"{PREFIX}{n}": _write(piece, is_whole=True) for n, piece in enumerate(self._pieces) if piece}


def _write(piece: dict[str, Last], *, is_whole: bool = False) -> bytes:
    return msgspec.json.encode(Piece(piece, is_whole))
