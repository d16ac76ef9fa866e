"""The one reader of the journal in a web process, and the clients that follow it.

Woken by the ring or once a second, it reads what is new once for everybody, hands it to the channels
(``live_channel.py``) whose eyes may see it, and keeps the last entries in memory, out of which a client
(``live_client.py``) catches up that stands elsewhere than its channel.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from dashboards.server.figures.metrics import Metrics
from dashboards.server.live.live_channel import Channels
from dashboards.server.live.live_frames import FOR_EVERYBODY, plain_frame
from dashboards.server.live.live_journal import BATCH_MAX, Batch, LiveEntry, LiveState, read_batch, read_head
from dashboards.server.live.live_line import pack_frame
from dashboards.server.live.live_overview import Overviews
from dashboards.server.live.live_positions import PositionBoard
from dashboards.server.live.live_show import ShowBoard
from dashboards.server.live.live_snapshot import Snapshots
from foundation.clock import Clock, monotonic_s, to_rfc3339
from foundation.database import Database
from foundation.logs import get_logger
from grid.city import City

if TYPE_CHECKING:
    from dashboards.server.live.live_client import LiveClient

RESUMED_MAX = 5000  # entries that a screen may have missed and still resume; they are read from the database
KEPT_ENTRIES = 2500  # in memory: more than a client may fall behind, and one batch
POLL_S = 1.0
READ_GAP_S = 0.04  # rings come by the hundred a second; the first is followed at once, what comes next together
HEARTBEAT_S = 5.0
POSITIONS_S = 1.0
FRESH_S = 4.0  # older than this, the feed does not claim to be alive: heartbeats stop
STATES_KEPT = 2500
RENDER_LINGER_S = 10.0
GOING_AWAY = 1012
NEVER_S = float("inf")

Read = TypeVar("Read")

log = get_logger("live")


class LiveHub:
    """Entries and states up to ``head``, ready to be cut into frames; lives on one event loop."""

    def __init__(self, database: Database, clock: Clock, get_city: Callable[[], City], metrics: Metrics) -> None:
        self.database = database
        self.clock = clock
        self.get_city = get_city
        self.snapshots = Snapshots(database, clock, get_city)
        self.overviews = Overviews(database, clock, get_city)
        self.positions = PositionBoard(database, get_city)
        self.shows = ShowBoard()
        self.metrics = metrics
        self.channels = Channels()
        self.clients: set[LiveClient] = set()
        self.joins = 0
        self.epoch = ""
        self.head = 0
        self.states: dict[int, LiveState] = {}
        self._entries: deque[LiveEntry] = deque(maxlen=KEPT_ENTRIES)
        self._thread = ThreadPoolExecutor(1, "journal")
        self._rung = asyncio.Event()
        self._has_read = asyncio.Event()
        self._frames: Counter[str] = Counter()
        self._oldest_s = NEVER_S
        self._read_s = 0.0
        self._had_clients_s = 0.0

    @property
    def is_fresh(self) -> bool:
        """Whether the journal was read a moment ago, so that silence means that nothing happened."""
        return monotonic_s() - self._read_s < FRESH_S

    @property
    def age_s(self) -> float:
        return monotonic_s() - self._read_s

    async def hear_ring(self, _payload: bytes = b"") -> None:
        """Wake the reader."""
        self._rung.set()

    async def hear_show(self, payload: bytes) -> None:
        """Take what a seat puts up, and wake the walls."""
        if self.shows.take(payload):
            for client in self.clients:
                client.wake()

    def join(self, client: LiveClient) -> None:
        self.clients.add(client)
        self.joins += 1

    def leave(self, client: LiveClient) -> None:
        self.clients.discard(client)
        self._had_clients_s = monotonic_s()

    def close(self) -> None:
        """End every connection: the screens come back to the next process."""
        for client in list(self.clients):
            client.end(GOING_AWAY)

    def since(self, number: int) -> list[LiveEntry] | None:
        """Return the entries after a number, or None when they are no longer in memory."""
        if number >= self.head:
            return []
        if not self._entries or self._entries[0].number > number + 1:
            return None
        return [entry for entry in self._entries if entry.number > number]

    async def run(self) -> None:
        """Read until cancelled; trouble with the database is waited out."""
        while True:
            await asyncio.sleep(max(0.0, self._read_s + READ_GAP_S - monotonic_s()))
            self._rung.clear()
            try:
                more = await self._read()
            except Exception as error:  # noqa: BLE001 the edge of a loop: a database that is away comes back
                log.warning("the journal cannot be read now", error=str(error))
                more = False
            self._tell_read()
            if not more:
                await self._wait()

    async def read_anew(self) -> None:
        """Have the journal read now, and wait until it was: a picture tells of an epoch that is not known here."""
        self._rung.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_S):
                await self._has_read.wait()

    def _tell_read(self) -> None:
        self._has_read.set()
        self._has_read = asyncio.Event()

    async def keep_pace(self) -> None:
        """Tell positions every second and that all is well every five, until cancelled."""
        beaten_s = monotonic_s()
        while True:
            await asyncio.sleep(POSITIONS_S)
            self.snapshots.expire()
            try:
                for channel in self.channels:
                    if channel.positions_count != self.positions.count:
                        await channel.tell_positions()
            except Exception as error:  # noqa: BLE001 the edge of a loop: a database that is away comes back
                log.warning("positions cannot be told now", error=str(error))
            # a wall that hears nothing goes grey, and that is the truth
            if self.is_fresh and monotonic_s() - beaten_s > HEARTBEAT_S - POSITIONS_S / 2:
                beaten_s = monotonic_s()
                self._beat(to_rfc3339(self.clock.now()))

    def _beat(self, at: str) -> None:
        """Tell everybody what is waiting, then the number: one frame for all, made once."""
        for channel in self.channels:
            channel.hurry()
        packed = pack_frame(plain_frame("heartbeat", number=self.head, at=at))
        for channel in self.channels:
            channel.beat(packed)

    def note_delay(self, at_s: float) -> None:
        """Take the time of the oldest entry of a frame; of all frames of a moment the oldest is observed."""
        self._oldest_s = min(self._oldest_s, at_s)

    def note_frames(self, kind: str, count: int) -> None:
        """Take how many members a frame went to; counted once for all channels of a moment."""
        if not self._frames:
            asyncio.get_running_loop().call_soon(self._count)
        self._frames[kind] += count

    def _count(self) -> None:
        for kind, count in self._frames.items():
            self.metrics.count_frames(kind, count)
        self._frames.clear()
        if self._oldest_s < NEVER_S:
            self.metrics.live_delay_seconds.observe(max(0.0, self.clock.now().timestamp() - self._oldest_s))
            self._oldest_s = NEVER_S

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(POLL_S):
                await self._rung.wait()
        except TimeoutError:
            return

    async def _read(self) -> bool:
        """Take over what is new; return whether there may be more."""
        if not self.epoch:
            await self._start()
            return False
        wanted = self._is_watched()
        batch = await self._aside(partial(self._fetch, wanted))
        if batch.entries and not wanted and self._is_watched():
            batch = await self._aside(partial(self._fetch, True))  # somebody came while we read
        self._read_s = monotonic_s()
        if batch.epoch != self.epoch or batch.head < self.head:
            await self._start()
            return False
        if not batch.entries:
            return False
        self._take(batch)
        return len(batch.entries) == BATCH_MAX  # a commit after this reading has a ring of its own

    async def _aside(self, work: Callable[[], Read]) -> Read:
        """Return what a call of the reader's own thread says: a crowd's first pictures hold all the others."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _is_watched(self) -> bool:
        return bool(self.clients) or monotonic_s() - self._had_clients_s < RENDER_LINGER_S

    def _fetch(self, with_states: bool) -> Batch:
        city = self.get_city() if with_states else None
        with self.database.read() as session:
            return read_batch(session, self.head, city)

    async def _start(self) -> None:
        """Begin at the present end of the journal; clients of another epoch start anew."""

        def read() -> tuple[str, int]:
            with self.database.read() as session:
                return read_head(session)

        before = self.epoch
        self.epoch, self.head = await self._aside(read)
        self._read_s = monotonic_s()
        if before == self.epoch == "":
            return  # the brain has not written anything yet
        self._entries.clear()
        self.states.clear()
        self.snapshots.forget()
        for channel in self.channels:
            channel.begin_anew()
        for client in self.clients:
            client.restart("epoch")

    def _take(self, batch: Batch) -> None:
        self._entries.extend(batch.entries)
        for number, state in batch.states.items():
            self.states.pop(number, None)  # the newest stand last
            self.states[number] = state
        while len(self.states) > STATES_KEPT:
            del self.states[next(iter(self.states))]
        self.head = batch.head
        if any(entry.shown["kind"] == "worker_shift" for entry in batch.entries):
            self.positions.expire_shift()
        for channel, entries in self.channels.sort(batch.entries, FOR_EVERYBODY).items():
            channel.note(entries)
