"""A case that waits for somebody to look goes on when a trusted source joins it: what it was to prove is proved.

Called after a source was joined, by the machines' door (``take_signal.py``) and the people's
(``report_step.py``); ``dispatching.py`` carries the case on, as the joining source's own way in says.
"""

from __future__ import annotations

from command_center.cases.case_file import CaseFile
from command_center.cases.incidents import decide, told_route
from command_center.orders.dispatching import advance_by_rule, place_of
from command_center.orders.orders import cancel_orders
from command_center.orders.route import route
from command_center.orders.workforce import Workforce
from command_center.signals.ways_in import DIRECT, WayIn

WAITING_STATES = frozenset({"reported", "verifying"})


def is_confirmed_by(case: CaseFile, way: WayIn) -> bool:
    """Return whether a source with this way in lets the case go on."""
    incident = case.incident
    return way.path == DIRECT and incident.state in WAITING_STATES and not incident.replay


def advance_joined(case: CaseFile, way: WayIn, workforce: Workforce) -> None:
    """Carry the case on without waiting for the verification; not where a worker looked and found nothing.

    Where the routing table gives nobody an order, it stays with its desk.
    """
    if not is_confirmed_by(case, way) or _was_refuted(case):
        return
    incident, city = case.incident, case.ledger.city
    category = city.catalogue.find_category(incident.category)
    chosen = route(city, category, place_of(case), incident.urgency)
    if not chosen.orders:
        return
    decide(case, "way_in", (way.rule, way.version), reason=way.reason, candidates=[{"code": way.path}])
    decide(case, "route", (chosen.rule, chosen.version), reason=chosen.reason, candidates=told_route(chosen))
    cancel_orders(case, "verify")
    incident.accepted_at = incident.accepted_at or case.ledger.now
    incident.version += 1
    advance_by_rule(case, way, chosen, workforce)


def _was_refuted(case: CaseFile) -> bool:
    return any(order.kind == "verify" and order.result.get("is_true") is False for order in case.orders)
