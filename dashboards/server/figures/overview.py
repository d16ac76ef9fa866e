"""The figures of the boards, reckoned for one person: every count passes through ``Scope``.

Class-2 matters count, but are not shown (process.md, last section); drills and replays do not count.
Asked by ``overview_routes.py`` and by the live feed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from sqlalchemy.orm import Session

from command_center.cases.incident_tables import Incident
from command_center.people.scope import Scope
from command_center.shifts.duty import Duty, read_on_duty
from dashboards.server.figures.alarm_load import make_alarm_load
from dashboards.server.figures.boards.board import make_board
from dashboards.server.figures.figure_questions import NO_HOUR, OPEN_COUNTS, questions_of
from dashboards.server.figures.on_duty import choose_on_duty, show_on_duty
from dashboards.server.incidents.names import name_area
from dashboards.server.incidents.narrowing import Narrowing
from grid.area_tree import Area
from grid.city import City

DOMAINS = ("emergency", "public_order", "urban_management", "transport")


class Figures:
    """The questions of one overview: what counts for one person, in one area, at one moment.

    ``duties`` is who has duty now, where the caller has it at hand.
    """

    is_past = False

    def __init__(
        self,
        session: Session,
        city: City,
        *,
        now: datetime,
        scope: Scope,
        narrowing: Narrowing,
        duties: list[Duty] | None = None,
    ) -> None:
        self.session = session
        self.city = city
        self.scope = scope
        self.narrowing = narrowing
        self.asked = questions_of(scope, narrowing, session.get_bind().dialect.name)
        self.counts = self.asked.counts
        self._duties = duties
        self.set_moment(now)

    def set_moment(self, now: datetime) -> None:
        self.now = now
        local = now.astimezone(self.city.timezone)
        self.midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        self.day_ago = now - timedelta(hours=24)
        self._read: dict[str, Sequence[Any]] = {}

    def ask(self, name: str, **more: Any) -> Sequence[Any]:
        """Return the rows that answer one of the ``Questions`` at this moment."""
        since = min(self.midnight, self.day_ago)
        moments = {"now": self.now, "midnight": self.midnight, "day_ago": self.day_ago, "since": since}
        return self.session.connection().execute(getattr(self.asked, name), moments | more).all()

    def list_on_duty(self) -> list[Duty]:
        return read_on_duty(self.session, self.city, self.now) if self._duties is None else self._duties

    def open_by_domain(self) -> list[Any]:
        """Return what is open by domain and severity."""
        groups: dict[tuple[str, int], Counter[str]] = {}
        for row in self._open_rows():
            groups.setdefault((row.domain, row.severity), Counter()).update(_count_open(row))
        return [
            SimpleNamespace(domain=domain, severity=severity, **group)
            for (domain, severity), group in sorted(groups.items())
        ]

    def count_class_2(self) -> int:
        """Return how many open matters are shown as a count alone."""
        return sum(int(row.class_2) for row in self._open_rows())

    def shared_by_domain(self) -> dict[str, Any]:
        """Return what is open, by the further domains that see it besides its own."""
        groups: dict[str, Counter[str]] = {}
        for row in self._rows("shared"):
            if row.is_open:
                groups.setdefault(row.domain, Counter()).update(_count_open(row))
        return {domain: SimpleNamespace(**group) for domain, group in groups.items()}

    def today_by_domain(self, column: Any, *, shared: bool = False) -> dict[str, int]:
        """Return what was opened or closed today by domain; ``shared``: by the further domains that see it."""
        name = "opened_today" if column.key == "opened_at" else "closed_today"
        found: Counter[str] = Counter()
        for row in self._rows("shared" if shared else "tally"):
            found[row.domain] += int(getattr(row, name))
        return dict(found)

    def by_hour(self, column: Any) -> dict[tuple[str, str], int]:
        """Return what was opened or closed by board and hour: a shared case stands on each of its boards."""
        name = "opened_hour" if column.key == "opened_at" else "closed_hour"
        found: Counter[tuple[str, str]] = Counter()
        for row in (*self._rows("tally"), *self._rows("shared")):
            found[row.domain, getattr(row, name)] += row.cases
        return {key: count for key, count in found.items() if key[1] != NO_HOUR}

    def disposal_by_domain(self) -> dict[str, tuple[int, int]]:
        """Return (on time, all) of the disposals of the last 24 hours, by domain: done then, or overdue still.

        An open case past its limit counts against the ratio, as 应处置 is commonly counted.
        """
        return {row.domain: (int(row.on_time), row.all) for row in self.ask("disposal")}

    def open_by_area(self, codes: list[str]) -> dict[str, Any]:
        return {row.code: row for row in self.ask("areas", codes=codes)}

    def _rows(self, name: str) -> Sequence[Any]:
        """Return the answer to a question, asked once a moment."""
        if name not in self._read:
            self._read[name] = self.ask(name)
        return self._read[name]

    def _open_rows(self) -> Iterator[Any]:
        return (row for row in self._rows("tally") if row.is_open)


def _count_open(row: Any) -> dict[str, int]:
    return {"open": row.cases, **{name: int(getattr(row, name)) for name in OPEN_COUNTS}}


def make_overview(figures: Figures, epoch: str, number: int) -> dict[str, Any]:
    """Return the overview as ``GET /overview`` answers it."""
    rows = figures.open_by_domain()
    opened, closed = figures.today_by_domain(Incident.opened_at), figures.today_by_domain(Incident.closed_at)
    disposal = figures.disposal_by_domain()
    severity = {str(grade): sum(row.open for row in rows if row.severity == grade) for grade in range(1, 6)}
    area = figures.narrowing.area or figures.city.code
    duties = figures.list_on_duty()
    return {
        "area": name_area(figures.city, area),
        "at": figures.now,
        "epoch": epoch,
        "number": number,
        "totals": {
            "open": sum(row.open for row in rows),
            **{name: sum(int(getattr(row, name)) for row in rows) for name in OPEN_COUNTS},
            "severity": severity,
            "opened_today": sum(opened.values()),
            "closed_today": sum(closed.values()),
            "on_time_ratio": _ratio(list(disposal.values())),
            "class_2_open": figures.count_class_2(),
        },
        "domains": _show_domains(figures, rows, (opened, closed, disposal)),
        "on_duty": choose_on_duty(figures.city, duties, area),
        "children": _show_children(figures, area, duties),
        "demo": figures.city.demo,
        "warnings": figures.city.list_warnings(figures.now),
        "alarm_load": None if figures.is_past else make_alarm_load(figures, area),
        "board": None if figures.is_past else _show_board(figures),
    }


def _show_board(figures: Figures) -> dict[str, Any] | None:
    """Return the own figures of the domain that this overview is about; one of several domains has none."""
    domains = figures.narrowing.domains
    if domains is None or len(domains) != 1:
        return None
    (domain,) = domains
    return {"domain": domain, "panels": make_board(figures, domain)}


def _show_domains(figures: Figures, rows: list[Any], days: tuple[Any, Any, Any]) -> dict[str, Any]:
    opened, closed, disposal = days
    shared = figures.shared_by_domain()
    opened_also = figures.today_by_domain(Incident.opened_at, shared=True)
    closed_also = figures.today_by_domain(Incident.closed_at, shared=True)
    opened_by, closed_by = figures.by_hour(Incident.opened_at), figures.by_hour(Incident.closed_at)
    hours = _list_hours(figures.now)
    return {
        domain: {
            **{name: _sum_board(name, domain, rows, shared) for name in ("open", *OPEN_COUNTS)},
            "opened_today": opened.get(domain, 0) + opened_also.get(domain, 0),
            "closed_today": closed.get(domain, 0) + closed_also.get(domain, 0),
            "on_time_ratio": _ratio([disposal[domain]] if domain in disposal else []),
            "trend_24h": [
                {
                    "hour": hour,
                    "opened": opened_by.get((domain, hour), 0),
                    "closed": closed_by.get((domain, hour), 0),
                }
                for hour in hours
            ],
        }
        for domain in DOMAINS
        if figures.narrowing.domains is None or domain in figures.narrowing.domains
    }


@lru_cache(maxsize=4)
def _list_hours(now: datetime) -> tuple[str, ...]:
    """Return the last 24 hours by their beginning, in UTC: the same for all areas of a round."""
    return tuple((now - timedelta(hours=back)).strftime("%Y-%m-%dT%H:00:00Z") for back in range(23, -1, -1))


def _sum_board(name: str, domain: str, rows: list[Any], shared: dict[str, Any]) -> int:
    """Return a count of one board: the domain's own cases, and those that it sees besides."""
    own = sum(int(getattr(row, name)) for row in rows if row.domain == domain)
    return own + (int(getattr(shared[domain], name)) if domain in shared else 0)


def _ratio(parts: list[tuple[int, int]]) -> float | None:
    total = sum(total for _, total in parts)
    return round(sum(good for good, _ in parts) / total, 4) if total else None


def list_children(city: City, area: str) -> list[Area]:
    """Return the areas below one that an overview names."""
    tree = city.tree
    return [child for child in tree.children(area) if child.level in tree.levels and child.level != "cell"]


def _show_children(figures: Figures, area: str, duties: list[Duty]) -> list[dict[str, Any]]:
    children = list_children(figures.city, area)
    counts = figures.open_by_area([child.code for child in children]) if children else {}
    return [
        {
            "code": child.code,
            "name": child.name,
            "name_en": child.name_en,
            "level": child.level,
            **{
                name: int(getattr(counts[child.code], name)) if child.code in counts else 0
                for name in ("open", "overdue", "emergency_urgency")
            },
            "on_duty": [show_on_duty(figures.city, duty) for duty in duties if duty.area == child.code],
        }
        for child in children
    ]
