"""Rows of the table of moves about merging a case into another one, and taking it out again.

``table.py`` gathers them.
"""

from __future__ import annotations

from command_center.cases.case_file import ENDED_STATES
from command_center.moves import joint_forms as forms
from command_center.moves import merge_steps
from command_center.moves.case_states import EVERY_STAGE, UNFILED, acceptor, states
from command_center.moves.move import Condition, Move, rules
from command_center.moves.situation import Situation
from command_center.orders.order_tables import Order


def _main_is_open(situation: Situation, _: Order | None) -> bool:
    main = situation.main
    return main is not None and main.state not in ENDED_STATES and situation.incident.before_merge is not None


main_is_open = Condition(
    "main_case_ended",
    "主案已办结，不能撤销并案",
    "the main case has ended: what was merged into it stays there",
    _main_is_open,
)

ROWS = (
    Move(
        action="merge",
        zh="并案",
        en="merge",
        step=merge_steps.merge,
        states=UNFILED | states("filed"),
        may=acceptor,
        form=forms.MERGE,
        to=states("merged"),
        stops=EVERY_STAGE | states("upstream"),
    ),
    Move(
        action="unmerge",
        zh="撤销并案",
        en="take out of the merge",
        step=merge_steps.unmerge,
        states=states("merged"),
        may=acceptor,
        when=rules(main_is_open),
        form=forms.UNMERGE,
        to=UNFILED | states("filed"),
        resumes=EVERY_STAGE,
        starts=states("upstream"),
    ),
)
