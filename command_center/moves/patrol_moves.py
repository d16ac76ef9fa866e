"""The rows of patrols, and of lead departments who look over cases (巡网督网): visit, advise.

``table.py`` gathers them. Of the other rows only ``PATROL_MOVES`` (``move.py``) hold for a patrol.
"""

from __future__ import annotations

from command_center.moves import move_forms as forms
from command_center.moves.case_states import OPEN, UNENDED, not_their_own, states
from command_center.moves.move import Move, all_of, at_level, own_order
from command_center.people.roles import Role
from command_center.tasks import advice_step, visit_step

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
        to=states("closed"),
        stops=states("patrol"),
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
