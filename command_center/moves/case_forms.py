"""Forms that depend on the case and the person: what the table knows need not be asked, what it lacks must be.

``moves.py`` names them in its rows; the fixed forms stand in ``move_forms.py``. Pure.
"""

from __future__ import annotations

from command_center.moves import move_forms as forms
from command_center.moves.joint_forms import tell_caller
from command_center.moves.situation import Situation
from command_center.moves.standard_forms import standard_field
from command_center.orders.route import NoDesk, find_target, route
from command_center.people.roles import Role
from grid.city_map import Place

NOT_COMMUNITY = frozenset(Role) - {Role.COMMUNITY_OPERATOR}


def file_form(situation: Situation) -> forms.Schema:
    """Ask for the category where nobody has named the matter."""
    field, is_needed = standard_field(situation.standards, situation.incident.category)
    return forms.file_form(is_named=bool(situation.incident.category), standard=field, needs_standard=is_needed)


def reject_form(situation: Situation) -> forms.Schema:
    """Ask for the reason, and for the answer where somebody waits for one."""
    needed = ("reason", "reply") if situation.owes_reply() else ("reason",)
    reply = forms.text("答复内容", "reply", most=2000)
    return forms.form(needed, reason=forms.REASON, reply=reply)


def dispatch_form(situation: Situation) -> forms.Schema:
    """Ask for the holder where the routing table names nobody; a community names one of its own."""
    incident, city = situation.incident, situation.city
    category = city.catalogue.find_category(incident.category)
    place = city.map.place_of_area(incident.cell or incident.grid or incident.area)
    if not situation.scope.has_role(NOT_COMMUNITY):
        return forms.dispatch_form(suggested=_own_hand(situation, place))
    if incident.returned is not None and incident.returned.get("holder"):
        return forms.dispatch_form(suggested=incident.returned["holder"], is_needed=False)
    try:
        planned = route(city, category, place, incident.urgency)
    except NoDesk:
        return forms.dispatch_form(suggested=city.code)
    return forms.dispatch_form(suggested=None if planned.orders else planned.holder.code)


def _own_hand(situation: Situation, place: Place) -> str:
    post = find_target(situation.city, None, place, "grid")
    return post.code if post is not None else situation.incident.holder_code


def list_masked(situation: Situation) -> list[str]:
    """Return the masked fields that a caller of this case left."""
    left = {
        "reporter_name": any(reporter.name for reporter in situation.reporters),
        "reporter_phone": any(reporter.phone for reporter in situation.reporters),
    }
    return [name for name, is_left in left.items() if is_left]


def unmask_form(situation: Situation) -> forms.Schema:
    callers = {one.id: tell_caller(one) for one in situation.reporters if one.name or one.phone}
    return forms.unmask_form(list_masked(situation), callers)
