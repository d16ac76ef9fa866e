"""One live connection: its place in the journal, its pace, and everything that it is sent.

The route hands in what the screen says (``subscribe``); ``run`` starts it from a snapshot or a number and joins
it to the channel of all who see the same (``live_channel.py``); ``live_rights.py`` ends it.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import Annotated, Literal

import msgspec

from command_center.people.scope import Scope
from dashboards.server.figures.metrics import Metrics
from dashboards.server.incidents.narrowing import Narrowing
from dashboards.server.live.live_channel import LiveChannel
from dashboards.server.live.live_frames import (
    Cut,
    StateLost,
    cut_entries,
    entries_frame,
    eyes_of,
    plain_frame,
)
from dashboards.server.live.live_hub import RESUMED_MAX, LiveHub
from dashboards.server.live.live_journal import Batch, read_batch, read_head
from dashboards.server.live.live_line import Line, pack_frame
from dashboards.server.live.live_rights import Rights, has_new_rights
from dashboards.server.sessions.session_store import NEVER
from foundation.clock import monotonic_s

GAP_S = {"wall": 0.02, "desk": 0.02, "field": 0.2}
WAITING_MAX = 4 * 1024 * 1024  # bytes not yet read; a reader farther behind than this starts anew
FULL_POLL_S = 0.1
SEND_MAX_S = 30.0

Domain = Literal["emergency", "public_order", "urban_management", "transport"]


class TooSlow(Exception):
    """The other end has not read for so long that the connection is given up."""


class Since(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    epoch: str
    number: Annotated[int, msgspec.Meta(ge=0)]


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
        self, hub: LiveHub, *, scope: Scope, session: str, rights: Rights, line: Line, metrics: Metrics
    ) -> None:
        self.hub = hub
        self.scope = scope
        self.session = session
        self.rights = rights
        self.stands_until = NEVER  # judged at the next look
        self.ended = asyncio.Event()
        self.end_code = 1000
        self.view = "desk"
        self._line = line
        self._metrics = metrics
        self._wanted: Subscribe | None = None
        self._has_asked = False
        self._restart = ""
        self._woken = asyncio.Event()
        self._channel: LiveChannel | None = None
        self._eyes = eyes_of(scope, Narrowing())
        self._told = 0
        self._waiting_max = WAITING_MAX
        self._full_s: float | None = None
        self._shows_count = 0

    def subscribe(self, wanted: Subscribe) -> None:
        self._wanted, self._has_asked = wanted, True
        self.wake()

    def wake(self) -> None:
        self._woken.set()

    def restart(self, reason: str) -> None:
        """Tell the screen to start anew, unless it has asked for nothing yet."""
        if not self._has_asked:
            return
        self._leave()
        self._restart = reason
        self.wake()

    def end(self, code: int) -> None:
        """End the connection at once with a code: 4401 logged out, 4403 rights changed."""
        self._leave()
        self.end_code = code
        self.ended.set()
        self.wake()

    def stop(self) -> None:
        """Hear nothing any more."""
        self._leave()

    def hear(self, frame: bytes, kind: str, first: int, last: int) -> bool:
        """Take a frame of the channel, and return whether it was; who stands elsewhere catches up alone."""
        if self._told != first - 1 and not self._joins(kind, last):
            return False
        self._told = last
        return self._hand_over(frame)

    def _joins(self, kind: str, last: int) -> bool:
        """Return whether one who stands elsewhere than the channel takes its frame as well."""
        if self._told > last:
            return False  # a snapshot was newer than what the channel has told
        if self._told < last:
            self._catch_up()
            return kind != "entries" and self._channel is not None
        return kind != "entries"

    def tell(self, frame: bytes, kind: str) -> None:
        """Hand over a packed frame of one's own, unless the other end does not read."""
        if self._hand_over(frame):
            self._metrics.count_frames(kind, 1)

    def _hand_over(self, frame: bytes) -> bool:
        if self._full_s is not None:
            return False
        if self._line.write(frame) > self._waiting_max:
            self._full_s = monotonic_s()
            self.restart("behind")
        return True

    async def run(self) -> None:
        """Start, and start anew, until ended; what happens meanwhile comes through ``hear``.

        Raises:
            TooSlow: The other end does not read.
        """
        while not self.ended.is_set():
            await self._wait()
            self._woken.clear()
            if not self._has_room():
                continue
            if self._wanted is not None:
                await self._start(self._wanted)
            if self._restart:
                self._tell_reset(self._restart)
            if self._channel is not None and self.view == "wall":
                self._tell_shows()

    async def _wait(self) -> None:
        if self._full_s is None:
            await self._woken.wait()
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(FULL_POLL_S):
                await self.ended.wait()

    def _has_room(self) -> bool:
        """Return whether the other end reads; a reset waits until it does."""
        if self._full_s is None:
            return True
        if self._line.waiting:
            if monotonic_s() - self._full_s > SEND_MAX_S:
                self._full_s = None
                self._tell_reset("behind")  # it stands before the end, should this one ever read on
                raise TooSlow
            return False
        self._full_s = None
        return True

    def _leave(self) -> None:
        if self._channel is not None:
            self.hub.channels.leave(self._channel, self)
            self._channel = None

    async def _start(self, wanted: Subscribe) -> None:
        self._leave()
        self._wanted = None
        self._restart = ""
        self.view = wanted.view
        domains = frozenset(wanted.domains) if wanted.domains is not None else None
        is_phone = wanted.view == "field"
        self._eyes = eyes_of(self.scope, Narrowing(wanted.area, domains, patrols=is_phone))
        if wanted.since is None or not await self._resume(wanted.since):
            await self._tell_snapshot(has_figures=not is_phone)
        if self._restart or self._wanted is not None or self.ended.is_set():
            return
        self._channel = self.hub.channels.open(self.hub, self._eyes, GAP_S[self.view], has_figures=not is_phone)
        self._channel.members.add(self)
        self._catch_up()
        items = await self.hub.positions.list_since(0, self._eyes.scope)
        if items:
            self.tell(pack_frame(plain_frame("positions", items=items)), "positions")

    async def _tell_snapshot(self, *, has_figures: bool) -> None:
        get = partial(self.hub.snapshots.get_packed, self._eyes, has_figures=has_figures)
        snapshot, frame = await asyncio.to_thread(get, is_deflated=self._line.deflates)
        while snapshot.epoch != self.hub.epoch and not self.ended.is_set():
            # a new database or a restored one: a reset would only bring the same question again
            await self.hub.read_anew()
            snapshot, frame = await asyncio.to_thread(get, is_deflated=self._line.deflates)
        self._restart = ""  # what was asked meanwhile is done by this picture
        self._told = snapshot.number
        self._waiting_max = WAITING_MAX + len(frame)  # a large picture on a slow line is no fault of the reader
        self.tell(frame, "snapshot")

    async def _resume(self, since: Since) -> bool:
        """Send what happened since; return False where only a snapshot helps."""
        batch = await asyncio.to_thread(self._read_since, since)
        if batch is None or batch.epoch != self.hub.epoch:
            return False
        self._told = since.number
        self._tell_own(cut_entries(batch.entries, batch.states, self._eyes), batch.head)
        return True

    def _read_since(self, since: Since) -> Batch | None:
        with self.hub.database.read() as session:
            epoch, head = read_head(session)
            if epoch != since.epoch or not 0 <= head - since.number <= RESUMED_MAX:
                return None
            batch = read_batch(session, since.number, self.hub.get_city(), limit=RESUMED_MAX + 1)
            return None if has_new_rights(session, self.scope.account, batch.entries) else batch

    def _catch_up(self) -> None:
        """Tell what the hub knows beyond what was told."""
        entries = self.hub.since(self._told)
        if entries is None:
            self.restart("behind")
            return
        try:
            cut = cut_entries(entries, self.hub.states, self._eyes)
        except StateLost:
            self.restart("behind")
            return
        self._tell_own(cut, max(self._told, self.hub.head))

    def _tell_own(self, cut: Cut, last: int) -> None:
        """Tell a frame of one's own, if there is something in it; the number moves with the next frame."""
        if not cut:
            return
        frame = entries_frame(cut, epoch=self.hub.epoch, first=self._told + 1, last=last, overview=None)
        self._told = last
        self.tell(pack_frame(frame), "entries")

    def _tell_shows(self) -> None:
        shows = self.hub.shows
        if shows.count == self._shows_count:
            return
        told, self._shows_count = self._shows_count, shows.count
        for shown in shows.list_since(told, self.scope):
            self.tell(pack_frame(plain_frame("show", **shown.to_frame())), "show")

    def _tell_reset(self, reason: str) -> None:
        self._leave()
        self._restart = ""
        self._metrics.live_resets.labels(reason).inc()
        self.tell(pack_frame(plain_frame("reset", reason=reason)), "reset")
