"""What more than one person decides: asked by one, agreed to by others, then carried out; or declined, expired.

A row of the table of moves with a ``chain`` is not done at once: ``ask`` keeps the request, ``approve`` and
``decline`` (``extra_time_moves.py``) decide it, the door carries out the row's step when the last has agreed.
Nobody decides twice, nor about their own request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from command_center.cases.actors import Actor
from command_center.cases.approval_tables import Approval
from command_center.cases.case_file import CaseFile
from command_center.moves.act import Act
from command_center.moves.authority import ACCEPTORS, LEADERS, OPERATORS
from command_center.moves.move import Judge
from command_center.moves.situate import read_pending
from command_center.moves.situation import Situation
from command_center.orders.order_tables import Order, Timer
from command_center.orders.orders import order_facts
from command_center.people.masking import mask_name, mask_numbers

DEPARTMENT, DISPATCHER, DISTRICT, LEADER, ACCEPTOR = "department", "dispatcher", "district", "leader", "acceptor"

STAGES: Mapping[str, Judge] = {
    DEPARTMENT: lambda s, order: order is not None and s.authority.heads(order),
    DISPATCHER: lambda s, _: s.authority.acts_at_level(ACCEPTORS),
    ACCEPTOR: lambda s, _: s.authority.acts_at_level(ACCEPTORS),
    DISTRICT: lambda s, _: s.authority.acts_at_top(OPERATORS),
    LEADER: lambda s, _: s.authority.acts_at_level(LEADERS),
}
"""Who may agree at each stage. Source: domain.md 3.2 and 5.3."""


def extension_chain(situation: Situation, order: Order | None) -> tuple[str, ...]:
    """Return who must agree to more time: the handler's department, then the dispatcher; two in any case.

    Where the department's clerk asks, the department has agreed; then a leader is the second. Beyond the
    extensions that a town may grant, the district dispatches.
    """
    granted = order.extensions if order is not None else 0
    is_towns = situation.incident.level != "district" and granted < situation.lifecycle.extension.town_times
    return _two(situation, order, DISPATCHER if is_towns else DISTRICT)


def suspension_chain(situation: Situation, order: Order | None) -> tuple[str, ...]:
    """Return who must agree to a suspension: the department, then the district."""
    return _two(situation, order, DISTRICT)


def _two(situation: Situation, order: Order | None, dispatcher: str) -> tuple[str, ...]:
    is_clerk = order is not None and situation.authority.heads(order)
    return (dispatcher, LEADER) if is_clerk else (DEPARTMENT, dispatcher)


def appeal_chain(_: Situation, __: Order | None) -> tuple[str, ...]:
    return (DISPATCHER, ACCEPTOR)


def void_chain(situation: Situation, _: Order | None) -> tuple[str, ...]:
    """Return nobody before the case was filed: then the acceptor's word is enough."""
    return () if situation.incident.filed_at is None else (ACCEPTOR,)


def leader_chain(_: Situation, __: Order | None) -> tuple[str, ...]:
    return (LEADER,)


def may_decide(situation: Situation, request: Approval) -> bool:
    """Return whether this person is the one who must agree next."""
    stage = request.stage
    if stage is None or situation.scope.account in request.deciders():
        return False
    order = next((order for order in situation.orders if order.id == request.order), None)
    return STAGES[stage](situation, order)


def list_decidable(situation: Situation) -> list[Approval]:
    return [request for request in situation.approvals if may_decide(situation, request)]


def ask(act: Act, stages: Iterable[str], latest_at: datetime | None = None) -> None:
    """Keep the request until those of the stages have agreed, and promise to end it when nobody does.

    ``latest_at`` is when agreeing would be too late, where that comes before the city's limit.
    """
    ledger, order = act.ledger, act.find_order()
    situation = act.get_situation()
    expires_at = ledger.now + timedelta(hours=situation.lifecycle.approval.expires_hours)
    expires_at = min(expires_at, latest_at or expires_at)
    request = Approval(
        incident=act.case.number,
        order=order.id if order is not None else None,
        action=act.request.action,
        state="pending",
        stages=list(stages),
        asked_by=act.account.id,
        asked_name=mask_name(act.account.name),
        asked_at=act.done_at,
        expires_at=expires_at,
        data={name: mask_numbers(value) if isinstance(value, str) else value for name, value in act.data.items()},
        decisions=[],
    )
    ledger.session.add(request)
    ledger.session.flush()
    act.case.incident.approvals_pending += 1
    ledger.write(
        Timer, due_at=expires_at, kind="approval", incident=act.case.number, order=request.order,
        data={"approval": request.id},
    )  # fmt: skip
    reason = {"reason": act.words("reason")} if act.words("reason") else {}
    act.record("approval_asked", **_facts(act.case, request), **reason)
    act.result = {"approval": request.id, "stage": request.stage, "expires_at": expires_at.isoformat()}


def decide(act: Act, request: Approval, *, agrees: bool) -> None:
    """Write down one person's word; the last to agree hands the request to the door, one refusal ends it."""
    said = {
        "stage": request.stage,
        "account": act.account.id,
        "name": mask_name(act.account.name),
        "agrees": agrees,
        "at": act.ledger.now.isoformat(),
        "reason": mask_numbers(act.words("reason")),
    }
    request.decisions = [*request.decisions, said]
    kind = "approval_given" if agrees else "approval_declined"
    reason = {"reason": act.words("reason")} if act.words("reason") else {}
    if not agrees:
        end(act.case, request, "declined")
    elif request.stage is None:
        end(act.case, request, "approved")
        act.granted = request
    act.record(kind, **_facts(act.case, request), decided_stage=said["stage"], **reason)


def end(case: CaseFile, request: Approval, state: str) -> None:
    request.state, request.ended_at = state, case.ledger.now
    case.incident.approvals_pending = max(0, case.incident.approvals_pending - 1)


def lapse(case: CaseFile, actor: Actor, stands: Callable[[Approval], bool]) -> None:
    """End the requests that came to nothing because the case has moved on."""
    for request in read_pending(case.ledger.session, case.incident):
        if not stands(request):
            end(case, request, "lapsed")
            case.record("approval_lapsed", actor, **_facts(case, request))


def expire(case: CaseFile, request: Approval, actor: Actor) -> None:
    """End a request that nobody decided in time."""
    end(case, request, "expired")
    case.record("approval_expired", actor, **_facts(case, request))


def _facts(case: CaseFile, request: Approval) -> dict[str, object]:
    order = case.find_order(request.order) if request.order is not None else None
    told = {"approval": request.id, "request": request.action, "decide_stage": request.stage}
    return {**(order_facts(case, order) if order is not None else {}), **told}
