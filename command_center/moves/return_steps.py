"""Steps about a case in the wrong hands: return, ask for arbitration, arbitrate, correct, hand back.

The next holder gets a full limit, the citizen's total clock goes on, and the time lost is booked where it belongs.
"""

from __future__ import annotations

from datetime import datetime

from command_center.cases.approval_tables import LostTime
from command_center.cases.case_file import CaseFile
from command_center.cases.incidents import decide
from command_center.cases.standards import file_by_rule
from command_center.clocks.clock_moves import used_between_s
from command_center.clocks.clocks import list_moves, start_clock, stop_clocks
from command_center.clocks.working_time import CONTINUOUS, WORKING, add_time
from command_center.moves.acceptance_steps import choose_holder, correct_facts
from command_center.moves.act import Act, invalid
from command_center.moves.conditions import return_limit_s
from command_center.moves.holding_steps import check_community, check_power
from command_center.moves.return_forms import WRONG, list_returners
from command_center.orders import dispatching
from command_center.orders.order_tables import Order
from command_center.orders.orders import OrderPlan, end_order, issue_order, order_facts
from command_center.orders.route import PlannedOrder
from command_center.orders.sub_tasks import settle_disposal
from grid.posts import Post

RETURNS_TO_ARBITRATION = 2
WRONG_DISPATCH, LATE_RETURN = "wrong_dispatch", "late_return"


def return_order(act: Act) -> None:
    """Give the case back to whoever dispatched it; a second return, or "not ours", goes to a duty leader."""
    case, order, code = act.case, act.order, act.words("reason_code")
    order.result = {**order.result, "reason": act.words("reason"), "reason_code": code}
    returner = {
        "order": order.id,
        "order_kind": order.kind,
        "returned_by": order_facts(case, order)["holder_name"],
    }
    end_order(case, order, "returned", at=act.done_at)
    if not order.is_lead:
        settle_disposal(case, act.done_at)
        act.record("returned", reason=act.words("reason"), reason_code=code, is_sub_task=True, **returner)
        return
    case.incident.returns += 1
    _keep_return(case, (order.holder_kind, order.holder_code), code)
    back_to_desk(case)
    _book(case, order, WRONG_DISPATCH, (order.issued_at, act.done_at), desk=dispatching.desk_of(case))
    case.incident.needs_arbitration = case.incident.needs_arbitration or _goes_to_arbitration(act, code)
    told = {"reason": act.words("reason"), "reason_code": code, "returns": case.incident.returns}
    act.record("returned", **told, needs_arbitration=case.incident.needs_arbitration, **returner)


def _goes_to_arbitration(act: Act, code: str) -> bool:
    reason = act.get_situation().lifecycle.find_reason(code)
    return act.case.incident.returns >= RETURNS_TO_ARBITRATION or (reason is not None and reason.arbitrate)


def _keep_return(case: CaseFile, by: tuple[str, str], code: str) -> None:
    case.incident.returned = {
        "by_kind": by[0],
        "by": by[1],
        "reason_code": code,
        "at": case.ledger.now.isoformat(),
        "corrected": False,
    }


def back_to_desk(case: CaseFile) -> None:
    """Put the case back into the hands of the desk that dispatches it."""
    case.incident.state = "filed"
    dispatching.hold(case, dispatching.desk_of(case))
    start_clock(case, "dispatch", holder=(case.incident.holder_kind, case.incident.holder_code))


def _book(
    case: CaseFile, order: Order, cause: str, span: tuple[datetime, datetime], *, desk: Post | None = None
) -> None:
    """Book lost time: to the desk that dispatched wrongly, or to the holder who returned late."""
    incident, ledger = case.incident, case.ledger
    lost_s = max(0, round((span[1] - span[0]).total_seconds()))
    if lost_s <= 0:
        return
    incident.lost_s += lost_s
    stage_s, calendar = _stage_time(case, order, span)
    ledger.write(
        LostTime,
        incident=case.number,
        order=order.id,
        at=ledger.now,
        cause=cause,
        holder_kind=desk.kind if desk is not None else order.holder_kind,
        holder_code=desk.code if desk is not None else order.holder_code,
        lost_s=lost_s,
        stage_s=stage_s,
        calendar=calendar,
        reason_code=str(order.result.get("reason_code") or (incident.returned or {}).get("reason_code") or ""),
        rule=incident.routed_rule if desk is not None else None,
        rule_version=incident.routed_version if desk is not None else None,
    )


def _stage_time(case: CaseFile, order: Order, span: tuple[datetime, datetime]) -> tuple[int, str]:
    """Return what the span took of the stage to dispose (else of the order's last), and in which calendar."""
    own = [clock for clock in case.clocks if clock.order == order.id]
    clock = next((one for one in own if one.stage == "dispose"), own[-1] if own else None)
    if clock is None:
        return round((span[1] - span[0]).total_seconds()), CONTINUOUS
    case.ledger.flush()
    moves = list_moves(case.ledger.session, clock.id)
    return round(used_between_s(moves, *span, case.working_time())), clock.calendar


def request_arbitration(act: Act) -> None:
    """Too late to return: keep the order and ask the duty leader above who is to lead."""
    order, code = act.order, act.words("reason_code")
    order.result = {**order.result, "reason": act.words("reason"), "reason_code": code}
    act.case.incident.needs_arbitration = True
    told = {"reason": act.words("reason"), "reason_code": code}
    act.record("arbitration_asked", **told, **order_facts(act.case, order))


def arbitrate(act: Act) -> None:
    """Name one lead and the assistants: responsibility is one. Who leads already goes on with what is left."""
    case = act.case
    planned = _named(act)
    check_power(act, planned, "lead")
    lead = case.lead_order()
    is_confirmed = lead is not None and lead in case.open_orders() and lead.holder_code == planned[0].post.code
    case.incident.needs_arbitration = False
    reason = {"zh": act.words("reason"), "en": act.words("reason")}
    told = [{"code": o.post.code, "name": o.post.name, "role": o.kind} for o in planned]
    decide(case, "arbitrate", ("duty_leader", "1"), reason=reason, candidates=told)
    if not is_confirmed:
        _take_from_wrong_hands(act, lead, {order.post.code for order in planned[1:]})
        dispatching.hold(case, planned[0].post)
    assistants = [order.post.code for order in planned[1:]]
    act.record("arbitrated", reason=act.words("reason"), assistants=assistants, is_confirmed=is_confirmed)
    if is_confirmed:
        _issue_helpers(act, planned[1:])
    else:
        dispatching.dispatch(case, act.actor, planned, act.workforce)


def _named(act: Act) -> tuple[PlannedOrder, ...]:
    lead = act.find_post("lead")
    helpers = [act.read_post(code, "assistants") for code in act.data.get("assistants") or ()]
    others = (PlannedOrder("dispose", post) for post in helpers if post.code != lead.code)
    return (PlannedOrder("dispose", lead), *others)


def _take_from_wrong_hands(act: Act, lead: Order | None, assistants: set[str]) -> None:
    """End the order of who led wrongly; what lay beyond the time to return is booked to them.

    An assistant who is at work already and is named again goes on.
    """
    case, now = act.case, act.ledger.now
    if lead is not None and lead in case.open_orders():
        signed_at = lead.signed_at or now
        last = add_time(signed_at, return_limit_s(act.get_situation()), WORKING, case.working_time())
        end_order(case, lead, "returned")
        _book(case, lead, WRONG_DISPATCH, (lead.issued_at, min(now, last)), desk=dispatching.desk_of(case))
        _book(case, lead, LATE_RETURN, (last, now))
    for order in case.open_orders("dispose"):
        if order.is_lead or order.holder_code not in assistants:
            end_order(case, order, "cancelled")


def _issue_helpers(act: Act, planned: tuple[PlannedOrder, ...]) -> None:
    case = act.case
    busy = {order.holder_code for order in case.open_orders()}
    for order in planned:
        if order.post.code not in busy:
            issue_order(case, OrderPlan(order.kind, order.post), act.actor, act.workforce)


def correct(act: Act) -> None:
    """Put right what the case says of itself; where it then belongs follows from the table, or is named."""
    if not any(act.data.get(name) is not None for name in (*WRONG, "lon", "holder")):
        raise invalid(category="say at least one thing that was wrong")
    other = _read_other_holder(act)
    case, incident = act.case, act.case.incident
    level = incident.level
    correct_facts(act)
    if incident.returned is not None:
        incident.returned = {**incident.returned, "corrected": True, "holder": other}
    if incident.category:
        choose_holder(case)
    if incident.state == "filed":
        file_by_rule(act.ledger.session, act.ledger.city, incident)
    if incident.level != level:
        dispatching.hand_over(case, dispatching.desk_of(case))
    else:
        dispatching.hold(case, dispatching.desk_of(case))
    act.record("corrected", fields=sorted(name for name, value in act.data.items() if value is not None))


def _read_other_holder(act: Act) -> str | None:
    """Return who is to have the case, where the fault was who it was sent to."""
    if not act.words("holder"):
        return None
    post = act.find_post("holder")
    if post.code in list_returners(act.get_situation()):
        raise invalid(holder="has returned it: name another holder")
    planned = (PlannedOrder("dispose", post),)
    check_community(act, planned)
    check_power(act, planned)
    return post.code


def hand_back(act: Act) -> None:
    """The dispatcher gives it back to whoever filed it."""
    case, incident = act.case, act.case.incident
    stop_clocks(case, "dispatch")
    _keep_return(case, (incident.holder_kind, incident.holder_code), act.words("reason_code"))
    incident.state, incident.accepted_at = "reported", None
    dispatching.hold(case, dispatching.desk_of(case))
    dispatching.start_accept_clock(case)
    act.record("handed_back", reason=act.words("reason"), reason_code=act.words("reason_code"))
