"""The figures of the boards, reckoned for one person: every count passes through ``Scope``.

Class-2 matters count, but are not shown (process.md, last section); drills and replays do not count.
Asked by ``overview_routes.py`` and by the live feed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Label, case, func, literal_column, select
from sqlalchemy.orm import Session, aliased

from command_center.cases.case_file import ENDED_STATES
from command_center.cases.incident_tables import Incident, IncidentAudience
from command_center.orders.order_tables import ClockRow, Order
from command_center.people.scope import Scope
from command_center.shifts.duty import Duty, read_on_duty
from dashboards.server.figures.alarm_load import make_alarm_load
from dashboards.server.figures.boards.board import make_board
from dashboards.server.figures.on_duty import choose_on_duty, show_on_duty
from dashboards.server.incidents.names import name_area
from dashboards.server.incidents.narrowing import Narrowing
from grid.city import City

DOMAINS = ("emergency", "public_order", "urban_management", "transport")
IS_OPEN = Incident.state.not_in(ENDED_STATES)
OPEN_COUNTS: dict[str, ColumnElement[bool]] = {
    "emergency_urgency": Incident.urgency == "emergency",
    "overdue": Incident.is_overdue.is_(True),
    "due_soon": Incident.is_due_soon & ~Incident.is_overdue,
    "needs_person": (Incident.urgency == "emergency")
    | (Incident.severity <= 4)
    | (Incident.severity_proposed <= 4)
    | Incident.sensitive,
}


class Figures:
    """The questions of one overview: what counts for one person, in one area, at one moment."""

    is_past = False

    def __init__(self, session: Session, city: City, *, now: datetime, scope: Scope, narrowing: Narrowing) -> None:
        self.session = session
        self.city = city
        self.scope = scope
        self.narrowing = narrowing
        self.counts = (
            scope.clause(counts=True),
            narrowing.clause(),
            Incident.drill.is_(False),
            Incident.replay.is_(False),
            Incident.state != "merged",  # it counts once, as the case that it was merged into
        )
        self.set_moment(now)

    def set_moment(self, now: datetime) -> None:
        self.now = now
        local = now.astimezone(self.city.timezone)
        self.midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        self.day_ago = now - timedelta(hours=24)

    def open_by_domain(self) -> list[Any]:
        sums = [_count(name) for name in OPEN_COUNTS]
        statement = (
            select(Incident.domain, Incident.severity, func.count().label("open"), *sums)
            .where(*self.counts, IS_OPEN)
            .group_by(Incident.domain, Incident.severity)
        )
        return list(self.session.execute(statement))

    def shared_by_domain(self) -> dict[str, Any]:
        """Return what is open, by the further domains that see it besides its own."""
        also = aliased(IncidentAudience)
        sums = [_count(name) for name in OPEN_COUNTS]
        statement = (
            select(also.code, func.count().label("open"), *sums)
            .join(Incident, Incident.number == also.incident)
            .where(*self.counts, IS_OPEN, also.kind == "domain")
            .group_by(also.code)
        )
        return {row.code: row for row in self.session.execute(statement)}

    def today_by_domain(self, column: Any) -> dict[str, int]:
        statement = (
            select(Incident.domain, func.count())
            .where(*self.counts, column >= self.midnight)
            .group_by(Incident.domain)
        )
        return {str(domain): int(count) for domain, count in self.session.execute(statement)}

    def by_hour(self, column: Any) -> dict[tuple[str, str], int]:
        hour = self._hour_of(column)
        statement = (
            select(Incident.domain, hour, func.count())
            .where(*self.counts, column >= self.day_ago)
            .group_by(Incident.domain, hour)
        )
        return {(domain, at): count for domain, at, count in self.session.execute(statement)}

    def _hour_of(self, column: Any) -> ColumnElement[str]:
        if self.session.get_bind().dialect.name == "sqlite":
            return func.strftime("%Y-%m-%dT%H:00:00Z", column)
        # literal text: a bound format would make SELECT and GROUP BY two different expressions
        form: ColumnElement[str] = literal_column('\'YYYY-MM-DD"T"HH24:00:00"Z"\'')
        return func.to_char(func.timezone(literal_column("'UTC'"), column), form)

    def disposal_by_domain(self) -> dict[str, tuple[int, int]]:
        """Return (on time, all) of the disposals of the last 24 hours, by domain: done then, or overdue still.

        An open case past its limit counts against the ratio, as 应处置 is commonly counted.
        """
        is_done = ClockRow.stopped_at >= self.day_ago
        is_late = ClockRow.stopped_at.is_(None) & ClockRow.paused_at.is_(None) & (ClockRow.due_at <= self.now)
        on_time = func.coalesce(func.sum(case((is_done & ClockRow.missed.is_(False), 1), else_=0)), 0)
        statement = (
            select(Incident.domain, on_time, func.count())
            .join(Incident, Incident.number == ClockRow.incident)
            .join(Order, Order.id == ClockRow.order)
            .where(*self.counts, ClockRow.stage == "dispose", Order.is_lead.is_(True), is_done | is_late)
            .group_by(Incident.domain)
        )
        return {domain: (int(good), total) for domain, good, total in self.session.execute(statement)}

    def count_class_2(self) -> int:
        """Return how many open matters are shown as a count alone."""
        statement = select(func.count()).where(*self.counts, IS_OPEN, Incident.privacy_class >= 2)
        return int(self.session.scalar(statement.select_from(Incident)) or 0)

    def open_by_area(self, codes: list[str]) -> dict[str, Any]:
        # an alias of its own: the conditions of Scope ask the same table
        within = aliased(IncidentAudience)
        sums = [_count(name) for name in ("overdue", "emergency_urgency")]
        statement = (
            select(within.code, func.count().label("open"), *sums)
            .join(Incident, Incident.number == within.incident)
            .where(*self.counts, IS_OPEN, within.kind == "area", within.code.in_(codes))
            .group_by(within.code)
        )
        return {row.code: row for row in self.session.execute(statement)}


def _count(name: str) -> Label[int]:
    return func.coalesce(func.sum(case((OPEN_COUNTS[name], 1), else_=0)), 0).label(name)


def make_overview(figures: Figures, epoch: str, number: int) -> dict[str, Any]:
    """Return the overview as ``GET /overview`` answers it."""
    rows = figures.open_by_domain()
    opened, closed = figures.today_by_domain(Incident.opened_at), figures.today_by_domain(Incident.closed_at)
    disposal = figures.disposal_by_domain()
    severity = {str(grade): sum(row.open for row in rows if row.severity == grade) for grade in range(1, 6)}
    area = figures.narrowing.area or figures.city.code
    duties = read_on_duty(figures.session, figures.city, figures.now)
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
        "alarm_load": None if figures.is_past else make_alarm_load(figures, area, OPEN_COUNTS["needs_person"]),
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
    opened_by, closed_by = figures.by_hour(Incident.opened_at), figures.by_hour(Incident.closed_at)
    hours = [(figures.now - timedelta(hours=back)).strftime("%Y-%m-%dT%H:00:00Z") for back in range(23, -1, -1)]
    return {
        domain: {
            **{name: _sum_board(name, domain, rows, shared) for name in ("open", *OPEN_COUNTS)},
            "opened_today": opened.get(domain, 0),
            "closed_today": closed.get(domain, 0),
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


def _sum_board(name: str, domain: str, rows: list[Any], shared: dict[str, Any]) -> int:
    """Return a count of one board: the domain's own cases, and those that it sees besides."""
    own = sum(int(getattr(row, name)) for row in rows if row.domain == domain)
    return own + (int(getattr(shared[domain], name)) if domain in shared else 0)


def _ratio(parts: list[tuple[int, int]]) -> float | None:
    total = sum(total for _, total in parts)
    return round(sum(good for good, _ in parts) / total, 4) if total else None


def _show_children(figures: Figures, area: str, duties: list[Duty]) -> list[dict[str, Any]]:
    tree = figures.city.tree
    children = [child for child in tree.children(area) if child.level in tree.levels and child.level != "cell"]
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
