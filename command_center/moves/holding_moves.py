"""Rows of the table of moves about who holds a case: dispatch, arbitrate, escalate, send down, take over.

``table.py`` gathers them.
"""

from __future__ import annotations

from command_center.moves import holding_steps
from command_center.moves import move_forms as forms
from command_center.moves.authority import OPERATORS
from command_center.moves.case_forms import dispatch_form
from command_center.moves.case_states import UNFILED, acceptor, operator, states
from command_center.moves.conditions import corrected, no_arbitration_due
from command_center.moves.move import SAME, Move, above, rules
from command_center.moves.plain_conditions import above_community, below_the_top, urgent_below_the_top

ROWS = (
    Move(
        action="dispatch",
        zh="派遣",
        en="dispatch",
        step=holding_steps.dispatch,
        states=states("filed"),
        may=acceptor,
        when=rules(no_arbitration_due, corrected),
        form=dispatch_form,
        to=states("dispatched"),
        starts=states("sign", "arrive", "dispose"),
        stops=states("accept", "dispatch"),
    ),
    Move(
        action="escalate",
        zh="升级上报",
        en="escalate",
        step=holding_steps.escalate,
        states=UNFILED | states("filed"),
        may=acceptor,
        when=below_the_top,
        form=forms.WITH_REASON,
        to=states(SAME, "reported"),
        starts=states("accept", "dispatch"),
        stops=states("accept", "verify", "dispatch"),
    ),
    Move(
        action="send_down",
        zh="下派",
        en="send down",
        step=holding_steps.send_down,
        states=UNFILED | states("filed"),
        may=operator,
        when=above_community,
        form=forms.SEND_DOWN,
        to=states(SAME, "reported"),
        starts=states("accept", "dispatch"),
        stops=states("accept", "verify", "dispatch"),
    ),
    Move(
        action="take_over",
        zh="接管",
        en="take over",
        step=holding_steps.take_over,
        states=states("dispatched"),
        may=above(*OPERATORS),
        when=urgent_below_the_top,
        form=forms.WITH_REASON,
        to=states("filed"),
        starts=states("dispatch"),
        stops=states("sign", "arrive", "dispose", "respond"),
    ),
)
