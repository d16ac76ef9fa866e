"""Small conditions of the table of moves, each with the words that a refusal tells; beside ``conditions.py``.

They say what a case must still lack, or must have, for a move to mean anything. Pure.
"""

from __future__ import annotations

from command_center.moves.case_forms import list_masked
from command_center.moves.move import Condition, Judge
from command_center.orders.sub_tasks import awaits_respond


def _condition(rule: str, zh: str, en: str, holds: Judge) -> Condition:
    return Condition(rule, zh, en, holds)


not_accepted = _condition(
    "accepted_already", "已受理", "it is accepted already", lambda s, _: s.incident.accepted_at is None
)
whistled_for = _condition(
    "not_whistled",
    "未被吹哨，或已报到",
    "nobody whistled for it, or it has come",
    lambda _, order: awaits_respond(order),
)
reply_owed = _condition("no_reply_owed", "无人等待答复", "nobody waits for a reply", lambda s, _: s.owes_reply())
upstream_waits = _condition(
    "no_upstream", "上级平台未等待答复", "no platform above waits for an answer", lambda s, _: s.owes_upstream()
)
call_owed = _condition(
    "no_call_owed",
    "没有待回访的对象",
    "no caller waits for a call-back",
    lambda s, _: any(reporter.callback_due_at is not None for reporter in s.reporters),
)
not_checked = _condition(
    "checked_already", "核查已通过", "the check is passed already", lambda s, _: not s.incident.checked_passed
)
no_consultation = _condition(
    "consultation_open", "会商正在进行", "a consultation is under way", lambda s, _: s.incident.guests is None
)
under_consultation = _condition(
    "no_consultation",
    "没有进行中的会商",
    "no consultation is under way",
    lambda s, _: s.incident.guests is not None,
)
below_the_top = _condition(
    "top_already",
    "已在区级",
    "the district holds it: there is no level above",
    lambda s, _: s.incident.level != "district",
)
above_community = _condition(
    "lowest_already",
    "已在村（社区）",
    "nothing is sent below the community",
    lambda s, _: s.incident.level in ("district", "town"),
)
urgent_below_the_top = _condition(
    "not_to_be_taken_over",
    "只有下级未签收的特急事项可以接管",
    "only an emergency that a level below holds and nobody has signed is taken over",
    lambda s, _: s.incident.urgency == "emergency" and s.incident.level != "district",
)
not_supervised = _condition(
    "supervised_already",
    "已在督办中",
    "it is under supervision already",
    lambda s, _: not s.incident.supervised_by,
)
has_masked = _condition(
    "nothing_masked", "没有隐藏信息", "no caller left anything that is masked", lambda s, _: bool(list_masked(s))
)
owner_not_sought = _condition(
    "unowned_already",
    "已认定无责任主体",
    "it is found to be nobody's already",
    lambda s, _: not s.incident.unowned,
)
is_assigned = _condition(
    "nobody_assigned",
    "尚未指派人员",
    "nobody is assigned",
    lambda _, order: order is not None and order.worker is not None,
)
arbitration_due = _condition(
    "no_arbitration_due", "无须裁定", "nothing is to be arbitrated", lambda s, _: s.incident.needs_arbitration
)
