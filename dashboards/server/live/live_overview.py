"""Overviews as they are told: encoded once for everybody with the same eyes, riding along with the feed.

A frame never waits for figures. What was reckoned after one frame goes with the next, if it is still fresh;
a screen that got entries without figures asks ``GET /overview``, which comes through here too.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from sqlalchemy.orm import Session

from command_center.shifts.duty import Duty, read_on_duty
from dashboards.server.figures.figure_round import FigureRound, FiguresOfRound, find_plain_area, make_round
from dashboards.server.figures.overview import Figures, make_overview
from dashboards.server.live.live_frames import Eyes
from dashboards.server.live.live_journal import encode, read_head
from foundation.clock import Clock, monotonic_s
from foundation.database import Database
from foundation.logs import get_logger
from grid.city import City

SHARED_S = 1.0
ROUND_S = 2.0
EVERY_S = 2.5
KEPT_MAX = 256

log = get_logger("overview")


@dataclass(frozen=True)
class _Round:
    """Figures of many areas at one number, and what was told of them."""

    made_s: float
    epoch: str
    number: int
    figures: FigureRound
    encoded: dict[str, bytes] = field(default_factory=dict)


class Overviews:
    """The overview for some eyes, encoded, at most ``SHARED_S`` old; called from worker threads."""

    def __init__(self, database: Database, clock: Clock, get_city: Callable[[], City]) -> None:
        self._database = database
        self._clock = clock
        self._get_city = get_city
        self._kept: OrderedDict[Eyes, tuple[float, bytes]] = OrderedDict()
        self._duties: tuple[float, list[Duty]] = (float("-inf"), [])
        self._lock = Lock()
        self._rounds = Lock()
        self._round: _Round | None = None
        self._awaited: Counter[str] = Counter()

    def await_rounds(self, eyes: Eyes, count: int) -> None:
        """Count who hears of figures again and again (1: from now on, -1: no more); called on the event loop."""
        area = find_plain_area(eyes.scope, eyes.narrowing)
        if area is not None:
            self._awaited[area] += count

    def get(self, eyes: Eyes, max_age_s: float = SHARED_S) -> bytes:
        area = find_plain_area(eyes.scope, eyes.narrowing)
        if area is not None and self._awaited[area] > 0:
            return self._get_of_round(eyes, area, max_age_s)
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

    def _get_of_round(self, eyes: Eyes, area: str, max_age_s: float) -> bytes:
        """Return what a round told of an area; it is the same for all who see by that area alone."""
        with self._rounds:
            told = self._round
            if told is None or monotonic_s() - told.made_s > max_age_s or area not in told.figures.areas:
                told = self._round = self._make_round(area)
            if area not in told.encoded:
                figures = FiguresOfRound(told.figures, eyes.scope, area)
                told.encoded[area] = encode(make_overview(figures, told.epoch, told.number))
            return told.encoded[area]

    def _make_round(self, area: str) -> _Round:
        city, now = self._get_city(), self._clock.now()
        areas = {area, *(one for one, count in list(self._awaited.items()) if count > 0)}
        with self._database.read() as session:
            epoch, number = read_head(session)
            duties = self._read_duties(session, city, now)
            figures = make_round(session, city, areas, now=now, duties=duties)
        return _Round(monotonic_s(), epoch, number, figures)

    def _make(self, eyes: Eyes) -> bytes:
        city, now = self._get_city(), self._clock.now()
        with self._database.read() as session:
            epoch, number = read_head(session)
            duties = self._read_duties(session, city, now)
            figures = Figures(session, city, now=now, scope=eyes.scope, narrowing=eyes.narrowing, duties=duties)
            return encode(make_overview(figures, epoch, number))

    def _read_duties(self, session: Session, city: City, now: datetime) -> list[Duty]:
        """Return who has duty: the same for all eyes, so read once for all that look within a moment."""
        made_s, duties = self._duties
        if monotonic_s() - made_s > SHARED_S:
            duties = read_on_duty(session, city, now)
            self._duties = (monotonic_s(), duties)
        return duties


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
        self._forget()
        self._eyes = eyes if is_wanted else None
        if self._eyes is not None:
            self._overviews.await_rounds(self._eyes, 1)
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

    def _forget(self) -> None:
        if self._eyes is not None:
            self._overviews.await_rounds(self._eyes, -1)
            self._eyes = None

    def stop(self) -> None:
        self._forget()
        if self._task is not None:
            self._task.cancel()

    async def _make(self, eyes: Eyes) -> None:
        try:
            encoded = await asyncio.to_thread(self._overviews.get, eyes, ROUND_S)
        except Exception as error:  # noqa: BLE001 the edge of a task: the feed goes on without figures
            log.warning("the overview cannot be reckoned now", error=str(error))
            return
        if eyes is self._eyes:
            self._made = (monotonic_s(), encoded)
