"""The conditions of the table of moves: each a rule about the case, with the words that a refusal tells. Pure.

The rows of ``*_moves.py`` name them in ``when``; ``act_checks.py`` tells whoever breaks one.
"""

from __future__ import annotations

from datetime import timedelta

from command_center.clocks.working_time import WORKING, time_between_s
from command_center.levels.level_facts import facts_of
from command_center.levels.level_rules import may_by_rule
from command_center.moves.move import Condition
from command_center.moves.situation import Situation
from command_center.orders.order_tables import Order
from command_center.orders.sub_tasks import awaits_respond, is_sub_task


def is_return_in_time(situation: Situation, order: Order | None) -> bool:
    """Return whether the order is not signed yet, or not longer than the city's hours."""
    if order is None or order.signed_at is None:
        return True
    used_s = time_between_s(order.signed_at, situation.now, WORKING, situation.working)
    return used_s <= return_limit_s(situation)


def return_limit_s(situation: Situation) -> float:
    """Return for how many working seconds after signing an order may be returned."""
    return float(situation.limits.get("return_work_hours", 4.0)) * 3600


def _is_lead(_: Situation, order: Order | None) -> bool:
    return order is not None and order.is_lead


def _is_unassigned(situation: Situation, order: Order | None) -> bool:
    """Return whether nobody of the post has the order, or the returner is the one who has it."""
    return order is None or order.worker in (None, situation.scope.worker)


def _may_close(situation: Situation, _: Order | None) -> bool:
    return situation.incident.checked_passed or situation.incident.exempt_from_check


own_part = Condition(
    "part_of_the_work",
    "只有主办或协办任务可以退回",
    "only the lead order or an assistant's sub-task is returned",
    lambda _, order: order is not None and (order.is_lead or is_sub_task(order)),
)

has_come = Condition(
    "respond_first",
    "被吹哨部门须先报到",
    "a department that was whistled for responds first: it neither signs nor declines before it has come",
    lambda _, order: not awaits_respond(order),
)

upstream_answered = Condition(
    "answer_upstream_first",
    "上级平台交办的案件须先答复",
    "the platform above waits for the answer to its case: answer it first (reply_upstream)",
    lambda situation, _: not situation.owes_upstream(),
)

lead_only = Condition("lead_only", "只有主办任务可以这样做", "only the lead order may do that", _is_lead)

return_in_time = Condition(
    "return_in_time",
    "签收后超过退回时限，只能申请裁定",
    "after signing it is returned within the city's hours only; later ask for arbitration (request_arbitration)",
    is_return_in_time,
)

unassigned = Condition(
    "assignment_first",
    "已指派人员，须先撤销指派再退回",
    "it is assigned to somebody: revoke the assignment first",
    _is_unassigned,
)

checked = Condition(
    "check_first",
    "须先核查通过才能结案",
    "a check must be passed before it is closed",
    _may_close,
)

replied = Condition(
    "reply_first",
    "群众或上级平台的来件须先答复再办结",
    "a citizen or the platform above waits for an answer: reply first",
    lambda situation, _: not situation.owes_reply(),
)

no_emergency = Condition(
    "no_emergency",
    "突发事件不得自行处置办结",
    "an emergency (severity 1 to 4) is never settled on the spot",
    lambda situation, _: situation.incident.severity >= 5,
)

not_the_handler = Condition(
    "not_the_handler",
    "处置人员不得核查本人处置的案件",
    "whoever handled the case does not check it",
    lambda situation, _: not situation.is_handler(),
)


def _is_before_deadline(situation: Situation, order: Order | None) -> bool:
    clock = situation.find_clock("dispose", order)
    return clock is not None and situation.now < clock.due_at


before_deadline = Condition(
    "before_deadline",
    "须在时限届满前提出延期",
    "an extension is asked for before the deadline, not after it",
    _is_before_deadline,
)

extensions_left = Condition(
    "extensions_used_up",
    "延期次数已用完",
    "no extension is left: the city grants two at most",
    lambda situation, order: order is not None and order.extensions < situation.lifecycle.extension.times,
)

suspensions_left = Condition(
    "suspended_once",
    "每案只能挂账一次",
    "a case is suspended once only",
    lambda situation, _: situation.incident.suspensions < situation.lifecycle.suspension.times,
)


def not_asked_yet(action: str) -> Condition:
    """Return the rule that one request of a kind waits at a time."""
    return Condition(
        "request_pending",
        "已有申请待审批",
        "such a request waits for approval already",
        lambda situation, order: not situation.awaits(action, order),
    )


request_waits = Condition(
    "no_request",
    "没有待审批的申请",
    "no request waits for approval",
    lambda situation, _: bool(situation.approvals),
)

missed_a_limit = Condition(
    "no_limit_missed",
    "本案没有超时",
    "no limit of this case was missed",
    lambda situation, _: any(clock.missed for clock in situation.clocks),
)

not_appealed = Condition(
    "appealed_once",
    "每案只能申诉一次",
    "a case is appealed once only",
    lambda situation, _: situation.incident.appealed_at is None,
)


def _is_appeal_in_time(situation: Situation, _: Order | None) -> bool:
    closed_at = situation.incident.closed_at
    days = situation.lifecycle.appeal.days
    return closed_at is None or situation.now <= closed_at + timedelta(days=days)


appeal_in_time = Condition("appeal_in_time", "已过申诉期限", "the time to appeal is over", _is_appeal_in_time)

not_returned = Condition(
    "correct_or_hand_back",
    "退回的案件只能更正或退回，不得直接办结",
    "a returned case may only be corrected or handed back; it is not pushed on to closing",
    lambda situation, _: situation.incident.returned is None,
)

corrected = Condition(
    "correct_first",
    "退回的案件须先更正（或退回受理），再派遣",
    "a returned case is corrected (its facts, or who is to have it) or handed back before it is dispatched anew",
    lambda situation, _: situation.incident.returned is None or bool(situation.incident.returned["corrected"]),
)

to_be_audited = Condition(
    "not_sampled",
    "本案未列入抽查",
    "the case is not among those to be audited",
    lambda situation, _: situation.incident.audit == "due",
)

lead_not_suspended = Condition(
    "suspended",
    "案件挂账中，须先恢复",
    "the case is suspended: resume it first",
    lambda situation, order: not (order is not None and order.is_lead and situation.incident.state == "suspended"),
)


def _is_let_settle(situation: Situation, _: Order | None) -> bool:
    facts = facts_of(situation.incident, situation.city, set())
    return may_by_rule(situation.level_rules, facts, "self_close")


let_settle = Condition(
    "let_settle",
    "按分级规则，此类事项不能自行处置办结",
    "the city's level rules (U1) do not let such a matter be settled on the spot",
    _is_let_settle,
)

past_return = Condition(
    "return_first",
    "仍在退回时限内，可直接退回",
    "it may still be returned: return it",
    lambda situation, order: not is_return_in_time(situation, order),
)

arbitration_not_asked = Condition(
    "arbitration_pending",
    "已在等待裁定",
    "it waits for arbitration already",
    lambda situation, _: not situation.incident.needs_arbitration,
)

no_arbitration_due = Condition(
    "arbitrate_first",
    "须先由上级带班领导裁定主办单位",
    "the duty leader above must name its lead first",
    lambda situation, _: not situation.incident.needs_arbitration,
)

routed_by_a_rule = Condition(
    "no_rule",
    "本案不是按派遣规则派出的",
    "no routing rule sent it there",
    lambda situation, _: situation.incident.routed_rule is not None and bool(situation.incident.category),
)
