"""Rows of the table of moves about time: extend, suspend, resume, appeal; and the decisions that they need.

``table.py`` gathers them.
"""

from __future__ import annotations

from command_center.moves import approvals, extra_time_steps, time_forms
from command_center.moves import move_forms as forms
from command_center.moves.authority import ACCEPTORS, CARRIERS
from command_center.moves.case_states import EVER, EVERY_STAGE, OPEN, UNENDED, acceptor, states
from command_center.moves.conditions import (
    appeal_in_time,
    before_deadline,
    extensions_left,
    lead_only,
    missed_a_limit,
    not_appealed,
    not_asked_yet,
    request_waits,
    suspensions_left,
)
from command_center.moves.move import SAME, Guard, Move, any_of, lead_holder, own_order, rules

decider = Guard(lambda situation, _: bool(approvals.list_decidable(situation)), ACCEPTORS | CARRIERS)
"""Who must agree next to one of the requests that wait."""

ROWS = (
    Move(
        action="extend",
        zh="申请延期",
        en="ask for an extension",
        step=extra_time_steps.extend,
        states=states("handling"),
        may=own_order,
        when=rules(lead_only, before_deadline, extensions_left, not_asked_yet("extend")),
        order_kinds=states("dispose"),
        order_states=UNENDED,
        form=forms.WITH_REASON,
        chain=approvals.extension_chain,
    ),
    Move(
        action="suspend",
        zh="申请挂账",
        en="ask to suspend",
        step=extra_time_steps.suspend,
        states=states("handling"),
        may=own_order,
        when=rules(lead_only, suspensions_left, not_asked_yet("suspend")),
        before_asking=extra_time_steps.check_until,
        order_kinds=states("dispose"),
        order_states=UNENDED,
        form=time_forms.SUSPEND,
        chain=approvals.suspension_chain,
        to=states("suspended"),
        pauses=states("dispose"),
    ),
    Move(
        action="resume",
        zh="恢复办理",
        en="resume",
        step=extra_time_steps.resume_by_hand,
        states=states("suspended"),
        may=any_of(acceptor, lead_holder),
        form=forms.NOTED,
        to=states("handling"),
        resumes=states("dispose"),
    ),
    Move(
        action="appeal",
        zh="超时申诉",
        en="appeal against a missed limit",
        step=extra_time_steps.exempt,
        states=states("disposed", "checking", "closed"),
        may=lead_holder,
        when=rules(missed_a_limit, not_appealed, appeal_in_time),
        form=forms.WITH_REASON,
        before_asking=extra_time_steps.keep_appeal,
        chain=approvals.appeal_chain,
    ),
    Move(
        action="approve",
        zh="同意",
        en="agree",
        step=extra_time_steps.approve,
        states=EVER,
        may=decider,
        when=rules(request_waits),
        form=time_forms.approve_form,
        to=states("suspended", "closed", "void", SAME),
        stops=EVERY_STAGE,
        pauses=states("dispose"),
    ),
    Move(
        action="decline",
        zh="不同意",
        en="decline",
        step=extra_time_steps.decline,
        states=OPEN | states("closed"),
        may=decider,
        when=rules(request_waits),
        form=time_forms.decline_form,
    ),
)
