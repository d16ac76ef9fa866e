"""Where the workers on shift are, the latest of each; told at most once a second, to who may see them.

Comes in: the ring ``rings.positions``. Nothing is stored here and nothing is numbered; positions of people
off shift are dropped (process.md, lines that are not crossed).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import select

from command_center.orders.order_tables import WorkerState
from command_center.people.roles import Role
from command_center.people.scope import Scope
from dashboards.server.incidents.names import path_of
from foundation.clock import monotonic_s
from foundation.database import Database
from foundation.logs import get_logger
from grid.city import City

SHIFT_FRESH_S = 5.0
PEERS = frozenset({Role.GRID_WORKER, Role.HANDLER})  # colleagues in the field are not shown to each other

log = get_logger("positions")


class Position(msgspec.Struct, frozen=True):
    """One position as it travels on the bus."""

    lon: float
    lat: float
    worker: str = ""
    accuracy_m: float | None = None
    at: str | None = None


_DECODER = msgspec.json.Decoder(Position)


class PositionBoard:
    """The latest position of each worker on shift, with a counter that tells what is new."""

    def __init__(self, database: Database, get_city: Callable[[], City]) -> None:
        self._database = database
        self._get_city = get_city
        self._latest: dict[str, tuple[int, Position]] = {}
        self._on_shift: frozenset[str] = frozenset()
        self._shift_s = float("-inf")
        self.count = 0

    async def hear(self, payload: bytes) -> None:
        """Take one position from the bus."""
        try:
            position = _DECODER.decode(payload)
        except msgspec.DecodeError as error:
            log.warning("a position cannot be read", error=str(error))
            return
        if not position.worker:  # a vehicle: it stands in the list of devices
            return
        self.count += 1
        self._latest[position.worker] = (self.count, position)

    def expire_shift(self) -> None:
        """Read who is on shift again before the next telling."""
        self._shift_s = float("-inf")

    async def list_since(self, count: int, scope: Scope) -> list[dict[str, Any]]:
        """Return the positions newer than a counter that this person may see."""
        if monotonic_s() - self._shift_s > SHIFT_FRESH_S:
            self._on_shift = await asyncio.to_thread(self._read_on_shift)
            self._shift_s = monotonic_s()
        city = self._get_city()
        if scope.worker is not None and scope.roles() <= PEERS:  # a phone: itself alone, and there are many
            number, position = self._latest.get(scope.worker, (0, None))
            is_new = position is not None and number > count and scope.worker in self._on_shift
            return [{"id": scope.worker, **msgspec.to_builtins(position)}] if is_new else []
        return [
            {"id": position.worker, **msgspec.to_builtins(position)}
            for number, position in self._latest.values()
            if number > count
            and position.worker in self._on_shift
            and may_see_worker(scope, city, position.worker)
        ]

    def _read_on_shift(self) -> frozenset[str]:
        with self._database.read() as session:
            return frozenset(session.scalars(select(WorkerState.worker).where(WorkerState.on_shift)))


def may_see_worker(scope: Scope, city: City, worker: str) -> bool:
    """Return whether this person may see where a worker is: themselves, their areas', their team's."""
    if scope.worker == worker:
        return True
    found = city.workers.find_worker(worker)
    if found is None:
        return False
    path = path_of(city, found.area)
    for grant in scope.grants:
        if grant.role is Role.LIAISON and grant.department is not None:
            if grant.department in (found.department, found.post):
                return True
        elif grant.role not in PEERS and grant.area in path and Scope("", (grant,)).sees_area(path):
            return True
    return False
