"""Which devices were heard lately: told by the senses every few seconds, written in batches.

Telemetry that no rule tells of is known from here only; ``source_counts.py`` notes those that sent an alarm.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import select

from command_center.signals.signal_tables import DeviceState
from foundation.database import Database


class Hearing(msgspec.Struct, frozen=True):
    """When a device was last heard; ``gaps`` counts the numbers that it skipped since the last telling.

    ``value`` is its latest reading, of kinds whose readings the boards show.
    """

    at: datetime
    seq: int | None = None
    gaps: int = 0
    value: float | None = None


_DECODER = msgspec.json.Decoder(dict[str, Hearing])


class HeardDevices:
    """What the senses told since the last write."""

    def __init__(self) -> None:
        self._heard: dict[str, Hearing] = {}

    def hear(self, payload: bytes) -> None:
        """Take one telling in. Raises ``msgspec.DecodeError`` for anything else."""
        for device, hearing in _DECODER.decode(payload).items():
            known = self._heard.get(device)
            newest = hearing if known is None or hearing.at >= known.at else known
            gaps = hearing.gaps + (known.gaps if known is not None else 0)
            self._heard[device] = msgspec.structs.replace(newest, gaps=gaps)

    def take(self) -> dict[str, Hearing]:
        """Return what was told since the last call."""
        taken, self._heard = self._heard, {}
        return taken


def write_hearings(database: Database, heard: dict[str, Hearing]) -> None:
    """Store when each device was last heard; an older telling never replaces a newer one."""
    with database.write() as session:
        rows = session.scalars(select(DeviceState).where(DeviceState.device.in_(list(heard))))
        states = {row.device: row for row in rows}
        for device, hearing in heard.items():
            state = states.get(device)
            if state is None:
                state = DeviceState(device=device, status="online", last_seen_at=hearing.at, sequence_gaps=0)
                session.add(state)
            state.status = "online"
            state.last_seen_at = max(state.last_seen_at, hearing.at)
            state.sequence_gaps = max(0, state.sequence_gaps + hearing.gaps)
            if hearing.seq is not None:
                state.last_seq = hearing.seq
            if hearing.value is not None:
                state.reading, state.read_at = hearing.value, hearing.at
