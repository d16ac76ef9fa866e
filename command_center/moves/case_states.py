"""Groups of states and of people that the rows of the table of moves speak of. Pure data."""

from __future__ import annotations

from command_center.moves import move_forms as forms
from command_center.moves.authority import ACCEPTORS, LEADERS, OPERATORS
from command_center.moves.move import above, at_level


def states(*names: str) -> frozenset[str]:
    return frozenset(names)


UNFILED = states("reported", "verifying")
WORKING = states("filed", "dispatched", "handling")
OPEN = UNFILED | WORKING | states("suspended", "disposed", "checking")
EVER = OPEN | states("closed", "archived", "rejected", "void", "merged")
UNSIGNED = states("issued", "received", "read")
UNENDED = UNSIGNED | states("signed", "arrived")
EVERY_STAGE = states("accept", "verify", "dispatch", "sign", "arrive", "dispose", "check", "total")
ANY_KIND = states(*forms.ORDER_KINDS)
acceptor = at_level(*ACCEPTORS)
operator = at_level(*OPERATORS)
leader_above = above(*LEADERS)
