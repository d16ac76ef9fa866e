"""Rows of the table of moves that end a case out of course or look again: void, force_close, rework, audit.

``table.py`` gathers them. The course's own end stands in ``closing_moves.py``.
"""

from __future__ import annotations

from command_center.moves import approvals, ending_steps
from command_center.moves import move_forms as forms
from command_center.moves.authority import OPERATORS
from command_center.moves.case_states import EVERY_STAGE, OPEN, WORKING, acceptor, states
from command_center.moves.conditions import not_asked_yet, to_be_audited, upstream_answered
from command_center.moves.move import SAME, Move, above, at_level, rules
from command_center.people.roles import Role

ROWS = (
    Move(
        action="void",
        zh="作废",
        en="void",
        step=ending_steps.void,
        states=states("reported", "verifying", "suspended", "disposed", "checking") | WORKING,
        may=acceptor,
        when=rules(not_asked_yet("void"), upstream_answered),
        form=forms.WITH_REASON,
        is_irreversible=True,
        chain=approvals.void_chain,
        to=states("void"),
        stops=EVERY_STAGE,
    ),
    Move(
        action="force_close",
        zh="强制结案",
        en="close by force",
        step=ending_steps.force_close,
        states=OPEN,
        may=at_level(Role.DUTY_LEADER),
        when=rules(not_asked_yet("force_close"), upstream_answered),
        form=forms.WITH_REASON,
        is_irreversible=True,
        chain=approvals.leader_chain,
        to=states("closed"),
        stops=EVERY_STAGE,
    ),
    Move(
        action="rework",
        zh="返工",
        en="send back to work",
        step=ending_steps.rework_by_hand,
        states=states("disposed"),
        may=acceptor,
        form=forms.WITH_REASON,
        to=states("handling"),
        starts=states("sign", "dispose"),
    ),
    Move(
        action="audit",
        zh="抽查",
        en="audit",
        step=ending_steps.audit,
        states=states("closed"),
        may=above(*OPERATORS),
        when=rules(to_be_audited),
        form=forms.AUDIT,
        to=states("filed", SAME),
        starts=states("dispatch", "total"),
    ),
)
