"""Steps that decide in whose hands a case is: dispatch, arbitrate, escalate, send down, take over."""

from __future__ import annotations

from command_center.cases.case_file import CaseFile
from command_center.cases.incidents import decide, told_route
from command_center.clocks.clocks import start_clock
from command_center.levels.down_rules import find_powerless
from command_center.moves.act import Act, invalid
from command_center.orders import dispatching
from command_center.orders.orders import cancel_orders
from command_center.orders.route import PlannedOrder, route
from command_center.people.roles import Role

HANDS_OF_COMMUNITY = frozenset({"grid", "community"})


def dispatch(act: Act) -> None:
    """Give the orders that the table names, or those to the holder and assistants that the dispatcher names."""
    holder = act.words("holder") or str((act.case.incident.returned or {}).get("holder") or "")
    planned = _read_plan(act, holder) if holder else _plan_by_table(act.case)
    if not planned:
        raise invalid(holder="is needed: the routing table names nobody for this matter")
    check_community(act, planned)
    check_power(act, planned)
    dispatching.dispatch(act.case, act.actor, planned, act.workforce, task=act.words("task"))


def _plan_by_table(case: CaseFile) -> tuple[PlannedOrder, ...]:
    incident, city = case.incident, case.ledger.city
    category = city.catalogue.find_category(incident.category)
    chosen = route(city, category, dispatching.place_of(case), incident.urgency)
    decide(case, "route", (chosen.rule, chosen.version), reason=chosen.reason, candidates=told_route(chosen))
    return chosen.orders


def _read_plan(act: Act, holder: str) -> tuple[PlannedOrder, ...]:
    lead = PlannedOrder("dispose", act.read_post(holder, "holder"))
    helpers = [act.read_post(code, "assistants") for code in act.data.get("assistants") or ()]
    return (lead, *(PlannedOrder("dispose", post) for post in helpers if post.code != lead.post.code))


def check_power(act: Act, planned: tuple[PlannedOrder, ...], field: str = "holder") -> None:
    """Who has no power to enforce is never made to: communities and grids settle, clean, secure."""
    category = act.ledger.city.catalogue.find_category(act.case.incident.category)
    found = find_powerless(act.case.policy("level_rules"), category, planned)
    if found is not None:
        raise invalid(**{field: f"{found.post.code} never enforces: a team of the town or a department does"})


def check_community(act: Act, planned: tuple[PlannedOrder, ...]) -> None:
    """A community gives work to grids of its own and to nobody else."""
    if act.scope.has_role(set(Role) - {Role.COMMUNITY_OPERATOR}):
        return
    own = {grant.area for grant in act.scope.grants}
    for order in planned:
        path = act.ledger.city.tree.path(order.post.area)
        if order.post.kind not in HANDS_OF_COMMUNITY or not own & set(path):
            raise invalid(holder="a community dispatches to its own grids only")


def escalate(act: Act) -> None:
    """Hand the case to the level above: unfiled it is to be accepted there, filed to be dispatched there."""
    levels = act.ledger.city.tree.levels
    above = levels[max(0, levels.index(act.case.incident.level) - 1)]
    above = "community" if above == "grid" else above
    dispatching.hand_over(act.case, dispatching.desk_of(act.case, above))
    act.record("escalated", reason=act.words("reason"))


def send_down(act: Act) -> None:
    """Hand the case to a town or community below."""
    post = act.find_post("to")
    levels, tree = act.ledger.city.tree.levels, act.ledger.city.tree
    is_below = levels.index(post.level) > levels.index(act.case.incident.level)
    holder_area = act.ledger.city.posts.get_post(dispatching.desk_of(act.case).code).area
    if post.kind not in ("desk", "community") or not is_below or not tree.is_within(post.area, holder_area):
        raise invalid(to="is no desk below the one that holds the case")
    dispatching.hand_over(act.case, post)
    act.record("escalated", is_down=True, reason=act.words("reason"))


def take_over(act: Act) -> None:
    """The level above takes an urgent case that nobody signs: its orders end, it is dispatched anew."""
    case = act.case
    levels = act.ledger.city.tree.levels
    above = levels[max(0, levels.index(case.incident.level) - 1)]
    cancel_orders(case)
    dispatching.hold(case, dispatching.desk_of(case, above), level=True)
    case.incident.state = "filed"
    start_clock(case, "dispatch", holder=(case.incident.holder_kind, case.incident.holder_code))
    act.record("taken_over", reason=act.words("reason"))
