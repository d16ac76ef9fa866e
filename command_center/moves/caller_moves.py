"""Rows of the table of moves about who reported: reply, answer the platform above, call back, reopen.

``table.py`` gathers them.
"""

from __future__ import annotations

from command_center.moves import caller_steps
from command_center.moves import joint_forms as forms
from command_center.moves.case_states import OPEN, acceptor, states
from command_center.moves.move import SAME, Move
from command_center.moves.move_forms import REPLY, WITH_REASON
from command_center.moves.plain_conditions import call_owed, reply_owed, upstream_waits

ROWS = (
    Move(
        action="reply",
        zh="答复",
        en="reply",
        step=caller_steps.reply,
        states=OPEN | states("closed"),
        may=acceptor,
        when=reply_owed,
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
        when=upstream_waits,
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
        when=call_owed,
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
        when=call_owed,
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
