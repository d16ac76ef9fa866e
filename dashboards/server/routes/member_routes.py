"""The members of an incident: every source of it, thousands in a storm, page by page."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from sqlalchemy import func, select
from starlette.responses import Response

from command_center.cases.incident_tables import IncidentSource
from dashboards.server.answers import answer
from dashboards.server.incidents.incident_queries import find_visible
from dashboards.server.incidents.names import name_area, name_category
from dashboards.server.incidents.paging import Cursor, Limit, decode_cursor, encode_cursor, page
from dashboards.server.routes.incident_routes import Number
from dashboards.server.sessions.admission import VIEWERS, admit
from dashboards.server.sessions.session_store import Caller
from dashboards.server.toolbox import Tools
from grid.city import City

router = APIRouter(prefix="/api/v1", tags=["incidents"])


@router.get("/incidents/{number}/members")
def list_members(
    *,
    web: Tools,
    caller: Annotated[Caller, Depends(admit(VIEWERS))],
    number: Number,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """List the sources that make up this incident in the order in which they came, and how many have ended."""
    rows = select(IncidentSource).where(IncidentSource.incident == number).order_by(IncidentSource.id)
    if cursor:
        rows = rows.where(IncidentSource.id > decode_cursor(cursor, int))
    counts = select(func.count(), func.count(IncidentSource.ended_at)).where(IncidentSource.incident == number)
    with web.database.read() as session:
        find_visible(session, caller.scope, number)
        found = session.scalars(rows.limit(limit + 1)).all()
        total, ended = session.execute(counts).one()
    more = encode_cursor(found[limit - 1].id) if len(found) > limit else None
    items = [_show(row, web.city.get()) for row in found[:limit]]
    return answer({**page(items, more), "total": total, "ended": ended})


def _show(row: IncidentSource, city: City) -> dict[str, Any]:
    thing = city.register.find_thing(row.device) if row.device else None
    return {
        "kind": row.kind,
        "source": row.source,
        "device": row.device,
        "name": thing.name if thing is not None else None,
        "name_en": thing.name_en if thing is not None else None,
        "id": row.alarm_id,
        "category": row.category,
        "category_name": name_category(city, row.category) if row.category else None,
        "lon": thing.lonlat.lon if thing is not None else None,
        "lat": thing.lonlat.lat if thing is not None else None,
        "area": name_area(city, thing.area) if thing is not None else None,
        "at": row.at,
        "last_at": row.last_at,
        "ended_at": row.ended_at,
        "confidence": row.confidence,
        "flags": row.flags,
        "rule": row.rule,
    }
