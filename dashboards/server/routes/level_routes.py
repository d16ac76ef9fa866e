"""What the level rules left to be looked after: places to be treated for good, reports upward, the rules."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from starlette.responses import Response

from command_center.cases.incident_rows import read_files
from command_center.levels.level_tables import LongTermPlace
from command_center.people.audience import Audience
from command_center.people.scope import Scope
from command_center.responses.report_tables import UpwardReport
from dashboards.server.answers import answer
from dashboards.server.brain_call import Deed, IdempotencyKey, carry
from dashboards.server.edges import trace_id_of
from dashboards.server.errors import not_found
from dashboards.server.incidents.incident_queries import NUMBER_MAX, find_visible
from dashboards.server.incidents.names import name_area, name_category, path_of
from dashboards.server.incidents.paging import page
from dashboards.server.incidents.visibility import own_orders
from dashboards.server.sessions.admission import OPERATORS, VIEWERS, admit
from dashboards.server.sessions.session_store import Caller
from dashboards.server.toolbox import Tools
from grid.city import City

LISTED_MAX = 500
Viewer = Annotated[Caller, Depends(admit(VIEWERS))]
Desk = Annotated[Caller, Depends(admit(OPERATORS))]
Number = Annotated[int, Path(ge=1, le=NUMBER_MAX)]

router = APIRouter(prefix="/api/v1", tags=["levels"])


class SettleBody(BaseModel):
    """What was done so that it does not come back."""

    model_config = ConfigDict(extra="forbid")

    result: str = Field(min_length=1, max_length=1000)


@router.get("/long-term")
def list_long_term(
    web: Tools, caller: Viewer, state: Annotated[Literal["open", "settled"], Query()] = "open"
) -> Response:
    """List the places where the same matter keeps coming back, the newest first."""
    city = web.city.get()
    with web.database.read() as session:
        rows = session.scalars(
            select(LongTermPlace)
            .where(LongTermPlace.state == state)
            .order_by(LongTermPlace.last_at.desc(), LongTermPlace.id.desc())
            .limit(LISTED_MAX)
        ).all()
        return answer(page([_show_place(row, city) for row in rows if _sees(caller.scope, row, city)]))


@router.post("/long-term/{id}/settle")
async def settle_long_term(
    *, request: Request, web: Tools, caller: Desk, id: Number, body: SettleBody, key: IdempotencyKey = None
) -> Response:
    """Say what was done for good, and take the place off the list."""
    deed = Deed(action="settle_long_term", data={"id": id, "result": body.result})
    done = await carry(web, caller, deed, key=key, trace_id=trace_id_of(request.state))
    return answer(done.result)


@router.get("/incidents/{number}/reports")
def list_reports(web: Tools, caller: Viewer, number: Number) -> Response:
    """List the reports to the level above about an incident; only to those who see it whole."""
    city = web.city.get()
    with web.database.read() as session:
        incident = find_visible(session, caller.scope, number)
        (file,) = read_files(session, [incident], city)
        if own_orders(caller.scope, file.audience, file.orders, city) is not None:
            raise not_found()
        rows = session.scalars(
            select(UpwardReport).where(UpwardReport.incident == number).order_by(UpwardReport.id)
        )
        return answer(page([show_report(row) for row in rows]))


@router.get("/level-rules")
def get_level_rules(web: Tools, caller: Viewer) -> Response:
    """Return the rules by which cases go up, as they stand for new ones."""
    city = web.city.get()
    return answer({"version": city.policy_version("level_rules"), **city.policy("level_rules")})


def _sees(scope: Scope, row: LongTermPlace, city: City) -> bool:
    path = path_of(city, row.area)
    return scope.sees(Audience(domain=row.domain, privacy_class=row.privacy_class, areas=tuple(path)))


def _show_place(row: LongTermPlace, city: City) -> dict[str, Any]:
    return {
        "id": row.id,
        "state": row.state,
        "category": row.category,
        "category_name": name_category(city, row.category),
        "area": name_area(city, row.area),
        "place_text": row.place_text,
        "location": {"lon": row.lon, "lat": row.lat} if row.lon is not None and row.lat is not None else None,
        "count": len(row.cases),
        "cases": row.cases,
        "rule": row.rule,
        "rule_version": row.rule_version,
        "listed_at": row.listed_at,
        "last_at": row.last_at,
        "settled_at": row.settled_at,
        "result": row.result,
    }


def show_report(row: UpwardReport) -> dict[str, Any]:
    """Return a report upward with its words."""
    kept = ("id", "to", "kind", "no", "drill", "at", "words")
    return {name: getattr(row, name) for name in kept}
