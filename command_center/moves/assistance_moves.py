"""Rows of the table of moves about further hands: assist, call off, whistle, respond, share with a domain.

``table.py`` gathers them.
"""

from __future__ import annotations

from command_center.moves import assistance_steps
from command_center.moves import joint_forms as forms
from command_center.moves.case_states import OPEN, UNENDED, UNSIGNED, WORKING, acceptor, operator, states
from command_center.moves.move import SAME, Guard, Move, any_of, lead_holder
from command_center.moves.move_forms import WITH_REASON
from command_center.moves.plain_conditions import whistled_for
from command_center.moves.situation import Situation
from command_center.orders.order_tables import Order
from command_center.orders.sub_tasks import is_sub_task
from command_center.people.roles import Role

TOWN_ROLES = frozenset({Role.TOWN_OPERATOR, Role.SHIFT_LEADER, Role.DUTY_LEADER})


def _is_assistants(_: Situation, order: Order | None) -> bool:
    return order is not None and is_sub_task(order)


town_desk = Guard(lambda situation, _: situation.authority.acts_for_town(TOWN_ROLES), TOWN_ROLES)
"""The town that holds the case; the district dispatches to departments and needs no whistle."""

is_of_department = Guard(
    lambda situation, order: order is not None and situation.authority.acts_for(order),
    frozenset({Role.LIAISON, Role.HANDLER}),
)

ROWS = (
    Move(
        action="assist",
        zh="协办",
        en="ask to assist",
        step=assistance_steps.assist,
        states=WORKING,
        may=any_of(acceptor, lead_holder),
        form=forms.ASSIST,
        starts=states("sign", "dispose"),
    ),
    Move(
        action="call_off",
        zh="撤销协办",
        en="call off the assistance",
        step=assistance_steps.call_off,
        states=WORKING,
        may=acceptor,
        when=_is_assistants,
        order_kinds=states("dispose"),
        order_states=UNENDED,
        form=WITH_REASON,
        to=states("disposed", SAME),
        stops=states("respond", "sign", "dispose"),
    ),
    Move(
        action="whistle",
        zh="吹哨",
        en="whistle",
        step=assistance_steps.whistle,
        states=WORKING,
        may=town_desk,
        form=forms.WHISTLE,
        starts=states("respond"),
    ),
    Move(
        action="respond",
        zh="报到",
        en="respond",
        step=assistance_steps.respond,
        states=OPEN,
        may=is_of_department,
        when=whistled_for,
        order_kinds=states("dispose"),
        order_states=UNSIGNED,
        form=forms.RESPOND,
        starts=states("dispose"),
        stops=states("respond"),
    ),
    Move(
        action="share_domains",
        zh="共享领域",
        en="share with domains",
        step=assistance_steps.share_domains,
        states=OPEN,
        may=operator,
        form=forms.SHARE_DOMAINS,
    ),
)
