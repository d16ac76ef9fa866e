"""Special tasks and patrols as one person sees them: by area, by lead department, by their own phone."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session

from command_center.people.masking import mask_name
from command_center.people.roles import SEES_BY_AREA
from command_center.people.scope import Grant, Scope
from command_center.tasks.patrol_plan import patrol_policy
from command_center.tasks.task_rights import UNDONE, list_task_moves
from command_center.tasks.task_tables import Task, TaskFinding, TaskItem
from dashboards.server.errors import not_found
from dashboards.server.incidents.names import holder, name_area, path_of
from grid.city import City

STATES = ("planned", "issued", "done", "missed", "withdrawn")


def task_clause(scope: Scope, city: City) -> ColumnElement[bool]:
    """Return the condition that a task concerns one of this person's areas or departments."""
    found: list[ColumnElement[bool]] = [false()]
    for grant in scope.grants:
        if grant.role not in SEES_BY_AREA:
            found.append(Task.department == (grant.department or "-"))
            continue
        near = {*path_of(city, grant.area), *_codes_below(city, grant.area)}
        found.append(and_(Task.area.in_(sorted(near)), *_of_domains(grant, Task.domain)))
    if scope.worker is not None:
        found.append(Task.id.in_(select(TaskItem.task).where(TaskItem.worker == scope.worker)))
    return or_(*found)


def item_clause(scope: Scope, city: City, *, mine: bool = False) -> ColumnElement[bool]:
    """Return the condition that an item lies in this person's areas, or on their phone."""
    own = TaskItem.worker == (scope.worker or "-")
    if mine:
        return own
    found: list[ColumnElement[bool]] = [own] if scope.worker is not None else [false()]
    for grant in scope.grants:
        if grant.role in SEES_BY_AREA:
            if len(path_of(city, grant.area)) == 1:
                found.append(and_(TaskItem.id.is_not(None), *_of_domains(grant, TaskItem.domain)))
            else:
                below = _codes_below(city, grant.area)
                found.append(and_(TaskItem.area.in_(sorted(below)), *_of_domains(grant, TaskItem.domain)))
    return or_(*found)


def _of_domains(grant: Grant, column: Any) -> list[ColumnElement[bool]]:
    return [column.in_(sorted(grant.domains))] if grant.domains is not None else []


def _codes_below(city: City, area: str) -> set[str]:
    return {one.code for one in city.tree.list_areas() if area in path_of(city, one.code)}


def find_task(session: Session, scope: Scope, city: City, id: int) -> Task:
    """Return one task.

    Raises:
        Refused: It does not exist, or does not concern this person.
    """
    task = session.scalars(select(Task).where(Task.id == id, task_clause(scope, city))).one_or_none()
    if task is None:
        raise not_found()
    return task


def show_task(
    session: Session, city: City, scope: Scope, task: Task, *, now: datetime, whole: bool = False
) -> dict[str, Any]:
    """Return a task with its progress; ``whole``: with items and findings too."""
    chosen = select(TaskItem).where(TaskItem.task == task.id, item_clause(scope, city)).order_by(TaskItem.id)
    items = list(session.scalars(chosen))
    shown: dict[str, Any] = {
        "id": task.id,
        "state": task.state,
        "title": task.title,
        "text": task.text,
        "domain": task.domain,
        "department": holder(city, "department", task.department) if task.department else None,
        "area": name_area(city, task.area),
        "checklist": task.checklist,
        "due_at": task.due_at,
        "extended": task.extended,
        "made_by": task.made_by_name,
        "made_at": task.made_at,
        "ended_at": task.ended_at,
        "progress": _count(items, now),
    }
    if whole:
        findings = session.execute(
            select(TaskFinding.incident, TaskFinding.item).where(TaskFinding.task == task.id)
        )
        ids = {item.id for item in items}
        shown |= {
            "advice": task.advice,
            "actions": list_task_moves(scope, city, task, _read_items(session, task)),
            "items": [show_item(city, item) for item in items],
            "by_town": _by(city, items, "town", now),
            "by_community": _by(city, items, "community", now),
            "findings": sorted({incident for incident, item in findings if item in ids}),
        }
    return shown


def _read_items(session: Session, task: Task) -> list[TaskItem]:
    return list(session.scalars(select(TaskItem).where(TaskItem.task == task.id)))


def _count(items: list[TaskItem], now: datetime) -> dict[str, int]:
    """Return how many stand in which state; ``overdue`` are those still to be done whose time has passed."""
    counts = Counter(item.state for item in items)
    overdue = sum(item.state in UNDONE and item.due_at < now for item in items)
    return {"items": len(items), **{state: counts[state] for state in STATES}, "overdue": overdue}


def _by(city: City, items: list[TaskItem], level: str, now: datetime) -> list[dict[str, Any]]:
    groups: dict[str, list[TaskItem]] = {}
    for item in items:
        code = getattr(item, level)
        if code is not None:
            groups.setdefault(code, []).append(item)
    return [{"area": name_area(city, code), **_count(members, now)} for code, members in sorted(groups.items())]


def show_item(city: City, item: TaskItem) -> dict[str, Any]:
    """Return one patrol or item; a worker's name is masked."""
    worker = city.workers.find_worker(item.worker) if item.worker else None
    return {
        "id": item.id,
        "task": item.task,
        "duty": item.duty,
        "state": item.state,
        "title": item.title,
        "text": item.text,
        "domain": item.domain,
        "date": item.on_date.isoformat(),
        "location": {"lon": item.lon, "lat": item.lat} if item.lon is not None else None,
        "radius_m": item.radius_m,
        "accuracy_max_m": float(patrol_policy(city)["accuracy_max_m"]),
        "area": name_area(city, item.area),
        "grid": item.grid,
        "holder": holder(city, "post", item.post) if item.post else None,
        "worker": {"id": item.worker, "name": mask_name(worker.name) if worker else item.worker}
        if item.worker
        else None,
        "incident": item.incident,
        "due_at": item.due_at,
        "done_at": item.done_at,
        "distance_m": item.distance_m,
        "accuracy_m": item.accuracy_m,
        "checklist": item.checklist,
        "answers": item.answers,
    }
