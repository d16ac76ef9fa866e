"""Incidents: list, one, report, similar ones nearby. Reading is done here, reporting by the brain."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from command_center.cases.case_file import ENDED_STATES
from command_center.cases.incident_rows import IncidentFile, read_files
from command_center.cases.incident_tables import Incident
from command_center.people.scope import Scope
from dashboards.server.answers import answer
from dashboards.server.brain_call import Deed, IdempotencyKey, carry
from dashboards.server.edges import trace_id_of
from dashboards.server.errors import Refused, not_found
from dashboards.server.incidents.incident_queries import (
    NUMBER_MAX,
    IncidentFilter,
    check_category,
    find_visible,
    select_visible,
)
from dashboards.server.incidents.incident_shape import CREATED, MANY, ONE, PROBLEMS
from dashboards.server.incidents.incident_view import show_incident
from dashboards.server.incidents.paging import decode_cursor, encode_cursor, page
from dashboards.server.incidents.visibility import own_orders
from dashboards.server.moments import Moment
from dashboards.server.sessions.admission import ACTORS, VIEWERS, admit
from dashboards.server.sessions.session_store import Caller
from dashboards.server.toolbox import Tools, Web
from grid.coordinates import METRES_PER_DEGREE, CoordSys, LonLat, distance_m, to_wgs84

SIMILAR_RADIUS_M = 500.0
SIMILAR_MAX = 10

Number = Annotated[int, Path(ge=1, le=NUMBER_MAX)]
Viewer = Annotated[Caller, Depends(admit(VIEWERS))]
Doer = Annotated[Caller, Depends(admit(ACTORS))]

router = APIRouter(prefix="/api/v1", tags=["incidents"], responses=PROBLEMS)


class ReporterBody(BaseModel):
    """Who calls."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field("", max_length=80)
    phone: str = Field("", max_length=40)
    anonymous: bool = False
    wants_reply: bool = False


class UpstreamBody(BaseModel):
    """The case's number in the platform above."""

    model_config = ConfigDict(extra="forbid")

    system: str = Field(max_length=60)
    number: str = Field(max_length=80)
    due_at: str | None = Field(None, max_length=40)
    reply_state: str | None = Field(None, max_length=40)


class ReportBody(BaseModel):
    """A report by hand: a category or words, and a place or at least a town."""

    model_config = ConfigDict(extra="forbid")

    category: str | None = Field(None, max_length=80)
    text: str | None = Field(None, max_length=4000)
    lon: float | None = Field(None, allow_inf_nan=False)
    lat: float | None = Field(None, allow_inf_nan=False)
    coord_sys: Literal["wgs84", "cgcs2000", "gcj02", "bd09"] | None = None
    place_text: str | None = Field(None, max_length=200)
    town: str | None = Field(None, max_length=40)
    cell: str | None = Field(None, max_length=40)
    accuracy_m: float | None = Field(None, ge=0, le=100_000, allow_inf_nan=False)
    channel: str | None = Field(None, max_length=80)
    severity: int | None = Field(None, ge=1, le=5)
    drill: bool | None = None
    join: int | None = Field(None, ge=1, le=NUMBER_MAX)
    reporter: ReporterBody | None = None
    attachments: list[Annotated[str, Field(max_length=32)]] | None = Field(None, max_length=20)
    upstream: UpstreamBody | None = None
    at: Moment | None = None


def show_for(web: Web, scope: Scope, file: IncidentFile) -> dict[str, Any]:
    """Return an incident as this person sees it now."""
    city = web.city.get()
    own = own_orders(scope, file.audience, file.orders, city)
    return show_incident(file, city, own, web.clock.now())


def read_incident(web: Web, scope: Scope, number: int) -> dict[str, Any]:
    """Return one incident as this person sees it.

    Raises:
        Refused: Not there, or not for this person.
    """
    with web.database.read() as session:
        incident = find_visible(session, scope, number)
        (file,) = read_files(session, [incident], web.city.get())
        return show_for(web, scope, file)


@router.get("/incidents", responses=MANY)
def list_incidents(web: Tools, caller: Viewer, wanted: Annotated[IncidentFilter, Query()]) -> Response:
    """List what this person may see, newest number first."""
    statement = select_visible(caller.scope, wanted, web.city.get())
    is_newest = wanted.order == "newest"
    if wanted.cursor:
        last = decode_cursor(wanted.cursor, int)
        statement = statement.where(Incident.number < last if is_newest else Incident.number > last)
    order = Incident.number.desc() if is_newest else Incident.number
    with web.database.read() as session:
        rows = session.scalars(statement.order_by(order).limit(wanted.limit + 1)).all()
        shown = rows[: wanted.limit]
        items = [show_for(web, caller.scope, file) for file in read_files(session, shown, web.city.get())]
    more = encode_cursor(shown[-1].number) if len(rows) > wanted.limit else None
    return answer(page(items, more))


@router.get("/incidents/similar")
def list_similar(
    *,
    web: Tools,
    caller: Viewer,
    lon: Annotated[float, Query(ge=-180, le=180)],
    lat: Annotated[float, Query(ge=-90, le=90)],
    category: Annotated[str | None, Query(max_length=80)] = None,
    coord_sys: Annotated[CoordSys, Query()] = CoordSys.WGS84,
) -> Response:
    """List open ones nearby of the same family, nearest first, to be offered before a report is saved."""
    here, city = to_wgs84(LonLat(lon, lat), coord_sys), web.city.get()
    if category:
        check_category(category, city)
    found = city.catalogue.find_category(category) if category else None
    radius_m = max(found.radius_m, 50.0) if found is not None else SIMILAR_RADIUS_M
    reach = radius_m / METRES_PER_DEGREE * 2
    statement = select(Incident).where(
        caller.scope.clause(),
        Incident.state.not_in(ENDED_STATES),
        Incident.lon.between(here.lon - reach, here.lon + reach),
        Incident.lat.between(here.lat - reach, here.lat + reach),
    )
    if found is not None:
        statement = statement.where(Incident.family == found.family)
    with web.database.read() as session:
        rows = session.scalars(statement.order_by(Incident.number.desc()).limit(500)).all()
        near = sorted((distance_m(here, LonLat(row.lon or 0, row.lat or 0)), row.number, row) for row in rows)
        chosen = [(distance, row) for distance, _, row in near if distance <= radius_m][:SIMILAR_MAX]
        files = read_files(session, [row for _, row in chosen], city)
        items = [
            {**show_for(web, caller.scope, file), "distance_m": round(distance)}
            for (distance, _), file in zip(chosen, files, strict=True)
        ]
    return answer(page(items))


@router.get("/incidents/{number}", responses=ONE)
def get_incident(web: Tools, caller: Viewer, number: Number) -> Response:
    """Return one incident."""
    return answer(read_incident(web, caller.scope, number))


@router.post("/incidents", status_code=201, responses=CREATED)
async def report_incident(
    *, request: Request, web: Tools, caller: Doer, body: ReportBody, key: IdempotencyKey = None
) -> Response:
    """Report by hand; answers with the incident, or with its number alone where the reporter may not see it."""
    deed = Deed(action="report", data=body.model_dump(exclude_none=True, exclude={"at"}), at=body.at)
    done = await carry(web, caller, deed, key=key, trace_id=trace_id_of(request.state))
    if done.incident is None:
        raise not_found()
    return answer(await run_in_threadpool(show_result, web, caller.scope, done.incident), 201)


def show_result(web: Web, scope: Scope, number: int) -> dict[str, Any]:
    """Return the incident after an action; only its number when it has left this person's view."""
    try:
        return read_incident(web, scope, number)
    except Refused:
        return {"number": number, "visible": False}


def show_after(web: Web, scope: Scope, number: int) -> dict[str, Any]:
    """Return the incident after this person's own act; where that took it out of their view, once more in part.

    They saw it up to this very act: what is shown is the shared facts and the orders that were their own.
    """
    with web.database.read() as session:
        incident = session.get(Incident, number)
        if incident is None:
            raise not_found()
        (file,) = read_files(session, [incident], web.city.get())
        shown = show_for(web, scope, file)
        return shown if scope.sees(file.audience) else {**shown, "visible": False}
