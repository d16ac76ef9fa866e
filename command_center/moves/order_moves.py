"""Rows of the table of moves about an order: received, read, signed, assigned, arrived, returned, done.

``table.py`` gathers them.
"""

from __future__ import annotations

from command_center.moves import move_forms as forms
from command_center.moves import order_steps
from command_center.moves.case_states import ANY_KIND, EVER, OPEN, UNENDED, UNSIGNED, states
from command_center.moves.conditions import has_come, lead_not_suspended, own_part, return_in_time, unassigned
from command_center.moves.move import Move, on_phone, own_order, own_order_of, rules
from command_center.people.roles import Role

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
    ),
    Move(
        action="assign",
        zh="指派",
        en="assign",
        step=order_steps.assign,
        states=OPEN,
        form=forms.ASSIGN,
        may=own_order_of({Role.LIAISON, Role.TOWN_OPERATOR, Role.COMMUNITY_OPERATOR}),
        order_kinds=ANY_KIND,
        order_states=UNENDED,
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
    ),
    Move(
        action="return",
        zh="退回",
        en="return",
        step=order_steps.return_order,
        states=states("dispatched", "handling"),
        may=own_order,
        when=rules(own_part, has_come, return_in_time, unassigned),
        order_kinds=states("dispose", "attend"),
        order_states=UNENDED,
        form=forms.WITH_REASON,
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
        form=forms.WITH_REASON,
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
    ),
)
