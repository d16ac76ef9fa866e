"""The workers' latest positions: collected as they come, written once a second, never kept as a track."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import select

from command_center.orders.order_tables import WorkerState
from foundation.database import Database


class Position(msgspec.Struct, frozen=True):
    """Where a phone says it is, in WGS-84 degrees."""

    worker: str
    lon: float
    lat: float
    at: datetime
    accuracy_m: float | None = None


_DECODER = msgspec.json.Decoder(Position)


class Positions:
    """The newest position of each worker since the last write."""

    def __init__(self) -> None:
        self._newest: dict[str, Position] = {}

    def hear(self, payload: bytes) -> None:
        """Take one in. Raises ``msgspec.DecodeError`` for anything else."""
        position = _DECODER.decode(payload)
        known = self._newest.get(position.worker)
        if known is None or known.at <= position.at:
            self._newest[position.worker] = position

    def take(self) -> list[Position]:
        """Return what came since the last call."""
        taken, self._newest = list(self._newest.values()), {}
        return taken


def write_positions(database: Database, positions: list[Position]) -> None:
    """Store the positions of those on shift; an older one never replaces a newer one."""
    with database.write() as session:
        wanted = {position.worker: position for position in positions}
        states = session.scalars(
            select(WorkerState).where(WorkerState.worker.in_(list(wanted)), WorkerState.on_shift)
        )
        for state in states:
            position = wanted[state.worker]
            if state.at is None or state.at <= position.at:
                state.lon, state.lat = position.lon, position.lat
                state.accuracy_m, state.at = position.accuracy_m, position.at
