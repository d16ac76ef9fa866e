"""Rows of the table of moves about the end of a case: check, close.

``table.py`` gathers them.
"""

from __future__ import annotations

from command_center.moves import closing_steps
from command_center.moves import move_forms as forms
from command_center.moves.case_states import EVERY_STAGE, UNENDED, acceptor, states
from command_center.moves.conditions import checked, not_returned, not_the_handler, replied
from command_center.moves.move import Move, own_order, rules
from command_center.moves.plain_conditions import not_checked

ROWS = (
    Move(
        action="send_check",
        zh="下发核查",
        en="send to check",
        step=closing_steps.send_check,
        states=states("disposed"),
        may=acceptor,
        when=not_checked,
        form=forms.SEND_TO_WORKER,
        to=states("checking"),
        starts=states("check"),
    ),
    Move(
        action="check",
        zh="核查",
        en="check",
        step=closing_steps.check,
        states=states("checking"),
        may=own_order,
        when=rules(not_the_handler),
        order_kinds=states("check"),
        order_states=UNENDED,
        form=forms.CHECK,
        to=states("disposed", "handling"),
        starts=states("sign", "dispose"),
        stops=states("check"),
    ),
    Move(
        action="close",
        zh="结案",
        en="close",
        step=closing_steps.close,
        states=states("disposed"),
        may=acceptor,
        when=rules(checked, replied, not_returned),
        form=forms.CLOSE,
        is_irreversible=True,
        to=states("closed"),
        stops=EVERY_STAGE,
    ),
)
