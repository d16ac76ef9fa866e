"""One live connection: its place in the journal, its pace, and everything that it is sent.

Only ``run`` sends, one frame after another, so that nothing overtakes; the route hands in what the screen
says (``subscribe``), the hub wakes it, ``live_rights.py`` ends it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Literal

import msgspec

from command_center.people.scope import Scope
from dashboards.server.figures.metrics import Metrics
from dashboards.server.incidents.narrowing import Narrowing
from dashboards.server.live.live_frames import (
    StateLost,
    cut_entries,
    entries_frame,
    eyes_of,
    plain_frame,
    snapshot_frame,
)
from dashboards.server.live.live_hub import RESUMED_MAX, LiveHub
from dashboards.server.live.live_journal import Batch, read_batch, read_head
from dashboards.server.live.live_overview import OverviewRide
from foundation.clock import monotonic_s, to_rfc3339

GAP_S = {"wall": 0.02, "desk": 0.02, "field": 0.2}
HEARTBEAT_S = 5.0
POSITIONS_S = 1.0
BEHIND_MAX = 1000  # entries; a reader farther behind than this starts anew
SEND_MAX_S = 30.0

Rights = tuple[Any, ...]
Send = Callable[[str], Awaitable[None]]
Domain = Literal["emergency", "public_order", "urban_management", "transport"]


class TooSlow(Exception):
    """The other end has not read for so long that the connection is given up."""


class Since(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    epoch: str
    number: int


class Subscribe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a screen asks for."""

    type: Literal["subscribe"]
    view: Literal["wall", "desk", "field"]
    area: str | None = None
    domains: list[Domain] | None = None
    since: Since | None = None


class LiveClient:
    """A connection from its first ``subscribe`` to its end."""

    def __init__(
        self, hub: LiveHub, *, scope: Scope, session: str, rights: Rights, send: Send, metrics: Metrics
    ) -> None:
        self.hub = hub
        self.scope = scope
        self.session = session
        self.rights = rights
        self.ended = asyncio.Event()
        self.end_code = 1000
        self._send_text = send
        self._metrics = metrics
        self._wanted: Subscribe | None = None
        self._restart = ""
        self._woken = asyncio.Event()
        self._is_following = False
        self._eyes = eyes_of(scope, Narrowing())
        self.view = "desk"
        self._gap_s = GAP_S[self.view]
        self._cursor = 0
        self._told = 0
        self._sent_s = 0.0
        self._beat_s = monotonic_s()
        self._positions_s = 0.0
        self._positions_count = 0
        self._shows_count = 0
        self._overviews = OverviewRide(hub.overviews)

    def subscribe(self, wanted: Subscribe) -> None:
        self._wanted = wanted
        self.wake()

    def wake(self) -> None:
        self._woken.set()

    def restart(self, reason: str) -> None:
        """Tell the screen to start anew."""
        self._restart = reason
        self.wake()

    def end(self, code: int) -> None:
        """End the connection at once with a code: 4401 logged out, 4403 rights changed."""
        self.end_code = code
        self.ended.set()
        self.wake()

    def stop(self) -> None:
        """Let go of what runs beside the connection."""
        self._overviews.stop()

    async def run(self) -> None:
        """Send what is due until ended.

        Raises:
            TooSlow: The other end does not read.
        """
        while not self.ended.is_set():
            await self._wait()
            self._woken.clear()
            if self._wanted is not None:
                await self._start(self._wanted)
            if self._restart:
                await self._tell_reset(self._restart)
            if self._is_following:
                await self._follow()
            await self._beat()

    async def _wait(self) -> None:
        """Wait until something is due; entries keep the pace of the view."""
        if self._is_following and self._cursor < self.hub.head:
            await asyncio.sleep(max(0.0, self._sent_s + self._gap_s - monotonic_s()))
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(min(1.0, max(0.0, self._beat_s + HEARTBEAT_S - monotonic_s()))):
                await self._woken.wait()

    async def _start(self, wanted: Subscribe) -> None:
        self._wanted = None
        self._restart = ""
        self.view = wanted.view
        self._gap_s = GAP_S[wanted.view]
        domains = frozenset(wanted.domains) if wanted.domains is not None else None
        self._eyes = eyes_of(self.scope, Narrowing(wanted.area, domains, patrols=wanted.view == "field"))
        self._overviews.turn(self._eyes, is_wanted=wanted.view != "field")
        if wanted.since is None or not await self._resume(wanted.since):
            await self._tell_snapshot()
        self._is_following = not self._restart

    async def _tell_snapshot(self) -> None:
        snapshot = await asyncio.to_thread(self.hub.snapshots.get, self._eyes)
        self._cursor = self._told = snapshot.number
        frame = snapshot_frame(
            epoch=snapshot.epoch,
            number=snapshot.number,
            incidents=snapshot.incidents,
            overview=snapshot.overview,
        )
        await self._send(frame, "snapshot")
        if snapshot.epoch != self.hub.epoch:
            self._restart = "epoch"

    async def _resume(self, since: Since) -> bool:
        """Send what happened since; return False where only a snapshot helps."""
        batch = await asyncio.to_thread(self._read_since, since)
        if batch is None or batch.epoch != self.hub.epoch:
            return False
        self._cursor, self._told = batch.head, since.number
        cut = cut_entries(batch.entries, batch.states, self._eyes)
        if cut:
            frame = entries_frame(cut, epoch=batch.epoch, first=since.number + 1, last=batch.head, overview=None)
            await self._send(frame, "entries")
            self._told = batch.head
        return True

    def _read_since(self, since: Since) -> Batch | None:
        with self.hub.database.read() as session:
            epoch, head = read_head(session)
            if epoch != since.epoch or not 0 <= head - since.number <= RESUMED_MAX:
                return None
            return read_batch(session, since.number, self.hub.get_city(), limit=RESUMED_MAX + 1)

    async def _follow(self) -> None:
        if self._cursor < self.hub.head and monotonic_s() - self._sent_s >= self._gap_s:
            await self._tell_entries()
        if self._is_following and monotonic_s() - self._positions_s >= POSITIONS_S:
            await self._tell_positions()
        if self._is_following and self.view == "wall":
            await self._tell_shows()

    async def _tell_entries(self) -> None:
        head, epoch = self.hub.head, self.hub.epoch
        entries = self.hub.since(self._cursor)
        if entries is None or head - self._cursor > BEHIND_MAX:
            await self._tell_reset("behind")
            return
        try:
            cut = cut_entries(entries, self.hub.states, self._eyes)
        except StateLost:
            await self._tell_reset("behind")
            return
        self._cursor = head
        if not cut:
            return
        first, self._told = self._told + 1, head
        overview = self._overviews.take_fresh()
        await self._send(entries_frame(cut, epoch=epoch, first=first, last=head, overview=overview), "entries")
        if cut.oldest_s:
            self._metrics.live_delay_seconds.observe(max(0.0, self.hub.clock.now().timestamp() - cut.oldest_s))
        self._overviews.order()

    async def _tell_positions(self) -> None:
        count = self.hub.positions.count
        if count == self._positions_count:
            return
        items = await self.hub.positions.list_since(self._positions_count, self.scope)
        self._positions_count, self._positions_s = count, monotonic_s()
        if items:
            await self._send(plain_frame("positions", items=items), "positions")

    async def _tell_shows(self) -> None:
        shows = self.hub.shows
        if shows.count == self._shows_count:
            return
        told, self._shows_count = self._shows_count, shows.count
        for shown in shows.list_since(told, self.scope):
            await self._send(plain_frame("show", **shown.to_frame()), "show")

    async def _tell_reset(self, reason: str) -> None:
        self._restart = ""
        self._is_following = False
        self._metrics.live_resets.labels(reason).inc()
        await self._send(plain_frame("reset", reason=reason), "reset")

    async def _beat(self) -> None:
        if monotonic_s() - self._beat_s < HEARTBEAT_S:
            return
        self._beat_s = monotonic_s()
        if not (self._is_following and self.hub.is_fresh):
            return  # a wall that hears nothing goes grey, and that is the truth
        self._told = self._cursor
        at = to_rfc3339(self.hub.clock.now())
        await self._send(plain_frame("heartbeat", number=self._cursor, at=at), "heartbeat")

    async def _send(self, frame: bytes, kind: str) -> None:
        try:
            async with asyncio.timeout(SEND_MAX_S):
                await self._send_text(frame.decode())
        except TimeoutError as error:
            raise TooSlow from error
        self._sent_s = monotonic_s()
        self._metrics.live_frames.labels(kind).inc()
