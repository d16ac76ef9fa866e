"""Counts of cases for the panels of a board: by category, by what a device said, places visited. All scoped.

Asked by ``board.py``. What belongs to a panel is the city's word (``limits.toml``, boards.cases).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, select

from command_center.cases.case_file import ENDED_STATES
from command_center.cases.incident_tables import Incident, IncidentSource
from command_center.tasks.task_tables import TaskItem

if TYPE_CHECKING:
    from dashboards.server.figures.overview import Figures

IS_OPEN = Incident.state.not_in(ENDED_STATES)
ROWS_MAX = 6


@dataclass(frozen=True)
class CategoryCount:
    """The cases of one category."""

    open: int = 0
    overdue: int = 0
    opened_today: int = 0
    closed_today: int = 0


class CaseCounts:
    """What one look at the database tells of all categories of a board."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures
        self._by_category = self._read()

    def _read(self) -> Mapping[str, CategoryCount]:
        midnight = self._figures.midnight

        def count(condition: Any) -> Any:
            return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

        columns = (
            count(IS_OPEN),
            count(IS_OPEN & Incident.is_overdue.is_(True)),
            count(Incident.opened_at >= midnight),
            count(Incident.closed_at >= midnight),
        )
        statement = (
            select(Incident.category, *columns)
            .where(*self._figures.counts, IS_OPEN | (Incident.updated_at >= midnight))
            .group_by(Incident.category)
        )
        rows = self._figures.session.execute(statement)
        return {row[0]: CategoryCount(*(int(value) for value in row[1:])) for row in rows}

    def sum_of(self, prefixes: Iterable[str]) -> CategoryCount:
        """Return the counts of the categories whose code begins with one of these."""
        begin = tuple(prefixes)
        found = [one for code, one in self._by_category.items() if code.startswith(begin)] if begin else []
        names = ("open", "overdue", "opened_today", "closed_today")
        return CategoryCount(*(sum(getattr(one, name) for one in found) for name in names))

    def list_open(self, prefixes: Iterable[str]) -> list[tuple[str, CategoryCount]]:
        """Return the categories with open cases, the most first."""
        begin = tuple(prefixes)
        found = [(code, one) for code, one in self._by_category.items() if code.startswith(begin) and one.open]
        return sorted(found, key=lambda pair: (-pair[1].open, pair[0]))[:ROWS_MAX]


def count_told_by(figures: Figures, devices: Iterable[str]) -> int:
    """Return how many open cases have one of these devices among their sources."""
    known = frozenset(devices)
    if not known:
        return 0
    statement = (
        select(IncidentSource.device, IncidentSource.incident)
        .join(Incident, Incident.number == IncidentSource.incident)
        .where(*figures.counts, IS_OPEN, IncidentSource.device.is_not(None))
    )
    return len({incident for device, incident in figures.session.execute(statement) if device in known})


def count_visits(figures: Figures, domain: str, area: str) -> tuple[int, int, int]:
    """Return the visits to places that were due today in a domain: (due, done, missed)."""
    tomorrow = figures.midnight + timedelta(days=1)
    statement = select(TaskItem.state, TaskItem.area, TaskItem.grid, TaskItem.town).where(
        TaskItem.domain == domain,
        TaskItem.state.not_in(("planned", "withdrawn")),
        TaskItem.due_at >= figures.midnight,
        TaskItem.due_at < tomorrow,
    )
    tree = figures.city.tree
    states = [
        row.state
        for row in figures.session.execute(statement)
        if any(code and tree.is_within(code, area) for code in (row.grid, row.area, row.town))
    ]
    return len(states), states.count("done"), states.count("missed")
