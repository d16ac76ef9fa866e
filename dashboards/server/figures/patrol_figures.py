"""How much of the area was patrolled: grids with a visit among all grids, and visits among those due."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from command_center.tasks.task_tables import TaskItem
from dashboards.server.incidents.names import name_area
from grid.city import City


def reckon_coverage(session: Session, city: City, area: str, *, begin: datetime, end: datetime) -> dict[str, Any]:
    """Return the coverage of an area and of every area below it."""
    rows = session.execute(
        select(TaskItem.grid, TaskItem.done_at, TaskItem.due_at, TaskItem.state).where(
            TaskItem.state.not_in(("planned", "withdrawn")), TaskItem.due_at >= begin, TaskItem.due_at < end
        )
    ).all()
    visited = {row.grid for row in rows if row.done_at is not None and row.grid}
    children = [child.code for child in city.tree.children(area) if child.level in ("town", "community", "grid")]
    return {
        "from": begin,
        "to": end,
        **_reckon(city, area, visited, rows),
        "items": [_reckon(city, code, visited, rows) for code in children],
        "next": None,
    }


def _reckon(city: City, area: str, visited: set[str], rows: Any) -> dict[str, Any]:
    grids = [grid.code for grid in city.tree.list_level("grid") if city.tree.is_within(grid.code, area)]
    known = set(grids)
    own = [row for row in rows if row.grid in known]
    done = [row for row in own if row.done_at is not None]
    return {
        "area": name_area(city, area),
        "patrol_coverage": _rate(len(visited & known), len(grids)),
        "visits": _rate(len(done), len(own)),
        "on_time_visits": _rate(sum(row.done_at <= row.due_at for row in done), len(own)),
    }


def _rate(numerator: int, denominator: int) -> dict[str, Any]:
    value = round(numerator / denominator, 4) if denominator else None
    return {"value": value, "numerator": numerator, "denominator": denominator}
