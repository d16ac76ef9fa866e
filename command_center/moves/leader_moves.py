"""Rows of the table of moves about what leaders do: urge, supervise, set the severity, look behind a mask.

``table.py`` gathers them.
"""

from __future__ import annotations

from command_center.moves import leader_steps
from command_center.moves import move_forms as forms
from command_center.moves.case_forms import unmask_form
from command_center.moves.case_states import EVER, OPEN, REPORT_STAGES, acceptor, leader_above, not_their_own
from command_center.moves.move import Move, all_of, any_of, at_level, may_unmask
from command_center.moves.plain_conditions import has_masked, not_supervised
from command_center.people.roles import Role

ROWS = (
    Move(
        action="urge",
        zh="催办",
        en="urge",
        step=leader_steps.urge,
        states=OPEN,
        may=acceptor,
        form=forms.NOTED,
        bumps=False,
    ),
    Move(
        action="supervise",
        zh="督办",
        en="supervise",
        step=leader_steps.supervise_by_hand,
        states=OPEN,
        form=forms.SUPERVISE,
        may=any_of(leader_above, all_of(at_level(Role.LEAD_SUPERVISOR), not_their_own)),
        when=not_supervised,
    ),
    Move(
        action="set_severity",
        zh="定级",
        en="set severity",
        step=leader_steps.set_severity,
        states=OPEN,
        may=at_level(Role.DUTY_LEADER),
        form=forms.SET_SEVERITY,
        starts=REPORT_STAGES,
    ),
    Move(
        action="unmask",
        zh="查看隐藏信息",
        en="show a masked field",
        step=leader_steps.unmask,
        states=EVER,
        form=unmask_form,
        bumps=False,
        may=may_unmask,
        when=has_masked,
    ),
)
