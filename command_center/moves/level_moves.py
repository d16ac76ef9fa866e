"""Rows of the table of moves about levels: supervision answered and lifted, reports upward, hand up, no owner.

``table.py`` gathers them.
"""

from __future__ import annotations

from command_center.moves import level_forms as forms
from command_center.moves import level_steps
from command_center.moves.authority import LEADERS, OPERATORS
from command_center.moves.case_states import EVER, EVERY_STAGE, OPEN, WORKING, acceptor, leader_above, states
from command_center.moves.move import SAME, Condition, Guard, Move, any_of, at_level
from command_center.moves.move_forms import WITH_REASON
from command_center.moves.plain_conditions import owner_not_sought
from command_center.moves.situation import Situation
from command_center.orders.order_tables import Order
from command_center.people.roles import Role


def _holds(situation: Situation, _: Order | None) -> bool:
    """Return whether they act for the post that holds the case and answers for it."""
    incident = situation.incident
    own = [o for o in situation.orders if o.is_lead and o.holder_code == incident.holder_code]
    authority = situation.authority
    return any(authority.acts_for(order) for order in own[-1:]) or authority.keeps(incident.holder_code)


def _is_unanswered(situation: Situation, _: Order | None) -> bool:
    said = situation.incident.supervision or {}
    return situation.incident.supervised_by is not None and not said.get("answered_at")


def _reports(situation: Situation, _: Order | None) -> bool:
    duties = situation.incident.reports_up.values()
    return any(situation.authority.keeps(duty["from"]) for duty in duties if not duty.get("final_at"))


unanswered = Condition(
    "unanswered",
    "没有待答复的督办",
    "no supervision waits for an answer",
    _is_unanswered,
)
under_supervision = Condition(
    "under_supervision",
    "案件未被督办",
    "the case is not under supervision",
    lambda s, _: s.incident.supervised_by is not None,
)
to_be_reported = Condition(
    "to_be_reported",
    "没有待报送的信息，或终报已报",
    "nothing has to be reported upward, or the final report has been made",
    lambda s, _: any(not duty.get("final_at") for duty in s.incident.reports_up.values()),
)
at_district_and_not_above = Condition(
    "at_district_and_not_above",
    "须由区级承办，且尚未移交",
    "the district must hold it, and it must not have been handed up already",
    lambda s, _: s.incident.level == "district" and s.incident.handed_up is None,
)

holder = Guard(_holds)
"""Who acts for the holder of the case."""
reporter_up = Guard(_reports, OPERATORS)
"""Who sits at a desk that must report the case upward."""

ROWS = (
    Move(
        action="answer_supervision",
        zh="督办答复",
        en="answer the supervision",
        step=level_steps.answer_supervision,
        states=OPEN,
        may=holder,
        when=unanswered,
        form=forms.ANSWER,
    ),
    Move(
        action="lift_supervision",
        zh="解除督办",
        en="lift the supervision",
        step=level_steps.lift_supervision,
        states=OPEN,
        may=any_of(leader_above, at_level(Role.LEAD_SUPERVISOR)),
        when=under_supervision,
        form=forms.NOTED,
    ),
    Move(
        action="report_up",
        zh="信息报送",
        en="report upward",
        step=level_steps.report_up,
        states=EVER - states("merged", "void"),
        may=reporter_up,
        when=to_be_reported,
        form=forms.report_form,
        starts=states("report_next"),
        stops=states("report_phone", "report_first", "report_next"),
        bumps=False,
    ),
    Move(
        action="hand_up",
        zh="移交市平台",
        en="hand to the city platform",
        step=level_steps.hand_up,
        states=states("reported", "verifying", *WORKING),
        may=at_level(*LEADERS, Role.DISTRICT_OPERATOR),
        when=at_district_and_not_above,
        form=forms.HAND_UP,
        to=states("handling"),
        starts=states("sign", "dispose", "total", "upstream"),
        stops=EVERY_STAGE,
    ),
    Move(
        action="no_owner",
        zh="认定无责任主体",
        en="find nobody responsible",
        step=level_steps.no_owner,
        states=states("reported", "filed"),
        may=acceptor,
        when=owner_not_sought,
        form=WITH_REASON,
        starts=states("accept", "dispatch"),
        stops=states("accept", "dispatch"),
        to=states(SAME, "reported"),
    ),
)
