"""The role ``gate``: admits devices and gateways to the embedded engine, and counts what is refused to them.

Comes in: settings. Goes out: answers to the engine's questions; refusals in the table ``mqtt_refusals``. Our own
roles do not pass here, so that the city goes on while the gate restarts; who is connected stays connected.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from foundation.bus import subjects
from foundation.bus.admission import AdmissionDesk, open_desk
from foundation.clock import SystemClock, monotonic_s
from foundation.database import Database
from foundation.logs import get_logger
from foundation.processes import hear_stop, pause
from foundation.settings import Settings
from grid.register_store import read_sources
from ingest.gate.credential_tables import MqttRefusal
from ingest.gate.credentials import Book, credentials_stamp, list_filters, make_book, read_credentials
from ingest.gate.doorkeeper import Doorkeeper
from ingest.gate.engine_log import EngineLog, Unadmitted, Violation
from ingest.gate.gate_state import GateState, encode

LOOK_EVERY_S = 0.5
COUNT_EVERY_S = 3.0
LIST_EVERY_S = 60.0

log = get_logger("gate")
ReadBook = Callable[[], Book | None]


def run_gate(settings: Settings) -> None:
    """Admit until SIGTERM."""
    asyncio.run(_run(settings))


async def _run(settings: Settings) -> None:
    stopping = hear_stop()
    database = Database(settings.database)
    shelf = BookShelf(database, demo=settings.demo)
    desk = await open_desk(settings)
    try:
        gate = Gate(settings, desk, shelf.look, lambda refused: write_refusals(database, refused))
        await gate.run(stopping)
    finally:
        await desk.close()
        database.dispose()


class BookShelf:
    """Reads the book again when a credential or the day has changed."""

    def __init__(self, database: Database, *, demo: bool) -> None:
        self._database, self._demo = database, demo
        self._stamp: object = None

    def look(self) -> Book | None:
        """Return the book when it is another than at the last look."""
        with self._database.read() as session:
            today = SystemClock().now().date()
            stamp = (credentials_stamp(session), today)
            if stamp == self._stamp:
                return None
            filters = list_filters(read_sources(session, date.fromisoformat(today.isoformat())))
            book = make_book(read_credentials(session, demo=self._demo), filters)
        self._stamp = stamp
        return book


class Refused:
    """What one credential was refused since it was last written."""

    __slots__ = ("last_told", "logins", "publishes", "subscriptions")

    def __init__(self) -> None:
        self.publishes = self.subscriptions = self.logins = 0
        self.last_told = ""


class Gate:
    """The parts of the role, wired; ``read_book`` and ``write`` are synchronous and run beside the loop."""

    def __init__(
        self,
        settings: Settings,
        desk: AdmissionDesk,
        read_book: ReadBook,
        write: Callable[[dict[str, Refused]], None],
    ) -> None:
        self._desk, self._read_book, self._write = desk, read_book, write
        self._log = EngineLog(settings.data / "nats.log", settings.data / "gate-log.json")
        self._keeper = Doorkeeper(make_book((), {}), lambda id: desk.list_connected(mqtt_client=id))
        self._publishes: Counter[str] = Counter()
        self._refused: dict[str, Refused] = {}
        self._told_logins: Counter[str] = Counter()
        self.is_running = False

    async def run(self, stopping: asyncio.Event) -> None:
        """Admit until told to stop."""
        while not stopping.is_set() and not await self._look_at_book():
            await pause(stopping, LOOK_EVERY_S)
        self._keeper.remember(await self._desk.list_connected())
        await self._desk.serve(self._keeper.judge)
        await self._desk.answer_state(subjects.GATE_STATE, lambda: encode(self.get_state()))
        self.is_running = True
        log.info("gate is open", credentials=len(self._keeper.book.by_name))
        counted_s = listed_s = monotonic_s()
        while not stopping.is_set():
            await pause(stopping, LOOK_EVERY_S)
            await self._look_at_book()
            self._read_log()
            if monotonic_s() - counted_s > COUNT_EVERY_S:
                counted_s = monotonic_s()
                await self._store_counts()
            if monotonic_s() - listed_s > LIST_EVERY_S:
                listed_s = monotonic_s()
                self._keeper.remember(await self._desk.list_connected())
        await self._store_counts()
        self._log.close()

    async def _look_at_book(self) -> bool:
        """Take over a changed book, and throw out whom it does not know any more; False when it cannot be read."""
        try:
            book = await asyncio.to_thread(self._read_book)
        except SQLAlchemyError as error:
            log.warning("credentials cannot be read now", error=str(error).splitlines()[0])
            return False
        if book is not None:
            before, self._keeper.book = self._keeper.book, book
            gone = {name for name, credential in before.by_name.items() if credential != book.by_name.get(name)}
            if gone:
                await self._throw_out(gone)
        return True

    async def _throw_out(self, names: set[str]) -> None:
        for one in await self._desk.list_connected():
            if one.mqtt_client and one.authorized_user in names:
                await self._desk.kick(one.cid)
                log.info("thrown out", credential=one.authorized_user, cid=one.cid)

    def _read_log(self) -> None:
        for told in self._log.read():
            if isinstance(told, Unadmitted):
                self._keeper.note_unadmitted(told)
            elif (name := self._keeper.name_of(told.cid)) is not None:
                self._count(name, told)

    def _count(self, name: str, violation: Violation) -> None:
        refused = self._refused.setdefault(name, Refused())
        refused.last_told = violation.subject[:400]
        if violation.is_publish:
            refused.publishes += 1
            self._publishes[name] += 1
        else:
            refused.subscriptions += 1

    async def _store_counts(self) -> None:
        for name, count in (self._keeper.refused - self._told_logins).items():
            refused = self._refused.setdefault(name, Refused())
            refused.logins += count
            refused.last_told = refused.last_told or "connect"
        self._told_logins = Counter(self._keeper.refused)
        taken, self._refused = self._refused, {}
        if not taken:
            self._log.keep_mark()
            return
        try:
            await asyncio.to_thread(self._write, taken)
        except SQLAlchemyError as error:
            log.warning("refusals cannot be written now", error=str(error).splitlines()[0])
            self._refused = taken | self._refused
            return
        self._log.keep_mark()

    def get_state(self) -> GateState:
        """Return how the gate is."""
        return GateState(
            is_ready=self.is_running and self._desk.is_connected,
            credentials=len(self._keeper.book.by_name),
            admitted=self._keeper.admitted,
            reasons=dict(self._keeper.reasons),
            publishes=dict(self._publishes),
        )


def write_refusals(database: Database, refused: dict[str, Refused]) -> None:
    """Add what was refused to the table."""
    now = SystemClock().now()
    with database.write() as session:
        rows = {r.name: r for r in session.scalars(select(MqttRefusal).where(MqttRefusal.name.in_(list(refused))))}
        for name, more in refused.items():
            row = rows.get(name)
            if row is None:
                row = MqttRefusal(name=name, publishes=0, subscriptions=0, logins=0, last_told="", last_at=now)
                session.add(row)
            row.publishes += more.publishes
            row.subscriptions += more.subscriptions
            row.logins += more.logins
            row.last_at, row.last_told = now, more.last_told or row.last_told
