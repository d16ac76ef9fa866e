"""Work shared out on one incident: the sub-task of each assistant, and when all of it together is done.

A sub-task (协办) is a dispose order that does not lead: it has its own state, holder and clocks. Steps of moves
give it (``assist``, ``dispatch``, ``whistle``, ``decide``) and call ``settle_disposal`` whenever one ends.
"""

from __future__ import annotations

from datetime import datetime

from command_center.cases.actors import Actor
from command_center.cases.case_file import CaseFile
from command_center.orders import dispatching
from command_center.orders.order_tables import Order
from command_center.orders.orders import OrderPlan, cancel_orders, issue_order
from command_center.orders.workforce import Workforce
from grid.posts import Post

RESPOND = "respond"
"""The stage in which a department that was whistled for is to come."""


def is_sub_task(order: Order) -> bool:
    """Return whether the order is an assistant's."""
    return order.kind == "dispose" and not order.is_lead


def awaits_respond(order: Order | None) -> bool:
    """Return whether a department that was whistled for has not come yet."""
    return order is not None and order.whistle is not None and not order.whistle.get("responded_at")


def open_sub_tasks(case: CaseFile) -> list[Order]:
    return [order for order in case.open_orders("dispose") if not order.is_lead]


def has_open_part(case: CaseFile, post: Post) -> bool:
    """Return whether the post is at work on the case already, as lead or assistant."""
    return any(order.holder_code == post.code for order in case.open_orders("dispose"))


def give_sub_task(case: CaseFile, post: Post, actor: Actor, workforce: Workforce, *, task: str = "") -> Order:
    """Give an assistant their part of the work."""
    return issue_order(case, OrderPlan("dispose", post, task=task), actor, workforce)


def settle_disposal(case: CaseFile, at: datetime) -> bool:
    """Make the case disposed once its lead is done and no assistant is still at it; return whether it is."""
    incident, lead = case.incident, case.lead_order()
    if incident.state not in ("dispatched", "handling") or lead is None or lead.state != "done":
        return False
    if open_sub_tasks(case):
        incident.state = "handling"
        return False
    incident.state, incident.disposed_at = "disposed", at
    incident.checked_passed = False
    cancel_orders(case, "attend")
    dispatching.hold(case, dispatching.desk_of(case))
    return True
