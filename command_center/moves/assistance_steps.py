"""Steps that bring further hands to a case: ask to assist, whistle and respond, call off, share with a domain."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from command_center.cases.case_file import CaseFile
from command_center.clocks.clocks import start_clock, stop_clocks
from command_center.clocks.limits import StageLimit, to_stage_limit
from command_center.moves.act import Act, invalid
from command_center.orders.order_tables import Order
from command_center.orders.orders import OrderPlan, end_order, issue_order, order_facts
from command_center.orders.sub_tasks import RESPOND, give_sub_task, has_open_part, settle_disposal
from grid.posts import Post

RESPOND_LIMITS = {"emergency": (30, "minute"), "urgent": (2, "urgent_hour"), "normal": (4, "work_hour")}
"""For a city whose limits.toml names none."""


def assist(act: Act) -> None:
    """Ask another town or department: it sees the case and its own order, nothing else of its neighbour."""
    if bool(act.words("area")) == bool(act.words("department")):
        raise invalid(area="either area or department", department="either area or department")
    name = "area" if act.words("area") else "department"
    post = act.find_post(name)
    if has_open_part(act.case, post):
        raise invalid(**{name: f"{post.code} is at work on this case already"})
    order = give_sub_task(act.case, post, act.actor, act.workforce, task=act.words("task"))
    act.record("assisted", order=order.id, **_name(post))


def call_off(act: Act) -> None:
    """Take an assistant's sub-task back: what they did stands in the record, nothing more is asked of them."""
    order = act.order
    order.result = {**order.result, "reason": act.words("reason")}
    end_order(act.case, order, "cancelled")
    settle_disposal(act.case, act.ledger.now)
    act.record("called_off", reason=act.words("reason"), **order_facts(act.case, order))


def share_domains(act: Act) -> None:
    """Say which boards see the case besides its own domain's."""
    incident = act.case.incident
    wanted = sorted(set(act.data["domains"]) - {incident.domain})
    incident.also_domains = wanted
    act.record("domains_shared", domains=[incident.domain, *wanted])


def whistle(act: Act) -> None:
    """A town calls departments to the spot (吹哨): each is to respond in time, then has its part."""
    posts = _read_departments(act)
    reason_type, town = int(act.data["reason_type"]), _town_of(act.case)
    act.record(
        "whistled",
        reason_type=reason_type,
        task=act.words("task"),
        departments=[{"zh": post.name, "en": post.name_en} for post in posts],
    )
    for post in posts:
        call = {"reason_type": reason_type, "town": town, "called_at": act.ledger.now.isoformat()}
        _call(act, post, call)


def _call(act: Act, post: Post, call: dict[str, Any]) -> None:
    """Give the order whose only clock, until the department has come, is the one to respond."""
    plan = OrderPlan("dispose", post, task=act.words("task"), whistle=call)
    order = issue_order(act.case, plan, act.actor, act.workforce)
    start_clock(act.case, RESPOND, holder=(post.kind, post.code), order=order, limit=respond_limit(act.case))


def respond_limit(case: CaseFile) -> StageLimit:
    """Return within which time a department that is whistled for must come."""
    by_urgency: Mapping[str, Any] = case.policy("limits")["stages"].get(RESPOND) or RESPOND_LIMITS
    return to_stage_limit(by_urgency[case.incident.urgency])


def _read_departments(act: Act) -> list[Post]:
    posts = [act.read_post(code, "departments") for code in dict.fromkeys(act.data["departments"])]
    if not posts:
        raise invalid(departments="name at least one")
    strange = [post.code for post in posts if post.kind != "department"]
    busy = [post.code for post in posts if has_open_part(act.case, post)]
    if strange:
        raise invalid(departments=f"no department: {', '.join(strange)}")
    if busy:
        raise invalid(departments=f"at work on this case already: {', '.join(busy)}")
    return posts


def _town_of(case: CaseFile) -> str:
    town = case.ledger.city.tree.find_ancestor(case.incident.grid or case.incident.area, "town")
    return town.code if town is not None else case.incident.area


def respond(act: Act) -> None:
    """The department has come (报到): its clock to respond stops, the one of its part of the work starts."""
    case, order, at = act.case, act.order, act.done_at
    clock = next(iter(clock for clock in case.running_clocks(RESPOND) if clock.order == order.id), None)
    is_late = clock is not None and at > clock.due_at
    order.whistle = {**(order.whistle or {}), "responded_at": at.isoformat(), "is_late": is_late}
    take_part(act, order, at)
    stop_clocks(case, RESPOND, order=order, at=at)
    start_clock(case, "dispose", holder=(order.holder_kind, order.holder_code), order=order)
    act.record("responded", is_late=is_late, **order_facts(case, order))


def take_part(act: Act, order: Order, at: datetime) -> None:
    """Note that they are there: signed and arrived at once."""
    order.state, order.signed_by = "arrived", act.account.id
    order.signed_at = order.arrived_at = at


def _name(post: Post) -> dict[str, Any]:
    return {"holder": post.code, "holder_name": {"zh": post.name, "en": post.name_en}}
