"""Overviews as they are told: encoded once for everybody with the same eyes, riding along with the feed.

A frame never waits for figures. What was reckoned after one frame goes with the next, if it is still fresh;
a screen that got entries without figures asks ``GET /overview``, which comes through here too.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from dashboards.server.figures.overview import Figures, make_overview
from dashboards.server.live.live_frames import Eyes
from dashboards.server.live.live_journal import encode, read_head
from foundation.clock import Clock, monotonic_s
from foundation.database import Database
from foundation.logs import get_logger
from grid.city import City

SHARED_S = 1.0
EVERY_S = 2.0
KEPT_MAX = 256

log = get_logger("overview")


class Overviews:
    """The overview for some eyes, encoded, at most ``SHARED_S`` old; called from worker threads."""

    def __init__(self, database: Database, clock: Clock, get_city: Callable[[], City]) -> None:
        self._database = database
        self._clock = clock
        self._get_city = get_city
        self._kept: OrderedDict[Eyes, tuple[float, bytes]] = OrderedDict()
        self._lock = Lock()

    def get(self, eyes: Eyes) -> bytes:
        made_s, encoded = self._kept.get(eyes, (0.0, b""))
        if encoded and monotonic_s() - made_s < SHARED_S:
            return encoded
        encoded = self._make(eyes)
        with self._lock:
            self._kept[eyes] = (monotonic_s(), encoded)
            self._kept.move_to_end(eyes)
            while len(self._kept) > KEPT_MAX:
                self._kept.popitem(last=False)
        return encoded

    def _make(self, eyes: Eyes) -> bytes:
        city, now = self._get_city(), self._clock.now()
        with self._database.read() as session:
            epoch, number = read_head(session)
            figures = Figures(session, city, now=now, scope=eyes.scope, narrowing=eyes.narrowing)
            return encode(make_overview(figures, epoch, number))


class OverviewRide:
    """The overview of one connection: ordered after a frame, taken along by a later one."""

    def __init__(self, overviews: Overviews) -> None:
        self._overviews = overviews
        self._eyes: Eyes | None = None
        self._made: tuple[float, bytes] | None = None
        self._ordered_s = 0.0
        self._task: asyncio.Task[None] | None = None

    def turn(self, eyes: Eyes, *, is_wanted: bool) -> None:
        """Look with other eyes from now on."""
        self._eyes = eyes if is_wanted else None
        self._made = None
        self._ordered_s = monotonic_s()

    def take_fresh(self) -> bytes | None:
        """Return the figures that wait to be told, once, unless they have grown old."""
        made, self._made = self._made, None
        return made[1] if made is not None and monotonic_s() - made[0] < EVERY_S else None

    def order(self) -> None:
        """Have the figures reckoned again, if that was not just done."""
        if self._eyes is None or monotonic_s() - self._ordered_s < EVERY_S:
            return
        if self._task is None or self._task.done():
            self._ordered_s = monotonic_s()
            self._task = asyncio.create_task(self._make(self._eyes))

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _make(self, eyes: Eyes) -> None:
        try:
            encoded = await asyncio.to_thread(self._overviews.get, eyes)
        except Exception as error:  # noqa: BLE001 the edge of a task: the feed goes on without figures
            log.warning("the overview cannot be reckoned now", error=str(error))
            return
        if eyes is self._eyes:
            self._made = (monotonic_s(), encoded)
