"""One emergency response within one act: found, judged, changed, written down.

``response_steps.py`` and ``instruction_steps.py`` use it; the journal's entries are about no incident, and are
seen by whoever sees the area of the response.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from command_center.cases.entry_words import take_words
from command_center.moves.act import Act, invalid, refuse
from command_center.moves.authority import ACCEPTORS, OPERATORS
from command_center.moves.field_check import check_fields
from command_center.people.audience import Audience
from command_center.people.roles import Role
from command_center.people.scope import Scope
from command_center.responses.response_forms import FORMS
from command_center.responses.response_tables import EmergencyResponse, Instruction
from grid.city import City

COMMANDERS = frozenset({Role.DUTY_LEADER, Role.LEADER})
STAFF = OPERATORS | {Role.LEADER}


@dataclass
class ResponseFile:
    """A response in the hands of an act."""

    act: Act
    response: EmergencyResponse

    def record(self, kind: str, **data: Any) -> int:
        """Append an entry about the response."""
        self.response.version += 1
        row, ledger = self.response, self.act.ledger
        area = ledger.city.tree.find_area(row.area)
        facts = {
            "response": row.id,
            "title": row.title,
            "state": row.state,
            "response_level": row.level,
            "drill": row.drill,
            "area": row.area,
            "area_name": {"zh": area.name, "en": area.name_en} if area else {},
        }
        seen = audience_of(row, ledger.city)
        said = take_words(ledger, {**facts, **data})
        return ledger.append(kind, self.act.actor, data=said, audience=(seen, seen))

    def must_be(self, *states: str) -> None:
        """Refuse unless the response is in one of these states."""
        if self.response.state not in states:
            facts = {"state": self.response.state, "wanted": self.act.request.action, "needs": list(states)}
            raise refuse("move_not_allowed", f"the response is {self.response.state}", facts=facts)

    def must_have(self, roles: frozenset[Role]) -> None:
        if not has_role_at(self.act.scope, roles, self.response.area, self.act.ledger.city):
            raise refuse("forbidden", f"{self.act.request.action} is not for this person here")

    def result(self) -> None:
        self.act.result = {"id": self.response.id, "state": self.response.state, "level": self.response.level}


def has_role_at(scope: Scope, roles: frozenset[Role], area: str, city: City) -> bool:
    """Return whether a person has one of these roles for an area or above it."""
    path = city.tree.path(area)
    return any(grant.role in roles and grant.area in path for grant in scope.grants)


def audience_of(row: EmergencyResponse, city: City) -> Audience:
    return Audience(domain=row.domain, areas=city.tree.path(row.area))


def keeps_post(scope: Scope, city: City, code: str) -> bool:
    """Return whether a person answers for a post: its department, or the desk that sits there."""
    post = city.posts.find_post(code)
    if post is None:
        return False
    if post.kind == "department":
        return any(grant.department == post.department for grant in scope.grants)
    keeper = city.tree.get_area(post.area).parent if post.kind == "grid" else post.area
    own_team = any(grant.department == post.code for grant in scope.grants)
    return own_team or any(grant.role in ACCEPTORS and grant.area == keeper for grant in scope.grants)


def open_file(act: Act) -> ResponseFile:
    """Return the response that the act is about.

    Raises:
        ActRefused: A field is wrong, or the response is not there for this person.
    """
    check_form(act)
    row = act.ledger.session.get(EmergencyResponse, int(act.data["id"]))
    city = act.ledger.city
    if row is None or not (act.scope.sees(audience_of(row, city)) or _is_told(act, row.id)):
        raise refuse("not_found", "there is no such response")
    return ResponseFile(act, row)


def _is_told(act: Act, response: int) -> bool:
    number = act.data.get("instruction")
    found = act.ledger.session.get(Instruction, number) if isinstance(number, int) else None
    told = found is not None and found.response == response
    return told and found is not None and keeps_post(act.scope, act.ledger.city, found.holder_code)


def check_form(act: Act) -> None:
    faults = check_fields(FORMS[act.request.action], act.data)
    if faults:
        raise invalid(**faults)
