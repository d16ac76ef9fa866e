"""Steps after the work is done: check, rework, close."""

from __future__ import annotations

from command_center.cases.endings import end_case
from command_center.clocks.limits import choose_limit
from command_center.moves.act import Act, invalid
from command_center.moves.standards import check_closing
from command_center.orders import dispatching
from command_center.orders.orders import OrderPlan, end_order, issue_order, order_facts
from command_center.orders.route import find_target
from grid.posts import Post

TASK_MAX = 400


def send_check(act: Act) -> None:
    """Ask somebody who did not handle it to look: the grid's worker, else the community, else the town's desk."""
    case, city = act.case, act.ledger.city
    worker = act.words("worker") or None
    if worker is not None and city.workers.find_worker(worker) is None:
        raise invalid(worker="is not on the roster")
    handlers = act.situation.handlers() if act.situation is not None else frozenset()
    post = _find_checking_post(act, handlers)
    if worker in handlers or post.kind != "grid":
        worker = None
    case.incident.state = "checking"
    act.record("check_sent")
    issue_order(case, OrderPlan("check", post, worker=worker), act.actor, act.workforce)


def _find_checking_post(act: Act, handlers: frozenset[str]) -> Post:
    case, city = act.case, act.ledger.city
    place = dispatching.place_of(case)
    grid = find_target(city, None, place, "grid")
    if grid is not None and grid.kind == "grid":
        for near in (grid, *_next_grids(act, grid)):
            standings = act.workforce.standings(near)
            if any(standing.is_on_shift and standing.worker.id not in handlers for standing in standings):
                return near
    community = find_target(city, None, place, "community")
    handled = {order.holder_code for order in case.orders if order.kind == "dispose" and order.state == "done"}
    if community is not None and community.code not in handled:
        return community
    return dispatching.desk_of(case, "town")


def _next_grids(act: Act, grid: Post) -> list[Post]:
    """Return the other grids of the same community: in a one-worker grid the next one checks."""
    city = act.ledger.city
    parent = city.tree.get_area(grid.area).parent
    areas = (
        area.code for area in city.tree.list_level("grid") if area.parent == parent and area.code != grid.area
    )
    posts = (city.posts.find_grid_post(code) for code in sorted(areas))
    return [post for post in posts if post is not None]


def check(act: Act) -> None:
    """Passed: to be closed. Not passed: back to work, with a new limit."""
    case, order = act.case, act.order
    photos = act.take_photos()
    passed = bool(act.data["passed"])
    order.result = {"passed": passed, "note": act.words("note"), "photos": photos}
    order.signed_by = order.signed_by or act.account.id
    end_order(case, order, "done", at=act.done_at)
    case.incident.state, case.incident.checked_passed = "disposed", passed
    act.record("checked", passed=passed, **order_facts(case, order))
    if not passed:
        rework(act, act.words("note"))


def rework(act: Act, missing: str) -> None:
    """Send it back to whoever disposed of it, with the new limit that the city gives to rework."""
    case, incident = act.case, act.case.incident
    incident.reworks += 1
    lead = case.lead_order()
    post = act.ledger.city.posts.find_post(lead.holder_code) if lead is not None else None
    target = post or dispatching.desk_of(case)
    incident.state, incident.disposed_at = "handling", None
    dispatching.hold(case, target)
    act.record("reworked", reason=missing, reworks=incident.reworks)
    worker = lead.worker if lead else None
    share = act.get_situation().lifecycle.rework.limit_share
    limit = choose_limit(case, "dispose").scaled(share)
    plan = OrderPlan("dispose", target, is_lead=True, task=missing[:TASK_MAX], worker=worker, limit=limit)
    issue_order(case, plan, act.actor, act.workforce)


def close(act: Act) -> None:
    check_closing(act)
    end_case(act.case, "closed", act.get_situation().lifecycle)
    act.record("closed")
