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
from ingest.own_numbers import OwnNumbers

MOST_MISSING = 200  # of one device; older ones stay missing, though they came
FAR_BACK = 1000


class Heard(msgspec.Struct, omit_defaults=True):
    """When a device was last heard, its own number, how many numbers are missing, the reading that boards show."""

    at: datetime
    seq: int | None = None
    gaps: int = 0
    value: float | None = None


class Numbers:
    """One device's own numbering: the highest number heard, and which below it are missing."""

    __slots__ = ("_missing", "last")

    def __init__(self, first: int) -> None:
        self.last = first
        self._missing: set[int] = set()

    def hear(self, seq: int) -> int:
        """Return by how many the missing numbers grew, or shrank by a late one; a far step back is a restart."""
        if seq in self._missing:
            self._missing.remove(seq)
            return -1
        gone = seq - self.last - 1
        if gone < -FAR_BACK or (seq <= 1 < self.last):
            self.last, self._missing = seq, set()
            return 0
        if gone <= 0:
            self.last = max(self.last, seq)
            return 0
        self._missing.update(range(max(self.last + 1, seq - MOST_MISSING), seq))
        while len(self._missing) > MOST_MISSING:
            self._missing.remove(min(self._missing))
        self.last = seq
        return gone


class Counts:
    """Counters that one thread writes and another reads; a figure may be a message old."""

    def __init__(self) -> None:
        self.received: Counter[str] = Counter()
        self.told: Counter[str] = Counter()
        self.quarantined: Counter[str] = Counter()
        self.ignored: Counter[str] = Counter()
        self.flagged: Counter[str] = Counter()
        self._numbers: dict[str, Numbers] = {}
        self.own_numbers = OwnNumbers()
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
        """Note that a device spoke; a jump of its own numbering is a gap, which a late message fills again."""
        heard = self._heard.get(device)
        if heard is None:
            heard = self._heard[device] = Heard(at)
        heard.at = at
        if seq is None:
            return
        numbers = self._numbers.get(device)
        if numbers is None:
            numbers = self._numbers[device] = self._go_on(device, heard, seq)
        else:
            heard.gaps += numbers.hear(seq)
        heard.seq = numbers.last
        self.own_numbers.note(device, numbers.last, at)

    def _go_on(self, device: str, heard: Heard, seq: int) -> Numbers:
        """Return a device's numbering, counted on from what an earlier run of the senses heard last."""
        before = self.own_numbers.take_before(device)
        if before is None:
            return Numbers(seq)
        last, is_whole = before
        numbers = Numbers(last.seq)
        missing = numbers.hear(seq)
        heard.gaps += missing if is_whole else last.count_sure(missing)
        return numbers

    def measure(self, device: str, value: float) -> None:
        """Note the latest reading of a device that was just heard."""
        if device in self._heard:
            self._heard[device].value = value

    def take_heard(self) -> dict[str, Heard]:
        """Return who was heard since the last call."""
        heard, self._heard = self._heard, {}
        return heard
