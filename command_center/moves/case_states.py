"""Groups of states and of people that the rows of the table of moves speak of. Pure data."""

from __future__ import annotations

from command_center.moves import move_forms as forms
from command_center.moves.authority import ACCEPTORS, LEADERS, OPERATORS
from command_center.moves.move import Guard, above, at_level
from command_center.moves.situation import Situation
from command_center.orders.order_tables import Order


def states(*names: str) -> frozenset[str]:
    return frozenset(names)


UNFILED = states("reported", "verifying")
WORKING = states("filed", "dispatched", "handling")
OPEN = UNFILED | WORKING | states("suspended", "disposed", "checking")
EVER = OPEN | states("closed", "archived", "rejected", "void", "merged")
UNSIGNED = states("issued", "received", "read")
UNENDED = UNSIGNED | states("signed", "arrived")
REPORT_STAGES = states("report_phone", "report_first", "report_next")
EVERY_STAGE = REPORT_STAGES | states(
    "accept", "verify", "dispatch", "sign", "arrive", "dispose", "check", "total", "respond", "upstream", "patrol"
)  # fmt: skip
ANY_KIND = states(*forms.ORDER_KINDS)
acceptor = at_level(*ACCEPTORS)
operator = at_level(*OPERATORS)
leader_above = above(*LEADERS)


def _is_no_party(situation: Situation, _: Order | None) -> bool:
    own = {grant.department for grant in situation.scope.grants if grant.department}
    return own.isdisjoint(situation.audience.parties)


not_their_own = Guard(_is_no_party)
"""Who looks over a case never judges one that their own department holds or carries out."""
