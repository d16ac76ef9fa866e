"""Who may do what about a special task: one judgement for steps, refusals and what a page offers. Pure.

A person's grants and the task with its items come in; the moves that are theirs now go out.
"""

from __future__ import annotations

from collections.abc import Iterable

from command_center.moves.authority import ACCEPTORS
from command_center.people.roles import Role
from command_center.people.scope import Grant, Scope
from command_center.tasks.task_tables import Task, TaskItem
from grid.city import City

BEGINNERS = frozenset(
    {Role.LEAD_SUPERVISOR, Role.DISTRICT_OPERATOR, Role.TOWN_OPERATOR, Role.SHIFT_LEADER, Role.DUTY_LEADER}
)
UNDONE = ("planned", "issued")


def list_grants(scope: Scope, city: City, roles: frozenset[Role], where: tuple[str, str]) -> list[Grant]:
    """Return the grants by which this person has one of the roles over an area, in a domain."""
    area, domain = where
    path = city.tree.path(area)
    return [
        grant
        for grant in scope.grants
        if grant.role in roles and grant.area in path and (grant.domains is None or domain in grant.domains)
    ]


def is_own_task(task: Task, grants: Iterable[Grant], account: str) -> bool:
    """Return whether whoever looks over it would judge a task of their own, or of their department."""
    return task.made_by == account or task.department in {one.department for one in grants if one.department}


def list_task_moves(scope: Scope, city: City, task: Task, items: list[TaskItem]) -> list[str]:
    """Return what this person may do with the task now; ``items`` are all of it."""
    lookers = list_grants(scope, city, frozenset({Role.LEAD_SUPERVISOR}), (task.area, task.domain))
    advises = ["advise"] if lookers and not is_own_task(task, lookers, scope.account) else []
    if task.state != "open":
        return advises
    givers = ACCEPTORS & BEGINNERS
    waiting = [item for item in items if item.state == "planned"]
    gives = any(list_grants(scope, city, givers, (item.area, task.domain)) for item in waiting)
    assigns = ["assign"] if gives else []
    if not list_grants(scope, city, BEGINNERS, (task.area, task.domain)):
        return assigns + advises
    closes = [] if any(item.state in UNDONE for item in items) else ["close"]
    return [*assigns, "extend", "withdraw", *closes, *advises]
