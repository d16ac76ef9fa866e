"""What happens to an incident after it is open: accept, verify, file, dispatch; by a rule or by a person.

The doors call these steps; each changes state and holder, gives orders, starts and stops clocks, and writes
its entry. Who may do it was decided before (``moves.py`` for people, ``ways_in.py`` for the system).
"""

from __future__ import annotations

from shapely import Point

from command_center.cases.actors import Actor, by_rule
from command_center.cases.case_file import CaseFile
from command_center.cases.standards import file_by_rule
from command_center.clocks.clocks import start_clock, stop_clocks
from command_center.orders.order_tables import Order
from command_center.orders.orders import OrderPlan, cancel_orders, issue_order
from command_center.orders.route import PlannedOrder, Route, find_holder, find_target
from command_center.orders.workforce import Workforce
from command_center.signals.locate import Located, holding_area
from command_center.signals.ways_in import DIRECT, VERIFY_FIRST, WayIn
from grid.city_map import Place
from grid.posts import Post


def advance_by_rule(case: CaseFile, way: WayIn, chosen: Route, workforce: Workforce) -> None:
    """Carry a freshly opened incident as far as its way in lets the system go."""
    rule = by_rule(way.rule, way.version)
    if case.incident.replay:
        file(case, rule, start_dispatch=False)  # a replay is looked at; it reaches no phone and runs no clock
    elif way.path == DIRECT and chosen.orders:
        accept(case, rule)
        file(case, rule, start_dispatch=False)
        dispatch(case, by_rule(chosen.rule, chosen.version), chosen.orders, workforce)
    elif way.path == VERIFY_FIRST:
        send_verify(case, rule, workforce)
    else:
        start_accept_clock(case)


def place_of(case: CaseFile) -> Place:
    """Return the incident's place as the tree knows it now."""
    code = case.incident.cell or case.incident.grid or case.incident.area
    city = case.ledger.city
    known = city.tree.find_area(code) or city.tree.get_area(city.code)
    return city.map.place_of_area(known.code)


def desk_of(case: CaseFile, level: str | None = None) -> Post:
    """Return the post that answers for the case at its level (or at another one)."""
    wanted = level or case.incident.level
    kind = "community" if wanted in ("community", "grid") else "desk"
    return find_holder(case.ledger.city, place_of(case), wanted, kind)


def hold(case: CaseFile, post: Post, *, level: bool = False) -> None:
    """Put the case into a post's hands; with ``level`` its level becomes the post's."""
    case.incident.holder_kind, case.incident.holder_code = post.kind, post.code
    if level:
        case.incident.level = post.level


def hand_over(case: CaseFile, post: Post) -> None:
    """Put what nobody works on yet into another level's hands: unfiled to be accepted, filed to be dispatched."""
    incident = case.incident
    cancel_orders(case, "verify")
    stop_clocks(case, "accept", "dispatch")
    hold(case, post, level=True)
    if incident.state == "filed":
        start_clock(case, "dispatch", holder=(post.kind, post.code))
        return
    incident.state, incident.accepted_at = "reported", None
    start_accept_clock(case)


def start_accept_clock(case: CaseFile) -> None:
    start_clock(case, "accept", holder=(case.incident.holder_kind, case.incident.holder_code))


def accept(case: CaseFile, actor: Actor) -> None:
    """Take the case on; its state stays, the clock to accept stops."""
    stop_clocks(case, "accept")
    case.record("accepted", actor)


def send_verify(case: CaseFile, actor: Actor, workforce: Workforce, worker: str | None = None) -> Order:
    """Ask the nearest worker to look first; the desk itself where no grid is known."""
    stop_clocks(case, "accept")
    case.incident.state = "verifying"
    post = find_target(case.ledger.city, None, place_of(case), "grid") or desk_of(case)
    case.record("verify_sent", actor)
    return issue_order(case, OrderPlan("verify", post, worker=worker), actor, workforce)


def file(case: CaseFile, actor: Actor, *, start_dispatch: bool = True) -> None:
    """Make it a case: from here the whole clock counts."""
    incident = case.incident
    stop_clocks(case, "accept", "verify")
    incident.state, incident.filed_at = "filed", case.ledger.now
    hold(case, desk_of(case))
    file_by_rule(case.ledger.session, case.ledger.city, incident)
    holder = (incident.holder_kind, incident.holder_code)
    if not incident.replay and not case.running_clocks("total"):
        start_clock(case, "total", holder=holder)
    if start_dispatch:
        start_clock(case, "dispatch", holder=holder)
    case.record("filed", actor)


def dispatch(
    case: CaseFile, actor: Actor, planned: tuple[PlannedOrder, ...], workforce: Workforce, *, task: str = ""
) -> None:
    """Give the orders; the first dispose order leads, and its post holds the case.

    Who is still at it from a dispatch before keeps that order and gets no second one.
    """
    incident = case.incident
    stop_clocks(case, "dispatch", "accept")
    lead = choose_lead(planned)
    incident.state, incident.dispatched_at, incident.returned = "dispatched", case.ledger.now, None
    hold(case, lead.post)
    case.record("dispatched", actor)
    for order in planned:
        if order is not lead and _is_at_it(case, order):
            continue
        plan = OrderPlan(order.kind, order.post, is_lead=order is lead, task=task)
        issue_order(case, plan, actor, workforce)


def _is_at_it(case: CaseFile, planned: PlannedOrder) -> bool:
    """Return whether the post, or who stands in for it, has such an order open already."""
    posts = {planned.post.code}
    if planned.post.kind == "grid":
        posts |= {
            post.code for post in (find_target(case.ledger.city, None, place_of(case), "community"),) if post
        }
    return any(order.holder_code in posts for order in case.open_orders(planned.kind))


def choose_lead(planned: tuple[PlannedOrder, ...]) -> PlannedOrder:
    """Return the order whose end moves the incident: the first to dispose, else the first of all."""
    return next((order for order in planned if order.kind == "dispose"), planned[0])


def move_area(case: CaseFile, located: Located) -> None:
    """Write down another place; the audience follows with the next entry."""
    incident, place = case.incident, located.place
    incident.area = holding_area(place, case.ledger.city.code)
    incident.grid, incident.cell = place.grid, place.cell
    incident.located_how, incident.accuracy_m = located.how, located.accuracy_m
    if located.lonlat is not None:
        incident.lon, incident.lat = located.lonlat
        incident.point = Point(located.lonlat)
