"""Orders: one task for one post or worker, with its own clocks. Given, assigned, ended here and only here.

Steps of every door call it; the journal gets order_issued and order_assigned, the decisions get the
candidates, the timers get the promise to notice an order that no phone received.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from command_center.cases.actors import Actor, by_rule
from command_center.cases.case_file import CaseFile
from command_center.cases.domains import join_domain
from command_center.clocks.clocks import start_clock, stop_clocks
from command_center.clocks.limits import StageLimit
from command_center.journal.journal_tables import Decision
from command_center.orders.assign import RULE, VERSION, assign
from command_center.orders.order_tables import Order, Timer
from command_center.orders.workforce import Workforce
from command_center.people.masking import mask_name
from command_center.signals.help_calls import list_callers
from grid.coordinates import LonLat
from grid.posts import Post

CLOCKS_OF_KIND: dict[str, tuple[str, ...]] = {
    "verify": ("verify",),
    "attend": ("sign", "arrive"),
    "dispose": ("sign", "dispose"),
    "check": ("check",),
    "patrol": (),
}
DELIVERY_S = {"emergency": 60, "urgent": 300, "normal": 300}
"""An order that no phone has received by then is told to the desk: 特急 after a minute, else after five."""


@dataclass(frozen=True, slots=True)
class OrderPlan:
    """What is to be given: ``is_lead`` marks the order whose end moves the incident."""

    kind: str
    post: Post
    is_lead: bool = False
    task: str = ""
    worker: str | None = None
    area: str | None = None
    limit: StageLimit | None = None
    """Of its disposal, where another than the case's was agreed."""
    whistle: dict[str, Any] | None = None
    """Set for a department that is whistled for: its clocks wait until it has come."""


def issue_order(case: CaseFile, plan: OrderPlan, actor: Actor, workforce: Workforce) -> Order:
    """Give the order to its post and, where the post has people of its own, to the fittest of them."""
    join_domain(case, plan.post)
    ledger = case.ledger
    post, worker = plan.post, plan.worker
    if worker is None and post.kind == "grid" and not (case.incident.replay or case.incident.patrol):
        post, worker = _assign(case, plan, workforce)
    order = ledger.make(
        Order,
        id=ledger.next_order(),
        incident=case.number,
        kind=plan.kind,
        state="issued",
        is_lead=plan.is_lead,
        task=plan.task,
        holder_kind=post.kind,
        holder_code=post.code,
        area=plan.area or post.area,
        worker=worker,
        issued_by=actor.name,
        issued_at=ledger.now,
        result={},
        whistle=plan.whistle,
        round=case.incident.round,
    )
    case.orders.append(order)
    for stage in CLOCKS_OF_KIND[plan.kind] if plan.whistle is None else ():
        limit = plan.limit if stage == "dispose" else None
        start_clock(case, stage, holder=(post.kind, post.code), order=order, limit=limit)
    case.record("order_issued", actor, **order_facts(case, order))
    if worker is not None:
        _tell_assigned(case, order, by_rule(RULE, VERSION) if plan.worker is None else actor, workforce)
    return order


def _assign(case: CaseFile, plan: OrderPlan, workforce: Workforce) -> tuple[Post, str | None]:
    """Return who really gets an order meant for a grid: its worker on shift, else the community's desk."""
    ledger, incident = case.ledger, case.incident
    lonlat = LonLat(incident.lon, incident.lat) if incident.lon is not None and incident.lat is not None else None
    category = ledger.city.catalogue.find_category(incident.category)
    callers = list_callers(case)
    found = assign(workforce.standings(plan.post), category, lonlat, drill=incident.drill, callers=callers)
    ledger.write(
        Decision,
        incident=case.number,
        at=ledger.now,
        step="assign",
        rule=RULE,
        version=VERSION,
        reason=found.reason,
        candidates=found.candidates,
    )
    if found.worker is not None:
        return plan.post, found.worker
    parent = ledger.city.tree.get_area(plan.post.area).parent
    community = ledger.city.posts.find_community_post(parent) if parent is not None else None
    return community or plan.post, None


def _tell_assigned(case: CaseFile, order: Order, actor: Actor, workforce: Workforce) -> None:
    if order.worker is None:
        return
    workforce.take_on(order.worker)
    wait_s = DELIVERY_S[case.incident.urgency]
    case.ledger.write(
        Timer,
        due_at=case.ledger.now + timedelta(seconds=wait_s),
        kind="delivery",
        incident=case.number,
        order=order.id,
        data={"wait_s": wait_s},
    )
    case.record("order_assigned", actor, **order_facts(case, order))


def reassign(case: CaseFile, order: Order, worker: str, *, actor: Actor, workforce: Workforce) -> None:
    """Hand an order of a post to one of its people, or to another one."""
    if order.worker is not None:
        workforce.take_on(order.worker, -1)
    order.worker, order.state = worker, "issued"
    order.received_at = order.read_at = None
    _tell_assigned(case, order, actor, workforce)


def end_order(case: CaseFile, order: Order, state: str, *, at: datetime | None = None) -> None:
    """End an order as done, cannot_handle, returned or cancelled; its clocks stop at ``at`` (None: now)."""
    order.state = state
    order.ended_at = at or case.ledger.now
    stop_clocks(case, order=order, at=at)


def cancel_orders(case: CaseFile, *kinds: str) -> None:
    """Cancel what is still open of these kinds (none named: everything), for the case has moved on."""
    for order in case.open_orders():
        if not kinds or order.kind in kinds:
            end_order(case, order, "cancelled")


def order_facts(case: CaseFile, order: Order) -> dict[str, object]:
    """Return what a sentence about an order needs."""
    city = case.ledger.city
    post = city.posts.find_post(order.holder_code)
    worker = city.workers.find_worker(order.worker) if order.worker else None
    facts: dict[str, object] = {
        "order": order.id,
        "order_kind": order.kind,
        "holder": order.holder_code,
        "holder_name": {"zh": post.name, "en": post.name_en} if post else {},
    }
    if worker is not None:
        facts |= {"worker": worker.id, "worker_name": mask_name(worker.name)}
    return facts
