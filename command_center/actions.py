"""The people's door: one person's action becomes one transaction, once, or is refused with the reason.

Comes in from ``brain.py`` as an ``ActionRequest``; goes out as an ``ActionAnswer``. In order: the same key
again gets the same answer; what is outside the person's scope is not there; the loser of a race is told who
won; the table of moves decides; the fields are held against the form; the step acts and writes its entry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from command_center.administration.office_actions import OFFICE_STEPS
from command_center.assessment import month_steps
from command_center.assessment.figures_in_step import keep_figures
from command_center.cases.actors import Actor
from command_center.cases.approval_tables import Approval
from command_center.cases.case_file import CaseFile
from command_center.cases.freezing import thaw_what_is_grave
from command_center.journal.ledger import Ledger
from command_center.levels.apply_levels import apply_standing
from command_center.levels.settle_long_term import settle_long_term
from command_center.messages.message_steps import read_message, send_message
from command_center.moves import bulk_unmask, desk_steps, leader_steps, rule_step
from command_center.moves import move_forms as forms
from command_center.moves.act import Act, ActRefused, invalid, refuse
from command_center.moves.act_checks import find_target, judge_move
from command_center.moves.approvals import ask, lapse
from command_center.moves.field_check import check_fields
from command_center.moves.report_step import FORM as REPORT_FORM
from command_center.moves.report_step import NESTED, report
from command_center.moves.requests import ActionAnswer, ActionRequest
from command_center.moves.situate import situate_case
from command_center.moves.situation import Situation
from command_center.moves.sos_step import call_for_help
from command_center.moves.table import MOVES
from command_center.orders.workforce import Workforce
from command_center.people.account_tables import DoneRequest
from command_center.people.accounts import find_person
from command_center.people.masking import mask_name
from command_center.people.scope import Scope
from command_center.registers import register_steps
from command_center.responses.response_actions import RESPONSE_STEPS
from command_center.shifts import shift_steps
from command_center.tasks import task_steps
from foundation.clock import Clock
from foundation.database import Database
from grid.city import City

Step = Callable[[Act], None]

DESK_STEPS: Mapping[str, Step] = {
    "report": report,
    "sos": call_for_help,
    "message": send_message,
    "message_read": read_message,
    "confirm_candidate": desk_steps.confirm_candidate,
    "dismiss_candidate": desk_steps.dismiss_candidate,
    "retry_quarantine": desk_steps.retry_quarantine,
    "shift": desk_steps.shift,
    "settle_long_term": settle_long_term,
    "correct_routing": rule_step.correct_routing,
    "register_thing": register_steps.register_thing,
    "change_thing": register_steps.change_thing,
    "import_things": register_steps.import_things,
    "accept_device": register_steps.accept_device,
    "dismiss_device": register_steps.dismiss_device,
    "unmask_many": bulk_unmask.ask_many,
    "unmask_many_decide": bulk_unmask.decide_many,
    "unmask_many_read": bulk_unmask.read_many,
    "seat": shift_steps.change_seat,
    "roster": shift_steps.change_roster,
    "handover": shift_steps.make_handover,
    "handover_note": shift_steps.note_handover,
    "handover_sign": shift_steps.sign_handover,
    "kpi_freeze": month_steps.freeze_month,
    "kpi_appeal": month_steps.appeal_month,
    "kpi_publish": month_steps.publish_month,
    "task": task_steps.begin_task,
    "task_assign": task_steps.assign_task,
    "task_extend": task_steps.extend_task,
    "task_withdraw": task_steps.withdraw_task,
    "task_close": task_steps.close_task,
    "task_advise": task_steps.advise_task,
    **RESPONSE_STEPS,
    **OFFICE_STEPS,
}
OTHER_NAMES = {
    "order_received": "receive",
    "order_read": "read",
    "candidate_confirm": "confirm_candidate",
    "candidate_dismiss": "dismiss_candidate",
    "quarantine_retry": "retry_quarantine",
}
SECRET_RESULTS = frozenset({"unmask", "unmask_many_read"})
"""Their result is personal data: it is never stored with the answer, but read again for the same key."""


def act(database: Database, city: City, clock: Clock, request: ActionRequest) -> ActionAnswer:
    """Carry out the action, once for its key, or say why not.

    Raises:
        OperationalError: The database is busy or away; ask again with the same key.
    """
    request = msgspec.structs.replace(request, action=OTHER_NAMES.get(request.action, request.action))
    try:
        with database.write() as session:
            ledger = Ledger(session, city, clock.now())
            ledger.trace_id = request.trace_id
            known = _find_done(ledger, request)
            if known is not None:
                return known
            answer = _carry_out(ledger, request)
            keep_figures(ledger)
            ledger.close()
            return answer
    except ActRefused as refused:
        return ActionAnswer(incident=request.incident, refusal=refused.refusal)


def _find_done(ledger: Ledger, request: ActionRequest) -> ActionAnswer | None:
    """Return the answer that this key got before."""
    done = ledger.session.get(DoneRequest, (request.account, request.key))
    if done is None:
        return None
    if done.body_digest != request.body_digest:
        raise refuse("key_reused", "this Idempotency-Key was used for something else")
    answer = msgspec.convert(done.answer, ActionAnswer)
    if request.action in SECRET_RESULTS and done.incident is not None:
        return _unmask_again(ledger, request, answer)
    return answer


def _unmask_again(ledger: Ledger, request: ActionRequest, answer: ActionAnswer) -> ActionAnswer:
    again = _open_act(ledger, request)
    again.case, _ = find_target(again)
    return msgspec.structs.replace(answer, result=leader_steps.read_masked(again))


def _open_act(ledger: Ledger, request: ActionRequest) -> Act:
    account, scope = find_person(ledger.session, request.account)
    if account is None:
        raise refuse("forbidden", "this account does not exist or is disabled")
    actor = Actor("person", account.username, {"action": request.action, "actor_name": mask_name(account.name)})
    workforce = Workforce(ledger.session, ledger.city)
    return Act(ledger, request, account=account, scope=scope, actor=actor, data=request.data, workforce=workforce)


def _carry_out(ledger: Ledger, request: ActionRequest) -> ActionAnswer:
    doing = _open_act(ledger, request)
    if request.action in DESK_STEPS:
        _name_role(doing, _first_role(doing.scope))
        _do_desk_step(doing)
    elif request.action in MOVES:
        _do_move(doing)
    else:
        raise refuse("not_found", f"there is no action {request.action}")
    _apply_levels(doing)
    return _keep_answer(doing)


def _apply_levels(doing: Act) -> None:
    """Let the city's level rules follow from what the act has made of the case."""
    case = doing.find_case()
    if case is not None:
        thaw_what_is_grave(case)
        apply_standing(case)


def _do_desk_step(doing: Act) -> None:
    if doing.request.action == "report":
        plain = {name: value for name, value in doing.data.items() if name not in NESTED}
        _check(REPORT_FORM, plain)
        doing.data = plain
    DESK_STEPS[doing.request.action](doing)


def _do_move(doing: Act) -> None:
    case, named = find_target(doing)
    situation = situate_case(case, doing.scope)
    move, order = judge_move(doing, situation, named)
    _name_role(doing, situation.authority.role_name())
    _check(move.schema(situation, order), doing.data)
    doing.bring(case, order, situation)
    if move.bumps:
        case.incident.version += 1
    stages = move.chain(situation, order) if move.chain is not None else ()
    if stages:
        latest_at = move.before_asking(doing) if move.before_asking is not None else None
        ask(doing, stages, latest_at)
    else:
        move.step(doing)
        doing.keep_voice()
    if doing.granted is not None:
        _carry_out_granted(doing, doing.granted)
    lapse(case, doing.actor, lambda request: _stands(situation, case, request))
    if move.bumps and order is not None:
        order.changed_version = case.incident.version


def _carry_out_granted(doing: Act, granted: Approval) -> None:
    """Do what was asked for, now that everybody who must has agreed."""
    order = doing.case.find_order(granted.order) if granted.order is not None else None
    doing.follow(granted, order)
    MOVES[granted.action].step(doing)
    if order is not None:
        order.changed_version = doing.case.incident.version


def _stands(situation: Situation, case: CaseFile, request: Approval) -> bool:
    """Return whether what was asked for could still be done."""
    order = case.find_order(request.order) if request.order is not None else None
    return MOVES[request.action].stands(situation, order)


def _check(form: forms.Schema, data: Mapping[str, object]) -> None:
    faults = check_fields(form, data)
    if faults:
        raise invalid(**faults)


def _name_role(doing: Act, role: str) -> None:
    doing.actor = Actor(doing.actor.kind, doing.actor.name, {**doing.actor.data, "actor_role": role})


def _first_role(scope: Scope) -> str:
    return str(scope.grants[0].role) if scope.grants else ""


def _keep_answer(doing: Act) -> ActionAnswer:
    """Store the answer under the request's key, in the same transaction as its effect."""
    case = doing.find_case()
    number = case.number if case is not None else None
    answer = ActionAnswer(incident=number, entry=doing.ledger.head.number, result=doing.result)
    stored = (
        ActionAnswer(incident=number, entry=answer.entry) if doing.request.action in SECRET_RESULTS else answer
    )
    doing.ledger.session.add(
        DoneRequest(
            account=doing.account.id,
            key=doing.request.key,
            at=doing.ledger.now,
            body_digest=doing.request.body_digest,
            answer=msgspec.to_builtins(stored),
            incident=number,
            version_after=case.incident.version if case is not None else None,
        )
    )
    return answer
