"""The figures of the boards as they stood at a moment that is past, counted over the kept states.

Comes in: the files of the incidents that stood then (``command_center/journal/history.py``). Goes out: the answers
that ``overview.make_overview`` asks for; what counts for whom is decided as for the present.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import case, func, or_, select

from command_center.cases.case_file import ENDED_STATES
from command_center.cases.incident_rows import IncidentFile
from command_center.cases.incident_tables import Incident
from command_center.orders.order_tables import ClockRow, Order
from dashboards.server.figures.figure_questions import OPEN_COUNTS
from dashboards.server.figures.overview import Figures


@dataclass(frozen=True, slots=True)
class Fact:
    """What counts of one incident as it stood."""

    domain: str
    also: tuple[str, ...]
    areas: tuple[str, ...]
    severity: int
    is_class_2: bool
    is_open: bool
    opened_at: datetime
    closed_at: datetime | None
    emergency_urgency: bool
    overdue: bool
    due_soon: bool
    needs_person: bool


def fact_of(file: IncidentFile) -> Fact:
    """Return what counts of an incident."""
    incident = file.incident
    is_critical = incident.urgency == "emergency"
    return Fact(
        domain=incident.domain,
        also=file.audience.also,
        areas=file.audience.areas,
        severity=incident.severity,
        is_class_2=incident.privacy_class >= 2,
        is_open=incident.state not in ENDED_STATES,
        opened_at=incident.opened_at,
        closed_at=incident.closed_at,
        emergency_urgency=is_critical,
        overdue=incident.is_overdue,
        due_soon=incident.is_due_soon and not incident.is_overdue,
        needs_person=is_critical
        or incident.severity <= 4
        or (incident.severity_proposed is not None and incident.severity_proposed <= 4)
        or incident.sensitive,
    )


def counts_in(file: IncidentFile, figures: Figures) -> bool:
    """Return whether an incident counts for these eyes: as ``Figures.counts`` says it in SQL."""
    incident = file.incident
    if incident.drill or incident.replay or incident.state == "merged":
        return False
    return figures.scope.sees_counts(file.audience) and figures.narrowing.fits(file.audience)


class PastFigures(Figures):
    """The same questions, answered for the past. Who sat where, and what a meter read, is not kept."""

    is_past = True

    def __init__(self, now: Figures) -> None:
        super().__init__(now.session, now.city, now=now.now, scope=now.scope, narrowing=now.narrowing)
        self.facts: dict[int, Fact] = {}
        self._disposal: dict[str, tuple[int, int]] | None = None

    def at(self, now: datetime) -> PastFigures:
        """Move on to a later moment."""
        self.set_moment(now)
        return self

    def take(self, file: IncidentFile) -> None:
        """Take over how an incident stands from now on."""
        if counts_in(file, self):
            self.facts[file.incident.number] = fact_of(file)
        else:
            self.facts.pop(file.incident.number, None)

    def open_by_domain(self) -> list[Any]:
        groups: dict[tuple[str, int], list[Fact]] = {}
        for fact in self._open():
            groups.setdefault((fact.domain, fact.severity), []).append(fact)
        return [SimpleNamespace(domain=d, severity=s, **_sum(facts)) for (d, s), facts in sorted(groups.items())]

    def count_class_2(self) -> int:
        return sum(fact.is_class_2 for fact in self._open())

    def shared_by_domain(self) -> dict[str, Any]:
        return self._open_by((domain, fact) for fact in self._open() for domain in fact.also)

    def open_by_area(self, codes: list[str]) -> dict[str, Any]:
        wanted = set(codes)
        return self._open_by((code, fact) for fact in self._open() for code in wanted.intersection(fact.areas))

    def today_by_domain(self, column: Any, *, shared: bool = False) -> dict[str, int]:
        midnight = self.midnight
        facts = (fact for fact, at in self._times(column.key) if at >= midnight)
        return dict(Counter(domain for fact in facts for domain in (fact.also if shared else (fact.domain,))))

    def by_hour(self, column: Any) -> dict[tuple[str, str], int]:
        day_ago = self.day_ago
        return dict(
            Counter(
                (domain, at.strftime("%Y-%m-%dT%H:00:00Z"))
                for fact, at in self._times(column.key)
                if at >= day_ago
                for domain in (fact.domain, *fact.also)
            )
        )

    def disposal_by_domain(self) -> dict[str, tuple[int, int]]:
        """Return the disposals as the clocks' own times tell them; reckoned once for a page."""
        if self._disposal is None:
            self._disposal = self._read_disposal()
        return self._disposal

    def _read_disposal(self) -> dict[str, tuple[int, int]]:
        clock, now = ClockRow, self.now
        is_done = (clock.stopped_at >= self.day_ago) & (clock.stopped_at <= now)
        is_running = or_(clock.stopped_at.is_(None), clock.stopped_at > now)
        is_late = is_running & clock.paused_at.is_(None) & (clock.due_at <= now)
        on_time = func.coalesce(func.sum(case((is_done & clock.missed.is_(False), 1), else_=0)), 0)
        rows = self.session.execute(
            select(Incident.domain, on_time, func.count())
            .join(Incident, Incident.number == clock.incident)
            .join(Order, Order.id == clock.order)
            .where(*self.counts, clock.stage == "dispose", Order.is_lead.is_(True), is_done | is_late)
            .group_by(Incident.domain)
        )
        return {domain: (int(good), total) for domain, good, total in rows}

    def _open(self) -> Iterator[Fact]:
        return (fact for fact in self.facts.values() if fact.is_open)

    def _times(self, name: str) -> Iterator[tuple[Fact, datetime]]:
        for fact in self.facts.values():
            at = getattr(fact, name)
            if at is not None and at <= self.now:
                yield fact, at

    def _open_by(self, pairs: Iterable[tuple[str, Fact]]) -> dict[str, Any]:
        groups: dict[str, list[Fact]] = {}
        for key, fact in pairs:
            groups.setdefault(key, []).append(fact)
        return {key: SimpleNamespace(**_sum(facts)) for key, facts in groups.items()}


def _sum(facts: list[Fact]) -> dict[str, int]:
    return {"open": len(facts), **{name: sum(getattr(fact, name) for fact in facts) for name in OPEN_COUNTS}}
