"""Rows of the table of moves about a consultation (会商): open it, give an opinion, decide.

``table.py`` gathers them.
"""

from __future__ import annotations

from command_center.consultations.guests import list_own_members
from command_center.moves import consultation_steps
from command_center.moves import joint_forms as forms
from command_center.moves.case_states import OPEN, states
from command_center.moves.move import SAME, Guard, Move, at_level
from command_center.moves.plain_conditions import no_consultation, under_consultation
from command_center.people.roles import Role

member = Guard(lambda situation, _: bool(list_own_members(situation.incident, situation.authority)))
"""Who speaks for a member of the consultation under way."""

ROWS = (
    Move(
        action="consult",
        zh="发起会商",
        en="open a consultation",
        step=consultation_steps.consult,
        states=OPEN,
        may=at_level(Role.DUTY_LEADER),
        when=no_consultation,
        form=forms.CONSULT,
    ),
    Move(
        action="give_opinion",
        zh="发表会商意见",
        en="give an opinion",
        step=consultation_steps.give_opinion,
        states=OPEN,
        may=member,
        when=under_consultation,
        form=forms.opinion_form,
        bumps=False,
    ),
    Move(
        action="decide",
        zh="会商决定",
        en="decide the consultation",
        step=consultation_steps.decide,
        states=OPEN,
        may=at_level(Role.DUTY_LEADER),
        when=under_consultation,
        form=forms.DECIDE,
        is_irreversible=True,
        to=states("dispatched", SAME),
        starts=states("sign", "dispose"),
        stops=states("sign", "dispose", "dispatch"),
    ),
)
