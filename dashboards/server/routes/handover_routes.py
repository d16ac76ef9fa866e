"""Handover sheets: made from data, noted, signed by two, read line by line within the reader's scope."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from starlette.responses import Response

from command_center.cases.incident_tables import Incident
from command_center.people.roles import Role
from command_center.people.scope import Scope
from command_center.shifts.shift_tables import Handover
from dashboards.server.answers import answer
from dashboards.server.brain_call import Deed, IdempotencyKey, carry
from dashboards.server.edges import trace_id_of
from dashboards.server.errors import not_found
from dashboards.server.incidents.incident_queries import NUMBER_MAX
from dashboards.server.incidents.names import name_area, path_of
from dashboards.server.incidents.paging import Cursor, Limit, decode_cursor, encode_cursor, page
from dashboards.server.incidents.sight import check_area
from dashboards.server.sessions.admission import OPERATORS, admit
from dashboards.server.sessions.session_store import Caller
from dashboards.server.toolbox import Tools, Web
from grid.city import City

READERS = OPERATORS | {Role.LEADER}
Reader = Annotated[Caller, Depends(admit(READERS))]
Operator = Annotated[Caller, Depends(admit(OPERATORS))]
Word = Annotated[str | None, Query(max_length=64)]
Id = Annotated[int, Path(ge=1, le=NUMBER_MAX)]

router = APIRouter(prefix="/api/v1", tags=["shift"])


class Body(BaseModel):
    """Nothing but what is listed."""

    model_config = ConfigDict(extra="forbid")


class HandoverBody(Body):
    area: str | None = Field(None, max_length=40)
    notes: str | None = Field(None, max_length=4000)


class NotesBody(Body):
    notes: str = Field(min_length=1, max_length=4000)


@router.get("/shifts/handovers")
def list_handovers(
    *, web: Tools, caller: Reader, area: Word = None, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    """List the handover sheets of an area's centre, newest first, without their lines."""
    city = web.city.get()
    about = check_area(caller.scope, city, area)
    if not _acts_for(caller.scope, city, about):
        raise not_found()
    statement = select(Handover).where(Handover.area == about).order_by(Handover.id.desc())
    if cursor:
        statement = statement.where(Handover.id < decode_cursor(cursor, int))
    with web.database.read() as session:
        rows = session.scalars(statement.limit(limit + 1)).all()
    more = encode_cursor(rows[limit - 1].id) if len(rows) > limit else None
    return answer(page([_show_head(city, row) for row in rows[:limit]], more))


@router.post("/shifts/handovers", status_code=201)
async def make_handover(
    *, request: Request, web: Tools, caller: Operator, body: HandoverBody, key: IdempotencyKey = None
) -> Response:
    """Make a sheet from what stands there now, frozen at a number of the journal."""
    deed = Deed(action="handover", data=body.model_dump(exclude_none=True))
    return await _carry_sheet(request, web, caller, deed, key=key, status=201)


@router.get("/shifts/handovers/{id}")
def get_handover(web: Tools, caller: Reader, id: Id) -> Response:
    """Return a sheet with every line that this person may see."""
    return answer(_read_sheet(web, caller.scope, id))


@router.post("/shifts/handovers/{id}/notes")
async def note_handover(
    *, request: Request, web: Tools, caller: Operator, id: Id, body: NotesBody, key: IdempotencyKey = None
) -> Response:
    """Write the notes of a sheet that nobody has signed yet."""
    deed = Deed(action="handover_note", data={"id": id, "notes": body.notes})
    return await _carry_sheet(request, web, caller, deed, key=key)


@router.post("/shifts/handovers/{id}/sign")
async def sign_handover(
    *, request: Request, web: Tools, caller: Operator, id: Id, key: IdempotencyKey = None
) -> Response:
    """Sign: the outgoing shift first, then somebody else of the incoming one."""
    deed = Deed(action="handover_sign", data={"id": id})
    return await _carry_sheet(request, web, caller, deed, key=key)


async def _carry_sheet(
    request: Request, web: Web, caller: Caller, deed: Deed, *, key: str | None, status: int = 200
) -> Response:
    done = await carry(web, caller, deed, key=key, trace_id=trace_id_of(request.state))
    return answer(_read_sheet(web, caller.scope, int(done.result["id"])), status)


def _acts_for(scope: Scope, city: City, area: str) -> bool:
    return any(grant.role in READERS and grant.area in path_of(city, area) for grant in scope.grants)


def _read_sheet(web: Web, scope: Scope, id: int) -> dict[str, Any]:
    city = web.city.get()
    with web.database.read() as session:
        row = session.get(Handover, id)
        if row is None or not _acts_for(scope, city, row.area):
            raise not_found()
        numbers = {
            int(line["incident"]) for part in row.sheet.values() for line in part["items"] if "incident" in line
        }
        chosen = select(Incident.number).where(Incident.number.in_(numbers), scope.clause())
        visible = set(session.scalars(chosen))
    return {**_show_head(city, row), "notes": row.notes, "sections": _show_sections(row, visible)}


def _show_sections(row: Handover, visible: set[int]) -> list[dict[str, Any]]:
    """Return the sections; a line about a case outside this person's scope is only counted."""
    shown = []
    for name, section in row.sheet.items():
        lines = [line for line in section["items"] if "incident" not in line or line["incident"] in visible]
        links = [{**line, "href": _link_of(line)} for line in lines]
        shown.append({"name": name, "count": section["count"], "items": links})
    return shown


def _link_of(line: dict[str, Any]) -> str:
    if "incident" in line:
        return f"/desk/incidents/{line['incident']}"
    if "response" in line:
        return "/desk/responses"
    return "/desk/candidates" if "candidate" in line else "/desk/sources"


def _show_head(city: City, row: Handover) -> dict[str, Any]:
    return {
        "id": row.id,
        "area": name_area(city, row.area),
        "state": row.state,
        "epoch": row.epoch,
        "number": row.number,
        "made_at": row.made_at,
        "made_by": row.made_by,
        "until": row.until,
        "counts": {name: section["count"] for name, section in row.sheet.items()},
        "outgoing": {"name": row.outgoing_name, "at": row.handed_over_at} if row.handed_over_at else None,
        "incoming": {"name": row.incoming_name, "at": row.signed_at} if row.signed_at else None,
        "demo": city.demo,
    }
