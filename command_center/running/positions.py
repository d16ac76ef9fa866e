"""The latest positions of workers and vehicles: written once a second, never kept as a track."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from command_center.orders.order_tables import WorkerState
from command_center.signals.signal_tables import DeviceState
from foundation.database import Database


class Position(msgspec.Struct, frozen=True):
    """Where a phone or a vehicle says it is, in WGS-84 degrees: the worker's, the vehicle's, or both."""

    lon: float
    lat: float
    at: datetime
    worker: str = ""
    vehicle: str = ""
    accuracy_m: float | None = None


_DECODER = msgspec.json.Decoder(Position)


class Positions:
    """The newest position of each worker since the last write."""

    def __init__(self) -> None:
        self._newest: dict[str, Position] = {}

    def hear(self, payload: bytes) -> None:
        """Take one in. Raises ``msgspec.DecodeError`` for anything else."""
        position = _DECODER.decode(payload)
        key = f"{position.worker} {position.vehicle}"
        known = self._newest.get(key)
        if known is None or known.at <= position.at:
            self._newest[key] = position

    def take(self) -> list[Position]:
        """Return what came since the last call."""
        taken, self._newest = list(self._newest.values()), {}
        return taken


def write_positions(database: Database, positions: list[Position]) -> None:
    """Store the positions of vehicles and of those on shift; an older one never replaces a newer one."""
    with database.write() as session:
        _write_workers(session, positions)
        _write_vehicles(session, positions)


def _write_workers(session: Session, positions: list[Position]) -> None:
    wanted = {position.worker: position for position in sorted(positions, key=_told_at) if position.worker}
    on_shift = select(WorkerState).where(WorkerState.worker.in_(list(wanted)), WorkerState.on_shift)
    for state in session.scalars(on_shift):
        position = wanted[state.worker]
        if state.at is None or state.at <= position.at:
            state.lon, state.lat = position.lon, position.lat
            state.accuracy_m, state.at = position.accuracy_m, position.at


def _write_vehicles(session: Session, positions: list[Position]) -> None:
    wanted = {position.vehicle: position for position in sorted(positions, key=_told_at) if position.vehicle}
    known = {
        state.device: state
        for state in session.scalars(select(DeviceState).where(DeviceState.device.in_(list(wanted))))
    }
    for vehicle, position in wanted.items():
        state = known.get(vehicle)
        if state is None:
            state = DeviceState(device=vehicle, status="online", last_seen_at=position.at, sequence_gaps=0)
            session.add(state)
        if state.placed_at is None or state.placed_at <= position.at:
            state.lon, state.lat, state.placed_at = position.lon, position.lat, position.at
            state.status, state.last_seen_at = "online", max(state.last_seen_at, position.at)


def _told_at(position: Position) -> datetime:
    return position.at
