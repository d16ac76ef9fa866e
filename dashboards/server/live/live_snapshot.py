"""The picture with which a screen starts: incidents and figures at one number, in one transaction.

Screens with the same eyes share a snapshot for some seconds: after a restart all of them ask at once.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

import msgspec
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from command_center.cases.case_file import ENDED_STATES
from command_center.cases.incident_rows import read_files
from command_center.cases.incident_tables import Incident
from dashboards.server.figures.overview import Figures, make_overview
from dashboards.server.incidents.incident_view import show_incident
from dashboards.server.incidents.visibility import own_orders
from dashboards.server.live.live_frames import Eyes
from dashboards.server.live.live_journal import encode, read_head
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


class Snapshots:
    """Makes snapshots, one at a time, and keeps the last few for a moment."""

    def __init__(self, database: Database, clock: Clock, get_city: Callable[[], City]) -> None:
        self._database = database
        self._clock = clock
        self._get_city = get_city
        self._kept: OrderedDict[tuple[Eyes, bool], tuple[float, Snapshot]] = OrderedDict()
        self._lock = Lock()

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
    rows = session.scalars(
        select(Incident)
        .where(
            eyes.scope.clause(),
            eyes.narrowing.clause(),
            or_(Incident.state.not_in(ENDED_STATES), Incident.updated_at >= now - ENDED_KEPT),
        )
        .order_by(Incident.number)
    ).all()
    shown = [
        msgspec.Raw(
            encode(show_incident(file, city, own_orders(eyes.scope, file.audience, file.orders, city), None))
        )
        for file in read_files(session, rows, city)
    ]
    if not has_figures:
        return Snapshot(epoch, number, encode(shown), b"null")
    figures = Figures(session, city, now=now, scope=eyes.scope, narrowing=eyes.narrowing)
    return Snapshot(epoch, number, encode(shown), encode(make_overview(figures, epoch, number)))
