"""Consultations: those of one incident, and those to which this person is invited."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from command_center.cases.incident_rows import IncidentFile, read_files
from command_center.cases.incident_tables import Incident
from command_center.consultations.consultation_tables import Consultation
from command_center.consultations.guests import list_own_members
from command_center.moves.authority import Authority
from command_center.people.account_tables import Account, Assignment
from command_center.people.roles import Role
from command_center.people.scope import Scope
from dashboards.server.answers import answer
from dashboards.server.incidents.incident_queries import find_visible
from dashboards.server.incidents.incident_shape import PROBLEMS
from dashboards.server.incidents.names import name_title
from dashboards.server.incidents.paging import LIMIT_MAX, page
from dashboards.server.incidents.party_view import show_consultation
from dashboards.server.incidents.visibility import sees_whole
from dashboards.server.routes.incident_routes import Number, Viewer
from dashboards.server.sessions.admission import admit
from dashboards.server.sessions.session_store import Caller
from dashboards.server.toolbox import Tools
from grid.city import City

INVITED = (
    *("duty_leader", "leader", "shift_leader", "lead_supervisor", "liaison"),
    *("district_operator", "town_operator", "community_operator"),
)
DutyLeader = Annotated[Caller, Depends(admit({Role.DUTY_LEADER}))]

router = APIRouter(prefix="/api/v1", tags=["consultations"], responses=PROBLEMS)


@router.get("/incidents/{number}/consultations")
def list_of_incident(web: Tools, caller: Viewer, number: Number) -> Response:
    """List the consultations about an incident: to whom the case is, and to who is invited while it lasts."""
    city = web.city.get()
    with web.database.read() as session:
        (file,) = read_files(session, [find_visible(session, caller.scope, number)], city)
        return answer(page(list_seen(file, caller.scope, city)))


def list_seen(file: IncidentFile, scope: Scope, city: City) -> list[dict[str, Any]]:
    """Return the consultations of a case that this person may read: all of their own case, or the present one."""
    if sees_whole(scope, file.audience):
        return [show_consultation(row, city) for row in file.consultations]
    if not list_own_members(file.incident, Authority(scope, file.incident, file.audience, city)):
        return []
    wanted = (file.incident.guests or {})["consultation"]
    return [show_consultation(row, city) for row in file.consultations if row[0].id == wanted]


@router.get("/consultations")
def list_own(web: Tools, caller: Viewer, state: Literal["open", "decided"] = "open") -> Response:
    """List, newest first, the consultations that this person opened or is invited to; ``mine`` says as whom."""
    city = web.city.get()
    with web.database.read() as session:
        files = _read_files(session, caller.scope, city, state)
        items = [item for file in files for item in _list_mine(file, caller.scope, city, state)]
    return answer(page(sorted(items, key=lambda item: -int(item["id"]))))


@router.get("/consultations/persons")
def list_persons(web: Tools, caller: DutyLeader) -> Response:
    """List whom one may invite in person: everybody with a desk, a department or a post, by role and place."""
    city = web.city.get()
    with web.database.read() as session:
        chosen = select(Account, Assignment).join(Assignment, Assignment.account == Account.id)
        rows = session.execute(chosen.where(Account.is_disabled.is_(False), Assignment.role.in_(INVITED))).all()
        people = {account.username: _show_person(account, held, city) for account, held in rows}
    return answer(page(sorted(people.values(), key=lambda one: (INVITED.index(one["role"]), one["username"]))))


def _show_person(account: Account, held: Assignment, city: City) -> dict[str, Any]:
    department = city.departments.get(held.department) if held.department else None
    area = city.tree.find_area(held.area)
    at = department or area
    names = {"zh": at.name, "en": at.name_en or at.name} if at is not None else {"zh": "", "en": ""}
    return {"username": account.username, "name": account.name, "role": held.role, "at": names}


def _read_files(session: Session, scope: Scope, city: City, state: str) -> list[IncidentFile]:
    rows = session.scalars(
        select(Incident)
        .where(
            scope.clause(), Incident.number.in_(select(Consultation.incident).where(Consultation.state == state))
        )
        .order_by(Incident.number.desc())
        .limit(LIMIT_MAX)
    ).all()
    return read_files(session, rows, city)


def _list_mine(file: IncidentFile, scope: Scope, city: City, state: str) -> list[dict[str, Any]]:
    own = set(list_own_members(file.incident, Authority(scope, file.incident, file.audience, city)))
    found = []
    for consultation, members in file.consultations:
        mine = [member.id for member in members if member.id in own]
        is_mine = bool(mine) or consultation.opened_by == scope.account
        if consultation.state == state and is_mine:
            shown = show_consultation((consultation, members), city)
            found.append({**shown, **name_title(city, file.incident), "mine": mine})
    return found
