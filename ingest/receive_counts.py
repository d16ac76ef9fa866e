"""What the senses have seen since they started: by source, by reason, by device.

Comes in from the receiving thread, one call a message. Goes out: figures for ``/metrics`` and ``/readyz``
(``receive_state.py``), and when each device was last heard, in batches (``rings.devices``).
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import msgspec

from ingest.messages import Taken
from ingest.observation import Observation


class Heard(msgspec.Struct, omit_defaults=True):
    """When a device was last heard, its own number then, and how many numbers are missing since the start."""

    at: datetime
    seq: int | None = None
    gaps: int = 0


class Counts:
    """Counters that one thread writes and another reads; a figure may be a message old."""

    def __init__(self) -> None:
        self.received: Counter[str] = Counter()
        self.told: Counter[str] = Counter()
        self.quarantined: Counter[str] = Counter()
        self.ignored: Counter[str] = Counter()
        self.flagged: Counter[str] = Counter()
        self._last_seq: dict[str, int] = {}
        self._heard: dict[str, Heard] = {}

    def count(self, source: str, taken: Taken) -> None:
        self.received[source] += 1
        if taken.ignored:
            self.ignored[taken.ignored] += 1
        for record in taken.records:
            if isinstance(record, Observation):
                self.told[source] += 1
                self.flagged.update(record.flags)
            else:
                self.quarantined[source] += 1

    def hear(self, device: str, at: datetime, seq: int | None) -> None:
        """Note that a device spoke; a jump of its own numbering is a gap, a step back is a restart or a repeat."""
        heard = self._heard.get(device)
        if heard is None:
            heard = self._heard[device] = Heard(at)
        heard.at = at
        if seq is None:
            return
        last = self._last_seq.get(device)
        if last is not None and seq > last + 1:
            heard.gaps += seq - last - 1
        heard.seq = self._last_seq[device] = seq

    def take_heard(self) -> dict[str, Heard]:
        """Return who was heard since the last call."""
        heard, self._heard = self._heard, {}
        return heard
