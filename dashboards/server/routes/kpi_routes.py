"""Assessment: the indicators of a period, the cases behind them, as a workbook, and the months that are kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from command_center.assessment.figure_tables import KpiMonth
from command_center.cases.incident_tables import Incident
from command_center.people.roles import Role
from command_center.people.scope import Scope
from dashboards.server.answers import answer
from dashboards.server.brain_call import Deed, IdempotencyKey, carry
from dashboards.server.edges import trace_id_of
from dashboards.server.errors import Refused, not_found
from dashboards.server.figures.kpi import KpiQuestion, list_kpi_cases, make_kpi
from dashboards.server.figures.kpi_workbook import write_workbook
from dashboards.server.incidents.incident_queries import NUMBER_MAX
from dashboards.server.incidents.names import name_title, path_of
from dashboards.server.incidents.narrowing import Narrowing
from dashboards.server.incidents.paging import Cursor, Limit, decode_cursor, encode_cursor, page
from dashboards.server.incidents.sight import check_area, is_city_wide
from dashboards.server.moments import Moment
from dashboards.server.routes.overview_routes import Word, read_domains
from dashboards.server.sessions.admission import ACTORS, VIEWERS, admit
from dashboards.server.sessions.session_store import Caller
from dashboards.server.toolbox import Tools, Web

MONTH = timedelta(days=30)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Viewer = Annotated[Caller, Depends(admit(VIEWERS))]
Leader = Annotated[Caller, Depends(admit({Role.DUTY_LEADER}))]
Appellant = Annotated[Caller, Depends(admit(ACTORS))]
MonthName = Annotated[str, Path(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
By = Literal["area", "domain", "department", "category", "worker"]

router = APIRouter(prefix="/api/v1", tags=["figures"])


class AppealBody(BaseModel):
    """What is objected to, of which indicator or case."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=1000)
    indicator: str | None = Field(None, max_length=60)
    incident: int | None = Field(None, ge=1, le=NUMBER_MAX)


def read_question(
    *,
    web: Tools,
    caller: Viewer,
    from_: Annotated[Moment | None, Query(alias="from")] = None,
    to: Moment | None = None,
    area: Word = None,
    domain: Word = None,
    department: Word = None,
    category: Word = None,
    worker: Word = None,
    by: By | None = None,
) -> tuple[Caller, KpiQuestion]:
    """Return who asks, and what: a period (without one, the last 30 days) and what to look at."""
    end: datetime = to or web.clock.now()
    begin: datetime = from_ or end - MONTH
    if begin >= end:
        raise Refused("invalid", "from is not before to.", fields={"from": "not before to"})
    about = check_area(caller.scope, web.city.get(), area) if area else None
    narrowing = Narrowing(about, read_domains(domain))
    return caller, KpiQuestion(
        begin=begin, end=end, now=web.clock.now(), narrowing=narrowing, department=department, category=category,
        worker=worker, by=by,
    )  # fmt: skip


Asked = Annotated[tuple[Caller, KpiQuestion], Depends(read_question)]


@router.get("/kpi")
def get_kpi(web: Tools, asked: Asked) -> Response:
    """Return the indicators of a period, each with numerator, denominator and the address of its cases."""
    return answer(_make(web, asked))


@router.get("/kpi.xlsx")
def get_workbook(web: Tools, asked: Asked, lang: Literal["zh", "en"] = "zh") -> Response:
    """Return the same as a workbook in one language, its days those of the city."""
    zone = ZoneInfo(str(web.city.get().timezone))
    first, last = (at.astimezone(zone).date() for at in (asked[1].begin, asked[1].end))
    headers = {"Content-Disposition": f'attachment; filename="kpi-{first}-{last}.xlsx"'}
    content = write_workbook(_make(web, asked), language=lang, zone=zone)
    return Response(content, media_type=XLSX, headers=headers)


@router.get("/kpi/cases")
def list_cases(
    *,
    web: Tools,
    asked: Asked,
    indicator: Annotated[str, Query(max_length=60)],
    part: Literal["numerator", "denominator", "rest", "all"] = "denominator",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """List the cases that a figure is made of, newest first, as far as this person may see them."""
    caller, question = asked
    before = decode_cursor(cursor, int) if cursor else NUMBER_MAX
    with web.database.read() as session:
        found = list_kpi_cases(session, web.city.get(), caller.scope, question=question, what=(indicator, part))
        if found is None:
            raise Refused("invalid", "There is no such indicator.", fields={"indicator": "unknown"})
        numbers = [number for number in found if number < before]
        shown = numbers[: limit + 1]
        visible = {
            row.number: row
            for row in session.execute(
                select(
                    Incident.number, Incident.title, Incident.category, Incident.state, Incident.opened_at
                ).where(Incident.number.in_(shown), caller.scope.clause())
            )
        }
    items = [
        {
            "number": n,
            **name_title(web.city.get(), row),
            "state": row.state,
            "opened_at": row.opened_at,
            "href": f"/desk/incidents/{n}",
        }
        for n in shown[:limit]
        if (row := visible.get(n)) is not None
    ]
    more = encode_cursor(shown[limit - 1]) if len(shown) > limit else None
    return answer({**page(items, more), "count": len(numbers)})


@router.get("/kpi/months")
def list_months(web: Tools, caller: Viewer) -> Response:
    """List the months that were frozen or published, newest first."""
    del caller
    with web.database.read() as session:
        rows = session.scalars(select(KpiMonth).order_by(KpiMonth.month.desc())).all()
    return answer(page([_show_month(row) for row in rows]))


@router.get("/kpi/months/{month}")
def get_month(web: Tools, caller: Viewer, month: MonthName) -> Response:
    """Return a month as it was frozen, with the objections; before it is published, of one's own town."""
    return answer(_read_month(web, caller.scope, month))


@router.post("/kpi/months/{month}/freeze", status_code=201)
async def freeze_month(
    *, request: Request, web: Tools, caller: Leader, month: MonthName, key: IdempotencyKey = None
) -> Response:
    """Reckon a past month once and keep it."""
    return await _act(request, web, caller, Deed(action="kpi_freeze", data={"month": month}), key=key, status=201)


@router.post("/kpi/months/{month}/publish")
async def publish_month(
    *, request: Request, web: Tools, caller: Leader, month: MonthName, key: IdempotencyKey = None
) -> Response:
    """Publish a frozen month."""
    return await _act(request, web, caller, Deed(action="kpi_publish", data={"month": month}), key=key)


@router.post("/kpi/months/{month}/appeal")
async def appeal_month(
    *,
    request: Request,
    web: Tools,
    caller: Appellant,
    month: MonthName,
    body: AppealBody,
    key: IdempotencyKey = None,
) -> Response:
    """Object to a frozen month; the figures stay, the objection stands beside them."""
    data = {"month": month, **body.model_dump(exclude_none=True)}
    return await _act(request, web, caller, Deed(action="kpi_appeal", data=data), key=key)


async def _act(
    request: Request, web: Web, caller: Caller, deed: Deed, *, key: str | None, status: int = 200
) -> Response:
    await carry(web, caller, deed, key=key, trace_id=trace_id_of(request.state))
    return answer(await run_in_threadpool(_read_month, web, caller.scope, str(deed.data["month"])), status)


def _make(web: Web, asked: tuple[Caller, KpiQuestion]) -> dict[str, Any]:
    with web.database.read() as session:
        return make_kpi(session, web.city.get(), asked[0].scope, asked[1])


def _read_month(web: Web, scope: Scope, month: str) -> dict[str, Any]:
    city = web.city.get()
    with web.database.read() as session:
        row = session.get(KpiMonth, month)
    if row is None:
        raise not_found()
    figures, appeals = row.figures, row.appeals
    if row.state != "published" and not is_city_wide(scope, city):
        own = {code for grant in scope.grants for code in path_of(city, grant.area)}
        towns = {code: one for code, one in figures["groups"]["town"].items() if code in own}
        figures = {"groups": {"town": towns}}
        appeals = [one for one in appeals if one["area"] in own]
    return {**_show_month(row), "figures": figures, "appeals": appeals, "demo": city.demo}


def _show_month(row: KpiMonth) -> dict[str, Any]:
    return {
        "month": row.month,
        "state": row.state,
        "number": row.number,
        "frozen_at": row.frozen_at,
        "frozen_by": row.frozen_by,
        "published_at": row.published_at,
        "published_by": row.published_by or None,
        "appeal_count": len(row.appeals),
    }
