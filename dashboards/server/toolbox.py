"""What the routes may use, handed in once by ``app.create_app``: no globals, nothing at import.

``Web`` is the toolbox of one process; ``CityKeeper`` holds the city of the day in memory; ``BusDoor`` is as
much of the bus as the windows need, so that a test can hand in its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Annotated, Protocol

from fastapi import Depends
from starlette.requests import HTTPConnection

from command_center.moves.requests import ActionAnswer, ActionRequest
from dashboards.server.errors import Refused
from dashboards.server.figures.metrics import Metrics
from dashboards.server.live.live_hub import LiveHub
from dashboards.server.sessions.login_guard import LoginGuard
from foundation.clock import Clock, monotonic_s
from foundation.database import Database
from foundation.settings import Settings
from grid.city import City, NoCityLoaded, city_version, renew_city, spare_city
from grid.policies import city_today

Ask = Callable[[ActionRequest], Awaitable[ActionAnswer]]
Listen = Callable[[bytes], Awaitable[None]]

CITY_CHECK_S = 5.0
HASHES_MAX = 2  # an argon2 verification takes 64 MB and 50 ms: a flood of log-ins must not starve the rest


class BusDoor(Protocol):
    """What the windows need of the bus; ``foundation.bus.connection.Bus`` has it."""

    @property
    def is_connected(self) -> bool: ...

    async def store(self, subject: str, payload: bytes, *, delivery_id: str) -> None: ...

    async def ring(self, subject: str, payload: bytes = b"") -> None: ...

    async def listen(self, subject: str, hear: Listen) -> None: ...

    async def ask(self, subject: str, payload: bytes, *, timeout_s: float = 15.0) -> bytes: ...

    async def stream_state(self) -> dict[str, int]: ...


class CityKeeper:
    """The city as it stands today, loaded again when a new version or a new day is in force."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = Lock()
        self._city: City | None = None
        self._on: date | None = None
        self._checked_s = 0.0

    def get(self) -> City:
        """Return the city; called from worker threads.

        Raises:
            Refused: No city is loaded (not now).
        """
        city = self._city
        if city is not None and monotonic_s() - self._checked_s < CITY_CHECK_S:
            return city
        with self._lock:
            return self._refresh()

    def renew(self) -> None:
        """Look again at the next question: somebody has just changed the register."""
        self._checked_s = float("-inf")

    def _refresh(self) -> City:
        if self._city is not None and monotonic_s() - self._checked_s < CITY_CHECK_S:
            return self._city
        with self._database.read() as session:
            today = city_today(session)
            if self._city is None or self._on != today or city_version(session, today) != self._city.version:
                try:
                    known = self._city if self._on == today else None
                    self._city, self._on = renew_city(session, known), today
                except NoCityLoaded as error:
                    raise Refused("not_now", str(error)) from error
                spare_city()
        self._checked_s = monotonic_s()
        return self._city


@dataclass(frozen=True)
class Web:
    """The toolbox of one web process."""

    settings: Settings
    database: Database
    clock: Clock
    bus: BusDoor
    ask: Ask
    city: CityKeeper
    hub: LiveHub
    static: Path
    metrics: Metrics
    guard: LoginGuard = field(default_factory=LoginGuard)
    hashing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(HASHES_MAX))


def get_web(connection: HTTPConnection) -> Web:
    """Return the toolbox that ``create_app`` put into the application."""
    web: Web = connection.app.state.web
    return web


Tools = Annotated[Web, Depends(get_web)]
