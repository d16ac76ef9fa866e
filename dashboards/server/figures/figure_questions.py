"""The statements behind an overview, made once for some eyes and kept: making them costs more than the answers.

Comes in: a ``Scope`` and a ``Narrowing``. Goes out: statements with the moments left open; ``overview.py`` asks.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property, lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Label, Select, bindparam, case, func, literal_column, or_, select
from sqlalchemy.orm import aliased

from command_center.cases.case_file import ENDED_STATES
from command_center.cases.incident_tables import Incident, IncidentAudience
from command_center.orders.order_tables import ClockRow, Order
from command_center.people.scope import Scope
from command_center.shifts.shift_tables import SeatHolding
from dashboards.server.incidents.narrowing import Narrowing
from foundation.database import UtcDateTime

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
NO_HOUR = ""
SEEN_KINDS = ("area", "shared")
KEPT_MAX = 512


class Questions:
    """What is asked about the cases that count. Open are ``now``, ``midnight``, ``day_ago`` and ``since``.

    With ``seen_by``, an alias of the audience, every row says for which of some areas it is.
    """

    def __init__(self, seen: Iterable[ColumnElement[bool]], dialect: str, seen_by: Any = None) -> None:
        self._dialect = dialect
        self._seen_by = seen_by
        self._first: list[Any] = [] if seen_by is None else [seen_by.code.label("seen_by")]
        self.counts = (
            *seen,
            Incident.drill.is_(False),
            Incident.replay.is_(False),
            Incident.state != "merged",  # it counts once, as the case that it was merged into
        )

    def _choose(self, *columns: Any) -> Select[Any]:
        """Return the beginning of a question, from the cases on."""
        chosen: Select[Any] = select(*self._first, *columns).select_from(Incident)
        if self._seen_by is None:
            return chosen
        return chosen.join(self._seen_by, self._seen_by.incident == Incident.number)

    @cached_property
    def tally(self) -> Select[Any]:
        """What is open, and what was opened or closed today and in each of 24 hours, in one go."""
        keys: list[Any] = [Incident.domain.label("domain"), Incident.severity.label("severity"), *self._day_keys()]
        sums = [*_list_day_sums(), _count("class_2", Incident.privacy_class >= 2)]
        return self._choose(*keys, *sums).where(*self.counts, _is_lately()).group_by(*self._first, *keys)

    def _day_keys(self) -> list[Any]:
        return [
            case((IS_OPEN, 1), else_=0).label("is_open"),
            self._hour_of(Incident.opened_at).label("opened_hour"),
            self._hour_of(Incident.closed_at).label("closed_hour"),
        ]

    def _hour_of(self, column: Any) -> ColumnElement[str]:
        """Return the hour of a time of the last 24, as it stands in an answer."""
        if self._dialect == "sqlite":
            hour: ColumnElement[Any] = func.strftime("%Y-%m-%dT%H:00:00Z", column)
        else:
            # literal text: a bound format would make SELECT and GROUP BY two different expressions
            form: ColumnElement[str] = literal_column('\'YYYY-MM-DD"T"HH24:00:00"Z"\'')
            hour = func.to_char(func.timezone(literal_column("'UTC'"), column), form)
        return case((column >= _moment("day_ago"), hour), else_=literal_column("''"))

    @cached_property
    def shared(self) -> Select[Any]:
        """The same of the cases that further domains see besides their own, by those domains."""
        also = aliased(IncidentAudience)
        keys: list[Any] = [also.code.label("domain"), *self._day_keys()]
        chosen = self._choose(*keys, *_list_day_sums()).join(also, Incident.number == also.incident)
        chosen = chosen.where(*self.counts, _is_lately(), also.kind == "domain")
        return chosen.group_by(*self._first, *keys)

    @cached_property
    def disposal(self) -> Select[Any]:
        """Domain, on time and all of the disposals of the last 24 hours: done then, or overdue still."""
        is_done = ClockRow.stopped_at >= _moment("day_ago")
        is_running = ClockRow.stopped_at.is_(None) & ClockRow.paused_at.is_(None)
        is_late = is_running & (ClockRow.due_at <= _moment("now"))
        on_time = _count("on_time", is_done & ClockRow.missed.is_(False))
        return (
            self._choose(Incident.domain, on_time, func.count().label("all"))
            .join(ClockRow, Incident.number == ClockRow.incident)
            .join(Order, Order.id == ClockRow.order)
            .where(*self.counts, ClockRow.stage == "dispose", Order.is_lead.is_(True), is_done | is_late)
            .group_by(*self._first, Incident.domain)
        )

    @cached_property
    def areas(self) -> Select[Any]:
        """What is open in each of some areas (``codes``)."""
        # an alias of its own: the conditions of Scope ask the same table
        within = aliased(IncidentAudience)
        sums: list[Any] = [_count(name, OPEN_COUNTS[name]) for name in ("overdue", "emergency_urgency")]
        codes: Any = bindparam("codes", expanding=True)
        return (
            self._choose(within.code, func.count().label("open"), *sums)
            .join(within, Incident.number == within.incident)
            .where(*self.counts, IS_OPEN, within.kind == "area", within.code.in_(codes))
            .group_by(*self._first, within.code)
        )

    @cached_property
    def alarms(self) -> Select[Any]:
        """When what needs a person was opened in the last 24 hours."""
        is_alarm = OPEN_COUNTS["needs_person"]
        return self._choose(Incident.opened_at).where(
            *self.counts, is_alarm, Incident.opened_at >= _moment("day_ago")
        )

    @cached_property
    def seats(self) -> Select[Any]:
        """How many operators sit at a seat of an area's centre (``area``)."""
        at_seats = (SeatHolding.area == bindparam("area"), SeatHolding.seat.like("%_operator-%"))
        return select(func.count().label("seats")).select_from(SeatHolding).where(*at_seats)


@lru_cache(maxsize=KEPT_MAX)
def questions_of(scope: Scope, narrowing: Narrowing, dialect: str) -> Questions:
    """Return what is asked for these eyes, made once."""
    return Questions((scope.clause(counts=True), narrowing.clause()), dialect)


@lru_cache(maxsize=2)
def questions_by_area(dialect: str) -> Questions:
    """Return what is asked for several areas at once, those of ``seers``: who sees by area counts so."""
    by: Any = aliased(IncidentAudience)
    is_seen = by.kind.in_(SEEN_KINDS) & by.code.in_(bindparam("seers", expanding=True))
    return Questions((is_seen, Narrowing().clause()), dialect, by)


def _moment(name: str) -> ColumnElement[Any]:
    return bindparam(name, type_=UtcDateTime())


def _is_lately() -> ColumnElement[bool]:
    """Return whether a case is open, or was opened or closed within the day."""
    since = _moment("since")
    return or_(IS_OPEN, Incident.opened_at >= since, Incident.closed_at >= since)


def _list_day_sums() -> list[Any]:
    return [
        func.count().label("cases"),
        *_list_open_counts(),
        _count("opened_today", Incident.opened_at >= _moment("midnight")),
        _count("closed_today", Incident.closed_at >= _moment("midnight")),
    ]


def _list_open_counts() -> list[Label[int]]:
    return [_count(name, condition) for name, condition in OPEN_COUNTS.items()]


def _count(name: str, condition: ColumnElement[bool]) -> Label[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0).label(name)
