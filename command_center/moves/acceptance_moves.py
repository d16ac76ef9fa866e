"""Rows of the table of moves about taking a case in: accept, verify, file, reject, answer, settle.

``table.py`` gathers them.
"""

from __future__ import annotations

from command_center.moves import acceptance_steps
from command_center.moves import move_forms as forms
from command_center.moves.case_forms import file_form, reject_form
from command_center.moves.case_states import EVERY_STAGE, UNENDED, UNFILED, acceptor, states
from command_center.moves.conditions import let_settle, no_emergency, not_returned, replied, upstream_answered
from command_center.moves.move import Move, all_of, any_of, at_level, is_own_report, own_order, rules
from command_center.moves.plain_conditions import not_accepted
from command_center.people.roles import Role

ROWS = (
    Move(
        action="accept",
        zh="受理",
        en="accept",
        step=acceptance_steps.accept,
        states=states("reported"),
        may=acceptor,
        when=not_accepted,
        form=forms.NOTED,
        stops=states("accept"),
    ),
    Move(
        action="send_verify",
        zh="下发核实",
        en="send to verify",
        step=acceptance_steps.send_verify,
        states=states("reported"),
        may=acceptor,
        form=forms.SEND_TO_WORKER,
        to=states("verifying"),
        starts=states("verify"),
        stops=states("accept"),
    ),
    Move(
        action="verify",
        zh="核实",
        en="verify",
        step=acceptance_steps.verify,
        states=states("verifying"),
        may=own_order,
        order_kinds=states("verify"),
        order_states=UNENDED,
        form=forms.VERIFY,
        to=states("reported"),
        starts=states("accept"),
        stops=states("verify"),
    ),
    Move(
        action="file",
        zh="立案",
        en="file",
        step=acceptance_steps.file,
        states=UNFILED,
        may=acceptor,
        form=file_form,
        to=states("filed"),
        starts=states("dispatch", "total"),
        stops=states("accept", "verify"),
    ),
    Move(
        action="reject",
        zh="不予受理",
        en="reject",
        step=acceptance_steps.reject,
        states=UNFILED,
        may=acceptor,
        when=rules(upstream_answered),
        form=reject_form,
        is_irreversible=True,
        to=states("rejected"),
        stops=EVERY_STAGE,
    ),
    Move(
        action="answer",
        zh="直接答复",
        en="answer",
        step=acceptance_steps.answer,
        states=states("reported"),
        may=acceptor,
        when=rules(not_returned),
        form=forms.REPLY,
        is_irreversible=True,
        to=states("closed"),
        stops=EVERY_STAGE,
    ),
    Move(
        action="self_close",
        zh="自行处置",
        en="settle on the spot",
        step=acceptance_steps.self_close,
        states=UNFILED | states("filed"),
        may=any_of(at_level(Role.COMMUNITY_OPERATOR), all_of(is_own_report, at_level(Role.GRID_WORKER))),
        when=rules(no_emergency, let_settle, replied, not_returned),
        form=forms.SELF_CLOSE,
        is_irreversible=True,
        to=states("closed"),
        stops=EVERY_STAGE,
    ),
)
