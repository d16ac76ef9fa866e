"""The role gate in a thread of this process, for engines that tests start; the demonstration's logins pass it."""

from __future__ import annotations

import asyncio
import threading

from foundation.bus.admission import open_desk
from foundation.bus.credentials import GATEWAY
from foundation.settings import Settings
from grid.city import City
from ingest.bus_users import ensure_demo_logins, list_speakers
from ingest.gate.credentials import ALL, Book, Credential, digest_of, list_filters, make_book
from ingest.gate.gate import Gate, Refused


class GateHouse:
    """``book`` may be replaced while it runs; ``refused`` is what was told so far."""

    def __init__(self, settings: Settings, city: City) -> None:
        self._settings = settings
        self.refused: dict[str, list[Refused]] = {}
        self.book: Book | None = make_book(_list_demo(settings, city), list_filters(city.sources))
        self._last: Book | None = None
        self.gate: Gate | None = None
        self._stopping = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._thread.start()
        while self.gate is None or not self.gate.is_running:
            assert self._thread.is_alive(), "the gate did not open"
            threading.Event().wait(0.01)

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        desk = await open_desk(self._settings)
        self.gate = Gate(self._settings, desk, self._look, self._write)
        await self.gate.run(self._stopping)
        await desk.close()

    def _look(self) -> Book | None:
        book, self._last = (self.book if self.book is not self._last else None), self.book
        return book

    def _write(self, refused: dict[str, Refused]) -> None:
        for name, more in refused.items():
            self.refused.setdefault(name, []).append(more)

    def stop(self) -> None:
        if self._loop is None or self._loop.is_closed():
            return
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(10)


def _list_demo(settings: Settings, city: City) -> list[Credential]:
    logins = ensure_demo_logins(settings, list_speakers(city))
    return [
        Credential(
            name=name, digest=digest_of(password), **({"source": ALL} if name == GATEWAY else {"device": name})
        )
        for name, password in logins.items()
    ]
