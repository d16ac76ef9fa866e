"""The step that takes a place off the list: somebody says what was done so that it does not come back."""

from __future__ import annotations

from command_center.levels.level_tables import LongTermPlace
from command_center.moves.act import Act, invalid, refuse
from command_center.moves.authority import OPERATORS
from command_center.people.audience import Audience
from command_center.people.masking import mask_numbers

RESULT_MAX = 1000


def settle_long_term(act: Act) -> None:
    """Settle a place of the act's own area."""
    number = act.data.get("id")
    place = act.ledger.session.get(LongTermPlace, number) if isinstance(number, int) else None
    city = act.ledger.city
    known = place is not None and city.tree.find_area(place.area) is not None
    path = city.tree.path(place.area) if place is not None and known else ()
    if place is None or not act.scope.sees(Audience(domain=place.domain, areas=path)):
        raise refuse("not_found", "there is no such place on the list")
    if not act.scope.has_role(OPERATORS):
        raise refuse("forbidden", "places are settled by the desks of town and district")
    if place.state != "open":
        facts = {"state": place.state, "allowed": []}
        raise refuse("move_not_allowed", "the place is settled already", facts=facts)
    result = act.words("result")
    if not result or len(result) > RESULT_MAX:
        raise invalid(result="what was done is needed, in a thousand characters at most")
    place.state, place.settled_at, place.settled_by = "settled", act.ledger.now, act.account.id
    place.result = mask_numbers(result)
    act.ledger.append("long_term_settled", act.actor, data={"long_term": place.id, "area": place.area})
    act.result = {"id": place.id, "state": place.state}
