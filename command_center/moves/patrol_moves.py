"""The rows of patrols, and of lead departments who look over cases (巡网督网): visit, advise.

``table.py`` gathers them. Of the other rows only ``PATROL_MOVES`` (``move.py``) hold for a patrol.
"""

from __future__ import annotations

from command_center.moves import move_forms as forms
from command_center.moves.case_states import OPEN, UNENDED, states
from command_center.moves.move import Guard, Move, all_of, at_level, own_order
from command_center.moves.situation import Situation
from command_center.orders.order_tables import Order
from command_center.people.roles import Role
from command_center.tasks import advice_step, visit_step


def _is_no_party(situation: Situation, _: Order | None) -> bool:
    own = {grant.department for grant in situation.scope.grants if grant.department}
    return own.isdisjoint(situation.audience.parties)


not_their_own = Guard(_is_no_party)
"""Who looks over a case never judges one that their own department holds or carries out."""

ROWS = (
    Move(
        action="visit",
        zh="巡查打卡",
        en="visited",
        step=visit_step.visit,
        states=OPEN,
        may=own_order,
        order_kinds=states("patrol"),
        order_states=UNENDED,
        form=visit_step.visit_form,
    ),
    Move(
        action="advise",
        zh="提出督查意见",
        en="advise",
        step=advice_step.advise,
        states=OPEN,
        may=all_of(at_level(Role.LEAD_SUPERVISOR), not_their_own),
        form=forms.form(("text",), text=forms.text("督查意见", "advice")),
        bumps=False,
    ),
)
