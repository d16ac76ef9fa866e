"""Rows of the table of moves about an order: received, read, signed, assigned, arrived, returned, done.

``table.py`` gathers them.
"""

from __future__ import annotations

from command_center.moves import feedback_steps, order_steps
from command_center.moves import move_forms as forms
from command_center.moves.case_states import ANY_KIND, EVER, OPEN, UNENDED, UNSIGNED, states
from command_center.moves.conditions import has_come, lead_not_suspended
from command_center.moves.move import SAME, Guard, Move, on_phone, own_order, own_order_of, rules
from command_center.moves.plain_conditions import is_assigned
from command_center.people.roles import Role

ASSIGNERS = frozenset({Role.LIAISON, Role.TOWN_OPERATOR, Role.COMMUNITY_OPERATOR})

ROWS = (
    Move(
        action="receive",
        zh="收到",
        en="received",
        step=order_steps.receive,
        states=EVER,
        may=on_phone,
        order_kinds=ANY_KIND,
        order_states=states("issued"),
        bumps=False,
    ),
    Move(
        action="read",
        zh="已读",
        en="read",
        step=order_steps.read,
        states=EVER,
        may=on_phone,
        order_kinds=ANY_KIND,
        order_states=states("issued", "received"),
        bumps=False,
    ),
    Move(
        action="sign",
        zh="签收",
        en="sign",
        step=order_steps.sign,
        states=OPEN,
        may=own_order,
        when=rules(has_come),
        order_kinds=ANY_KIND,
        order_states=UNSIGNED,
        to=states(SAME, "handling"),
        stops=states("sign"),
    ),
    Move(
        action="assign",
        zh="指派",
        en="assign",
        step=order_steps.assign,
        states=OPEN,
        form=forms.ASSIGN,
        may=own_order_of(ASSIGNERS),
        order_kinds=ANY_KIND,
        order_states=UNENDED,
    ),
    Move(
        action="revoke",
        zh="撤销指派",
        en="revoke the assignment",
        step=order_steps.revoke,
        states=OPEN,
        form=forms.NOTED_REASON,
        may=Guard(lambda s, o: o is not None and s.authority.heads(o), ASSIGNERS),
        when=is_assigned,
        order_kinds=ANY_KIND,
        order_states=UNENDED,
    ),
    Move(
        action="confirm",
        zh="确认反馈",
        en="confirm that it is done",
        step=feedback_steps.confirm,
        states=states("dispatched", "handling"),
        form=forms.NOTED,
        may=Guard(lambda s, o: o is not None and s.authority.heads(o), ASSIGNERS),
        order_kinds=states("dispose"),
        order_states=states("feedback"),
        to=states("disposed"),
        stops=states("sign", "arrive", "dispose"),
    ),
    Move(
        action="refuse_feedback",
        zh="不予确认",
        en="send back to the crew",
        step=feedback_steps.refuse_feedback,
        states=states("dispatched", "handling"),
        form=forms.WITH_REASON,
        may=Guard(lambda s, o: o is not None and s.authority.heads(o), ASSIGNERS),
        order_kinds=states("dispose"),
        order_states=states("feedback"),
    ),
    Move(
        action="arrive",
        zh="到场",
        en="arrive",
        step=order_steps.arrive,
        states=OPEN,
        may=own_order,
        order_kinds=ANY_KIND,
        order_states=states("signed"),
        form=forms.ARRIVE,
        stops=states("arrive"),
    ),
    Move(
        action="cannot_handle",
        zh="无法处置",
        en="cannot handle",
        step=order_steps.cannot_handle,
        states=OPEN,
        may=own_order,
        order_kinds=ANY_KIND,
        order_states=UNENDED,
        when=rules(has_come, lead_not_suspended),
        form=forms.CANNOT_HANDLE,
        to=states(SAME, "reported", "disposed", "filed"),
        starts=states("accept", "dispatch"),
        stops=states("verify", "sign", "arrive", "dispose", "check", "respond"),
    ),
    Move(
        action="dispose",
        zh="处置完成",
        en="done",
        step=order_steps.dispose,
        states=OPEN,
        may=own_order,
        order_kinds=states("dispose", "attend"),
        order_states=states("signed", "arrived"),
        when=rules(lead_not_suspended),
        form=forms.DISPOSE,
        to=states(SAME, "disposed", "handling"),
        stops=states("sign", "arrive", "dispose"),
    ),
)
