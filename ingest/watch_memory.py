"""What the watching rules remember of every device, written down every few seconds in a bounded number of pieces.

``watch_judge.py`` writes into the memos; ``receive_mqtt.py`` asks for what has changed. After a kill the senses
go on with a memory that is at most ``EVERY`` old; alarms under way are kept at once, one by one.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zlib import crc32

import msgspec

from ingest.observation import Observation, decode_observation, encode
from ingest.rules.watch_rules import Active, Memo

PIECES = 64
EVERY = timedelta(seconds=5)
MEMO_PREFIX, ACTIVE_PREFIX, HELD_PREFIX = "watch", "watching|", "held|"

_MEMOS = msgspec.json.Decoder(dict[str, Memo])
_ACTIVE = msgspec.json.Decoder(Active)


class WatchMemory:
    """Memos by device, alarms under way by (device, mark), and the last words held back of what flaps."""

    def __init__(self) -> None:
        self.memos: dict[str, Memo] = {}
        self.active: dict[tuple[str, str], Active] = {}
        self.held: dict[str, Observation] = {}
        self._pieces: list[dict[str, Memo]] = [{} for _ in range(PIECES)]
        self._held: dict[str, tuple[int, Memo]] = {}
        self._changed: set[int] = set()
        self._written_at: datetime | None = None

    def restore(self, states: dict[str, bytes]) -> None:
        """Remember what an earlier run kept."""
        for key, content in states.items():
            if key.startswith(ACTIVE_PREFIX):
                active = _ACTIVE.decode(content)
                self.active[active.device, active.mark] = active
            elif key.startswith(HELD_PREFIX):
                self.held[key] = decode_observation(content)
            elif key.startswith(f"{MEMO_PREFIX}|"):
                for device, memo in _MEMOS.decode(content).items():
                    self._hold(device, memo)

    def get_memo(self, device: str) -> Memo:
        """Return what is remembered of a device, to be changed."""
        held = self._held.get(device)
        if held is None:
            self._hold(device, Memo())
            held = self._held[device]
        self._changed.add(held[0])
        return held[1]

    def _hold(self, device: str, memo: Memo) -> Memo:
        piece = crc32(device.encode()) % PIECES
        self.memos[device] = self._pieces[piece][device] = memo
        self._held[device] = (piece, memo)
        return memo

    def keep_active(self, active: Active, states: dict[str, bytes | None]) -> None:
        """Remember an alarm under way, at once."""
        self.active[active.device, active.mark] = active
        states[_active_key(active.device, active.mark)] = msgspec.json.encode(active)

    def end_active(self, device: str, mark: str, states: dict[str, bytes | None]) -> None:
        """Forget an alarm that is over."""
        self.active.pop((device, mark), None)
        states[_active_key(device, mark)] = None

    def hold_back(self, record: Observation, states: dict[str, bytes | None]) -> None:
        """Remember the last word of a flapping device: told when it is calm, if it still holds."""
        key = f"{HELD_PREFIX}{record.device}|{record.rule or record.source}"
        self.held[key] = record
        states[key] = encode(record)

    def let_go(self, device: str, states: dict[str, bytes | None]) -> list[Observation]:
        """Return what was held back of a device that is calm now."""
        keys = [key for key in self.held if key.startswith(f"{HELD_PREFIX}{device}|")]
        states.update(dict.fromkeys(keys))
        return [self.held.pop(key) for key in keys]

    def take_changed(self, now: datetime) -> dict[str, bytes | None]:
        """Return the pieces that have changed since the last time, every few seconds; else nothing."""
        if self._written_at is not None and timedelta(0) <= now - self._written_at < EVERY:
            return {}
        self._written_at = now
        changed, self._changed = self._changed, set()
        return {f"{MEMO_PREFIX}|{piece}": msgspec.json.encode(self._pieces[piece]) for piece in sorted(changed)}


def _active_key(device: str, mark: str) -> str:
    return f"{ACTIVE_PREFIX}{device}|{mark}"
