"""A patrol on the common road: a case of its own kind with one patrol order, clock and record.

So a phone gets it, signs it and works offline as with any order. It is no incident: it stands in no figure,
on no wall and in no list that does not ask for it. ``patrol_round.py`` and ``task_steps.py`` open them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from shapely import Point
from sqlalchemy import select

from command_center.cases.actors import Actor, by_rule
from command_center.cases.case_file import CaseFile, find_case, new_case
from command_center.cases.incident_tables import Incident
from command_center.clocks.clocks import start_clock, stop_clocks
from command_center.clocks.limits import StageLimit
from command_center.clocks.working_time import CONTINUOUS
from command_center.journal.ledger import Ledger
from command_center.orders.order_tables import Order
from command_center.orders.orders import OrderPlan, cancel_orders, issue_order, order_facts, reassign
from command_center.orders.workforce import Workforce
from command_center.tasks.task_tables import TaskItem
from grid.posts import Post

FAMILY = "patrol"
LATEST = StageLimit(60, CONTINUOUS)
ON_SHIFT = "patrol.on-shift"
VERSION = "1"


def open_patrol(ledger: Ledger, item: TaskItem, post: Post, *, actor: Actor, workforce: Workforce) -> CaseFile:
    """Open the patrol of an item and give its order to the post, and to who of it is on shift."""
    case = new_case(ledger, _build(ledger, item, post))
    item.incident, item.state, item.post = case.number, "issued", post.code
    case.record("patrol_opened", actor, item=item.id, task_number=item.task, title=item.title)
    worker = item.worker or _choose_worker(workforce, post)
    plan = OrderPlan("patrol", post, is_lead=True, task=item.text or item.title, worker=worker)
    order = issue_order(case, plan, actor, workforce)
    order.result = {"checklist": item.checklist, "radius_m": item.radius_m, "item": item.id}
    item.worker = worker
    left_s = max(LATEST.limit_s, round((item.due_at - ledger.now).total_seconds()))
    start_clock(case, "patrol", holder=(post.kind, post.code), order=order, limit=StageLimit(left_s, CONTINUOUS))
    return case


def _choose_worker(workforce: Workforce, post: Post) -> str | None:
    """Return who of the post is on shift and has least to do; nobody: it waits at the post."""
    on_shift = [standing for standing in workforce.standings(post) if standing.is_on_shift]
    return min(on_shift, key=lambda one: (one.load, one.worker.id)).worker.id if on_shift else None


def _build(ledger: Ledger, item: TaskItem, post: Post) -> Incident:
    where: dict[str, Any] = {"lon": item.lon, "lat": item.lat, "point": None}
    if item.lon is not None and item.lat is not None:
        where["point"] = Point(item.lon, item.lat)
    return ledger.make(
        Incident,
        **where,
        number=ledger.next_incident(),
        title=item.title,
        text=item.text,
        domain=item.domain,
        category="",
        family=FAMILY,
        urgency="normal",
        state="dispatched",
        level=post.level,
        area=item.community or item.town or ledger.city.code,
        grid=item.grid,
        located_how="register" if item.lon is not None else "area",
        place_text=item.title,
        holder_kind=post.kind,
        holder_code=post.code,
        way_in="direct",
        channel=FAMILY,
        patrol=True,
        policy_version=ledger.city.version,
        opened_at=ledger.now,
        updated_at=ledger.now,
        filed_at=ledger.now,
        dispatched_at=ledger.now,
    )


def end_patrol(case: CaseFile, state: str, *, at: datetime | None = None) -> None:
    """End the case of a patrol: closed when it was made, void when it was missed or withdrawn."""
    cancel_orders(case)
    stop_clocks(case)
    case.incident.state = state
    case.incident.closed_at = at or case.ledger.now


def withdraw_patrol(ledger: Ledger, item: TaskItem, state: str, *, kind: str, actor: Actor) -> None:
    """Take a patrol back that nobody made; ``state`` is the item's, missed or withdrawn."""
    case = find_case(ledger, item.incident) if item.incident is not None else None
    item.state = state
    if case is not None and case.incident.state not in ("closed", "void"):
        end_patrol(case, "void")
        case.record(kind, actor, item=item.id, task_number=item.task, title=item.title)


def give_up_patrol(case: CaseFile) -> None:
    """The worker cannot make it: an item of a task waits to be assigned anew, a routine patrol was missed."""
    end_patrol(case, "void")
    item = case.ledger.session.scalars(select(TaskItem).where(TaskItem.incident == case.number)).one()
    item.state, item.worker = "planned" if item.task is not None else "missed", None


def hand_over_waiting(ledger: Ledger, worker: str, post: str, workforce: Workforce) -> int:
    """Give a worker who comes on shift the patrols that wait at their post; return how many."""
    waiting = ledger.session.scalars(
        select(Order).where(
            Order.holder_code == post, Order.kind == "patrol", Order.worker.is_(None), Order.state == "issued"
        )
    ).all()
    for found in waiting:
        case = find_case(ledger, found.incident)
        order = case.find_order(found.id) if case is not None else None
        if case is not None and order is not None:
            reassign(case, order, worker, actor=by_rule(ON_SHIFT, VERSION), workforce=workforce)
            item = ledger.session.scalars(select(TaskItem).where(TaskItem.incident == case.number)).first()
            if item is not None:
                item.worker = worker
    return len(waiting)


def patrol_facts(case: CaseFile, order: Order) -> dict[str, object]:
    """Return what the sentence of a visit needs."""
    return {**order_facts(case, order), "title": case.incident.title}
