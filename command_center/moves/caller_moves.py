"""Rows of the table of moves about who reported: reply, answer the platform above, call back, reopen.

``table.py`` gathers them.
"""

from __future__ import annotations

from command_center.moves import caller_steps
from command_center.moves import joint_forms as forms
from command_center.moves.case_states import OPEN, acceptor, states
from command_center.moves.move import SAME, Move
from command_center.moves.move_forms import REPLY, WITH_REASON
from command_center.moves.situation import Situation
from command_center.orders.order_tables import Order


def _owes_call(situation: Situation, _: Order | None) -> bool:
    return any(reporter.callback_due_at is not None for reporter in situation.reporters)


ROWS = (
    Move(
        action="reply",
        zh="答复",
        en="reply",
        step=caller_steps.reply,
        states=OPEN | states("closed"),
        may=acceptor,
        when=lambda s, _: s.owes_reply(),
        form=REPLY,
        stops=states("upstream"),
    ),
    Move(
        action="reply_upstream",
        zh="答复上级平台",
        en="answer the platform above",
        step=caller_steps.reply_upstream,
        states=OPEN | states("closed", "merged"),
        may=acceptor,
        when=lambda s, _: s.owes_upstream(),
        form=REPLY,
        stops=states("upstream"),
    ),
    Move(
        action="revisit",
        zh="回访",
        en="call back",
        step=caller_steps.revisit,
        states=states("closed"),
        may=acceptor,
        form=forms.revisit_form,
        when=_owes_call,
        to=states("filed", SAME),
        starts=states("dispatch", "total"),
    ),
    Move(
        action="unreachable",
        zh="回访未接通",
        en="caller not reached",
        step=caller_steps.unreachable,
        states=states("closed"),
        may=acceptor,
        form=forms.unreachable_form,
        when=_owes_call,
    ),
    Move(
        action="reopen",
        zh="重启",
        en="reopen",
        step=caller_steps.reopen,
        states=states("closed"),
        may=acceptor,
        form=WITH_REASON,
        to=states("filed"),
        starts=states("dispatch", "total"),
    ),
)
