"""Rows of the table of moves about a case in the wrong hands: return, arbitrate, correct, hand back.

``table.py`` gathers them. Who holds a returned case may correct it or hand it back, no more.
"""

from __future__ import annotations

from command_center.moves import return_forms as forms
from command_center.moves import return_steps, rule_step
from command_center.moves.case_states import UNENDED, WORKING, acceptor, states
from command_center.moves.conditions import (
    arbitration_not_asked,
    has_come,
    lead_only,
    no_arbitration_due,
    own_part,
    past_return,
    return_in_time,
    routed_by_a_rule,
    unassigned,
)
from command_center.moves.move import SAME, Guard, Move, above, own_order, rules
from command_center.moves.plain_conditions import arbitration_due
from command_center.people.roles import Role

top_leader = Guard(lambda s, _: s.authority.acts_at_top({Role.DUTY_LEADER}), frozenset({Role.DUTY_LEADER}))
"""The district's duty leader: the routing table is the whole district's."""

ROWS = (
    Move(
        action="return",
        zh="退回",
        en="return",
        step=return_steps.return_order,
        states=states("dispatched", "handling"),
        may=own_order,
        when=rules(own_part, has_come, return_in_time, unassigned),
        order_kinds=states("dispose", "attend"),
        order_states=UNENDED,
        form=forms.return_form,
        to=states("filed", "disposed", SAME),  # a sub-task that is returned leaves the case with its lead
        starts=states("dispatch"),
        stops=states("sign", "arrive", "dispose"),
    ),
    Move(
        action="request_arbitration",
        zh="申请裁定",
        en="ask for arbitration",
        step=return_steps.request_arbitration,
        states=states("handling"),
        may=own_order,
        when=rules(lead_only, past_return, arbitration_not_asked),
        order_kinds=states("dispose", "attend"),
        order_states=UNENDED,
        form=forms.return_form,
    ),
    Move(
        action="arbitrate",
        zh="裁定主办",
        en="arbitrate",
        step=return_steps.arbitrate,
        states=WORKING,
        may=above(Role.DUTY_LEADER),
        when=arbitration_due,
        form=forms.arbitrate_form,
        to=states("dispatched", "handling"),
        starts=states("sign", "arrive", "dispose"),
        stops=states("dispatch", "sign", "arrive", "dispose"),
    ),
    Move(
        action="correct",
        zh="更正",
        en="correct",
        step=return_steps.correct,
        states=states("reported", "filed"),
        may=acceptor,
        form=forms.correct_form,
        to=states("reported", "filed"),
        starts=states("accept", "dispatch"),
        stops=states("accept", "dispatch"),
    ),
    Move(
        action="hand_back",
        zh="退回受理",
        en="hand back to be accepted anew",
        step=return_steps.hand_back,
        states=states("filed"),
        may=acceptor,
        when=rules(no_arbitration_due),
        form=forms.return_form,
        to=states("reported"),
        starts=states("accept"),
        stops=states("dispatch"),
    ),
    Move(
        action="correct_rule",
        zh="更正派遣规则",
        en="correct the routing rule",
        step=rule_step.correct_rule,
        states=WORKING | states("disposed", "checking", "closed"),
        may=top_leader,
        when=rules(routed_by_a_rule),
        form=forms.correct_rule_form,
        bumps=False,
    ),
)
