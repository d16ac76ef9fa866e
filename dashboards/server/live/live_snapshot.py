"""The picture with which a screen starts: incidents and figures at one number, in one transaction.

Screens with the same eyes share a snapshot for some seconds: after a restart all of them ask at once.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from threading import Lock
from typing import Any

import msgspec
from sqlalchemy import or_
from sqlalchemy.orm import Session

from command_center.cases.case_file import ENDED_STATES
from command_center.cases.incident_questions import select_incidents
from command_center.cases.incident_rows import CHUNK, read_files
from command_center.cases.incident_tables import Incident
from dashboards.server.figures.overview import Figures, make_overview
from dashboards.server.incidents.incident_view import show_incident
from dashboards.server.incidents.visibility import own_orders
from dashboards.server.live.live_frames import Eyes, snapshot_frame
from dashboards.server.live.live_journal import encode, read_head
from dashboards.server.live.live_line import pack_deflated, pack_frame
from foundation.clock import Clock, monotonic_s
from foundation.database import Database
from grid.city import City

ENDED_KEPT = timedelta(hours=1)  # what ended lately still stands on the screens
SHARED_S = 2.0
KEPT_MAX = 32


@dataclass(frozen=True)
class Snapshot:
    """Encoded incidents and overview at a number."""

    epoch: str
    number: int
    incidents: bytes
    overview: bytes

    def pack(self, *, is_deflated: bool) -> bytes:
        """Return the frame that starts a screen, made once for all who start from it."""
        return self._deflated if is_deflated else self._plain

    @cached_property
    def _plain(self) -> bytes:
        return pack_frame(self._frame())

    @cached_property
    def _deflated(self) -> bytes:
        return pack_deflated(self._frame())

    def _frame(self) -> bytes:
        return snapshot_frame(
            epoch=self.epoch, number=self.number, incidents=self.incidents, overview=self.overview
        )


class Snapshots:
    """Makes snapshots, one at a time, and keeps the last few for a moment."""

    def __init__(self, database: Database, clock: Clock, get_city: Callable[[], City]) -> None:
        self._database = database
        self._clock = clock
        self._get_city = get_city
        self._kept: OrderedDict[tuple[Eyes, bool], tuple[float, Snapshot]] = OrderedDict()
        self._lock = Lock()

    def get_packed(self, eyes: Eyes, *, has_figures: bool, is_deflated: bool) -> tuple[Snapshot, bytes]:
        """Return a snapshot and its frame; called from worker threads."""
        snapshot = self.get(eyes, has_figures=has_figures)
        with self._lock:
            return snapshot, snapshot.pack(is_deflated=is_deflated)

    def expire(self) -> None:
        """Let go of what is too old to be shared; not now where one is being made."""
        if self._lock.acquire(blocking=False):
            try:
                old = [key for key, (made_s, _) in self._kept.items() if monotonic_s() - made_s > SHARED_S]
                for key in old:
                    del self._kept[key]
            finally:
                self._lock.release()

    def get(self, eyes: Eyes, *, has_figures: bool = True) -> Snapshot:
        """Return a snapshot for these eyes, at most ``SHARED_S`` old; called from worker threads."""
        with self._lock:
            made_s, snapshot = self._kept.get((eyes, has_figures), (0.0, None))
            if snapshot is None or monotonic_s() - made_s > SHARED_S:
                city = self._get_city()
                with self._database.read() as session:
                    snapshot = read_snapshot(session, eyes, city, self._clock.now(), has_figures=has_figures)
                self._kept[eyes, has_figures] = (monotonic_s(), snapshot)
                self._kept.move_to_end((eyes, has_figures))
                while len(self._kept) > KEPT_MAX:
                    self._kept.popitem(last=False)
            return snapshot

    def forget(self) -> None:
        """Make every snapshot anew: the journal has another epoch."""
        with self._lock:
            self._kept.clear()


def read_snapshot(
    session: Session, eyes: Eyes, city: City, now: datetime, *, has_figures: bool = True
) -> Snapshot:
    """Return what these eyes see now; counter and rows are of one moment."""
    epoch, number = read_head(session)
    chosen = (
        select_incidents()
        .where(
            eyes.scope.clause(),
            eyes.narrowing.clause(),
            or_(Incident.state.not_in(ENDED_STATES), Incident.updated_at >= now - ENDED_KEPT),
        )
        .order_by(Incident.number)
        .execution_options(yield_per=CHUNK)
    )
    shown: list[msgspec.Raw] = []
    rows: Any
    for rows in session.execute(chosen).partitions():  # never all of them in memory, only what is sent of them
        for file in read_files(session, rows, city):
            own = own_orders(eyes.scope, file.audience, file.orders, city)
            shown.append(msgspec.Raw(encode(show_incident(file, city, own, None))))
    if not has_figures:
        return Snapshot(epoch, number, encode(shown), b"null")
    figures = Figures(session, city, now=now, scope=eyes.scope, narrowing=eyes.narrowing)
    return Snapshot(epoch, number, encode(shown), encode(make_overview(figures, epoch, number)))
