"""What becomes of a worker's orders when they go off shift.

What they signed stays theirs: they finish it or say that they cannot. What they have not signed yet is offered
to another of the post who is on shift; where there is none, a patrol waits at the post and anything else goes
to the community's desk. Called by the step ``shift``.
"""

from __future__ import annotations

from sqlalchemy import select

from command_center.cases.actors import by_rule
from command_center.cases.case_file import CaseFile, find_case
from command_center.journal.ledger import Ledger
from command_center.orders.assign import assign
from command_center.orders.order_tables import Order
from command_center.orders.orders import order_facts, reassign
from command_center.orders.workforce import Workforce
from command_center.signals.help_calls import list_callers
from grid.coordinates import LonLat
from grid.posts import Post, Worker

UNSIGNED = ("issued", "received", "read")
RULE, VERSION = "shift.off", "1"


def reoffer_orders(ledger: Ledger, worker: Worker, workforce: Workforce) -> dict[str, list[int]]:
    """Offer the worker's unsigned orders to others; return the ids of what was kept and what was not."""
    orders = ledger.session.scalars(select(Order).where(Order.worker == worker.id).order_by(Order.id)).all()
    kept = [order.id for order in orders if order.state in ("signed", "arrived")]
    moved = [order for order in orders if order.state in UNSIGNED]
    for found in moved:
        case = find_case(ledger, found.incident)
        order = case.find_order(found.id) if case is not None else None
        if case is not None and order is not None:
            _offer(case, order, worker, workforce)
    return {"kept": kept, "reoffered": [order.id for order in moved]}


def _offer(case: CaseFile, order: Order, worker: Worker, workforce: Workforce) -> None:
    city, incident = case.ledger.city, case.incident
    post = city.posts.find_post(order.holder_code)
    lonlat = LonLat(incident.lon, incident.lat) if incident.lon is not None and incident.lat is not None else None
    others = [one for one in workforce.standings(post) if one.worker.id != worker.id] if post is not None else []
    category = city.catalogue.find_category(incident.category)
    chosen = assign(others, category, lonlat, drill=incident.drill, callers=list_callers(case)).worker
    if chosen is not None:
        reassign(case, order, chosen, actor=by_rule(RULE, VERSION), workforce=workforce)
        return
    workforce.take_on(worker.id, -1)
    order.worker, order.state, order.received_at, order.read_at = None, "issued", None, None
    if post is not None and order.kind != "patrol":
        _to_community(case, order, post)
    case.record("order_unassigned", by_rule(RULE, VERSION), **order_facts(case, order))


def _to_community(case: CaseFile, order: Order, post: Post) -> None:
    city = case.ledger.city
    parent = city.tree.get_area(post.area).parent if post.kind == "grid" else None
    community = city.posts.find_community_post(parent) if parent is not None else None
    if community is not None:
        order.holder_kind, order.holder_code, order.area = community.kind, community.code, community.area
