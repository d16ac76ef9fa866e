"""Rows of the table of moves about what rings at a seat: acknowledge it, shelve it for a while, take it back.

An alarm is a case that needs a person (``is_alarm``); the rest is the stream. ``table.py`` gathers the rows.
"""

from __future__ import annotations

from command_center.moves import alarm_steps
from command_center.moves import move_forms as forms
from command_center.moves.case_states import OPEN
from command_center.moves.move import Condition, Guard, Move, rules
from command_center.moves.situation import Situation
from command_center.orders.order_tables import Order
from command_center.people.roles import Role

DAILY = 5
MINUTES = {
    15: {"zh": "15 分钟", "en": "15 minutes"},
    30: {"zh": "30 分钟", "en": "30 minutes"},
    60: {"zh": "1 小时", "en": "1 hour"},
    120: {"zh": "2 小时", "en": "2 hours"},
    240: {"zh": "4 小时", "en": "4 hours"},
    480: {"zh": "8 小时", "en": "8 hours"},
}
"""For how long an alarm may be shelved: a shift at most (ISA-18.2 wants an end)."""
SEATED = frozenset(
    {Role.DISTRICT_OPERATOR, Role.TOWN_OPERATOR, Role.COMMUNITY_OPERATOR, Role.SHIFT_LEADER, Role.DUTY_LEADER}
)


def is_alarm(situation: Situation, _: Order | None) -> bool:
    """Return whether the case calls a person: 特急, an emergency by grade (also a proposed one), or sensitive."""
    incident = situation.incident
    grade = min(incident.severity, incident.severity_proposed or DAILY)
    return incident.urgency == "emergency" or grade < DAILY or incident.sensitive


def is_shelved(situation: Situation, _: Order | None) -> bool:
    return alarm_steps.shelved_until(situation.incident, situation.now) is not None


needs_a_person = Condition("needs_a_person", "不是告警事项", "it is no alarm", is_alarm)
unacknowledged = Condition(
    "unacknowledged",
    "告警已确认",
    "the alarm has been acknowledged",
    lambda s, _: not (s.incident.alarm or {}).get("acknowledged_at"),
)
on_the_shelf = Condition("on_the_shelf", "告警未搁置", "the alarm is not shelved", is_shelved)
not_on_the_shelf = Condition(
    "not_on_the_shelf", "告警已搁置", "the alarm is shelved already", lambda s, o: not is_shelved(s, o)
)
at_a_seat = Guard(lambda s, _: s.scope.has_role(SEATED) and s.scope.sees(s.audience), SEATED)

ROWS = (
    Move(
        action="acknowledge",
        zh="确认告警",
        en="acknowledge the alarm",
        step=alarm_steps.acknowledge,
        states=OPEN,
        may=at_a_seat,
        when=rules(needs_a_person, unacknowledged),
        bumps=False,
    ),
    Move(
        action="shelve",
        zh="搁置告警",
        en="shelve the alarm",
        step=alarm_steps.shelve,
        states=OPEN,
        may=at_a_seat,
        when=rules(needs_a_person, not_on_the_shelf),
        form=forms.form(
            ("minutes", "reason"),
            minutes=forms.one_number("搁置时长", "for how long", MINUTES),
            reason=forms.REASON,
        ),
        bumps=False,
    ),
    Move(
        action="unshelve",
        zh="取消搁置",
        en="take the alarm off the shelf",
        step=alarm_steps.unshelve,
        states=OPEN,
        may=at_a_seat,
        when=rules(on_the_shelf),
        bumps=False,
    ),
)
