"""Everybody who sees the same, at the same pace: each frame is cut, encoded and packed once for all of them.

Comes in: the entries that concern these eyes, from ``live_hub.py``. Goes out: packed frames to the members
(``live_client.py``), who take them as they are if they stand where the channel stands, and else catch up alone.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from command_center.people.audience import Audience
from command_center.people.roles import SEES_BY_DEPARTMENT
from dashboards.server.live.live_frames import Eyes, StateLost, cut_entries, entries_frame, plain_frame
from dashboards.server.live.live_journal import LiveEntry
from dashboards.server.live.live_line import pack_frame
from dashboards.server.live.live_overview import OverviewRide
from foundation.clock import monotonic_s

if TYPE_CHECKING:
    from dashboards.server.live.live_hub import LiveHub


class Member(Protocol):
    """Who hears a channel."""

    def hear(self, frame: bytes, kind: str, first: int, last: int) -> bool: ...

    def tell(self, frame: bytes, kind: str) -> None: ...

    def restart(self, reason: str) -> None: ...


class LiveChannel:
    """The frames for some eyes. ``told`` is the number up to which everything was told."""

    def __init__(self, hub: LiveHub, eyes: Eyes, gap_s: float, *, has_figures: bool) -> None:
        self.hub = hub
        self.eyes = eyes
        self.members: set[Member] = set()
        self.keys = keys_of(eyes)
        self.told = hub.head
        self.positions_count = hub.positions.count
        self._gap_s = gap_s
        self._sent_s = float("-inf")
        self._pending: list[LiveEntry] = []
        self._timer: asyncio.TimerHandle | None = None
        self._overviews = OverviewRide(hub.overviews)
        self._overviews.turn(eyes, is_wanted=has_figures)

    def close(self) -> None:
        """Let go of what runs beside it: the last member has left."""
        self._overviews.stop()
        if self._timer is not None:
            self._timer.cancel()

    def begin_anew(self) -> None:
        """Stand at the present end of another journal."""
        self._pending, self.told = [], self.hub.head

    def note(self, entries: list[LiveEntry]) -> None:
        """Take entries that may be seen here; they go at once, or when the pace allows."""
        self._pending += entries
        if self._timer is not None:
            return
        wait_s = self._sent_s + self._gap_s - monotonic_s()
        if wait_s > 0:
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._flush)
        else:
            self._flush()

    def _flush(self) -> None:
        self._timer = None
        pending, self._pending = self._pending, []
        if not pending:
            return
        try:
            cut = cut_entries(pending, self.hub.states, self.eyes)
        except StateLost:
            for member in list(self.members):
                member.restart("behind")
            return
        if not cut:
            return
        first, last = self.told + 1, self.hub.head
        overview = self._overviews.take_fresh()
        frame = entries_frame(cut, epoch=self.hub.epoch, first=first, last=last, overview=overview)
        self.told, self._sent_s = last, monotonic_s()
        self._tell_all(pack_frame(frame), "entries", first, last)
        if cut.oldest_s:
            self.hub.note_delay(cut.oldest_s)
        self._overviews.order()

    def hurry(self) -> None:
        """Tell what waits for its pace now: a heartbeat follows, and moves the number over it."""
        if self._timer is not None:
            self._timer.cancel()
            self._flush()

    def beat(self, packed: bytes) -> None:
        """Move the number over what is not seen here, and say that all is well."""
        number = self.hub.head
        first, self.told = self.told + 1, number
        self._tell_all(packed, "heartbeat", first, number)

    def _tell_all(self, packed: bytes, kind: str, first: int, last: int) -> None:
        taken = [member.hear(packed, kind, first, last) for member in list(self.members)]
        self.hub.note_frames(kind, sum(taken))

    async def tell_positions(self) -> None:
        """Tell where workers are; asked when somebody has moved."""
        count, before = self.hub.positions.count, self.positions_count
        self.positions_count = count
        items = await self.hub.positions.list_since(before, self.eyes.scope)
        if items:
            packed = pack_frame(plain_frame("positions", items=items))
            for member in list(self.members):
                member.tell(packed, "positions")


class Channels:
    """The channels by eyes and pace, and by the codes in an audience that lead to them."""

    def __init__(self) -> None:
        self._by_eyes: dict[tuple[Eyes, float], LiveChannel] = {}
        self._by_key: dict[str, set[LiveChannel]] = {}

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter(list(self._by_eyes.values()))

    def open(self, hub: LiveHub, eyes: Eyes, gap_s: float, *, has_figures: bool) -> LiveChannel:
        """Return the channel for these eyes, made if there is none."""
        channel = self._by_eyes.get((eyes, gap_s))
        if channel is None:
            channel = self._by_eyes[eyes, gap_s] = LiveChannel(hub, eyes, gap_s, has_figures=has_figures)
            for key in channel.keys:
                self._by_key.setdefault(key, set()).add(channel)
        return channel

    def leave(self, channel: LiveChannel, member: Member) -> None:
        """Let a member go; a channel that nobody hears is closed."""
        channel.members.discard(member)
        if channel.members:
            return
        channel.close()
        for name in [name for name, held in self._by_eyes.items() if held is channel]:
            del self._by_eyes[name]
        for key in channel.keys:
            self._by_key.get(key, set()).discard(channel)

    def sort(self, entries: list[LiveEntry], for_everybody: frozenset[str]) -> dict[LiveChannel, list[LiveEntry]]:
        """Return the entries that may concern each channel."""
        found: dict[LiveChannel, list[LiveEntry]] = {}
        for entry in entries:
            if entry.incident is None and entry.shown["kind"] in for_everybody:
                concerned = set(self._by_eyes.values())
            else:
                keys = codes_of(entry.before) | codes_of(entry.after)
                concerned = set().union(*(self._by_key.get(key, ()) for key in keys))
            for channel in concerned:
                found.setdefault(channel, []).append(entry)
        return found


def keys_of(eyes: Eyes) -> frozenset[str]:
    """Return the codes one of which stands in the audience of whatever these eyes see."""
    keys = {f"w:{eyes.scope.worker}"} if eyes.scope.worker is not None else set()
    for grant in eyes.scope.grants:
        keys.add(f"p:{grant.department}" if grant.role in SEES_BY_DEPARTMENT else f"a:{grant.area}")
    return frozenset(keys)


def codes_of(audience: Audience | None) -> set[str]:
    """Return the codes of an audience, as ``keys_of`` names them."""
    if audience is None:
        return set()
    return {
        *(f"a:{code}" for code in (*audience.areas, *audience.shared)),
        *(f"p:{code}" for code in audience.parties),
        *(f"w:{code}" for code in audience.workers),
    }
