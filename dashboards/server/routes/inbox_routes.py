"""What an office does with its list: takes it away as a workbook, and keeps sentences for its answers."""

from __future__ import annotations

from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from command_center.administration.template_tables import ReplyTemplate
from command_center.cases.incident_rows import read_files
from command_center.cases.incident_tables import Incident
from command_center.people.masking import mask_name
from command_center.people.roles import SEES_BY_DEPARTMENT
from dashboards.server.answers import answer
from dashboards.server.brain_call import Deed, IdempotencyKey, carry
from dashboards.server.edges import trace_id_of
from dashboards.server.errors import not_found
from dashboards.server.figures.incident_workbook import Sheet, write_incidents
from dashboards.server.incidents.incident_queries import NUMBER_MAX, IncidentFilter, select_visible
from dashboards.server.incidents.incident_shape import PROBLEMS
from dashboards.server.incidents.paging import page
from dashboards.server.routes.answer_shapes import PageShape
from dashboards.server.routes.answer_shapes_office import TemplateShape
from dashboards.server.routes.incident_routes import show_for
from dashboards.server.routes.kpi_routes import XLSX
from dashboards.server.sessions.admission import VIEWERS, admit
from dashboards.server.sessions.session_store import Caller
from dashboards.server.toolbox import Tools, Web

ROWS_MAX = 5000
Viewer = Annotated[Caller, Depends(admit(VIEWERS))]
Clerk = Annotated[Caller, Depends(admit(SEES_BY_DEPARTMENT))]
Id = Annotated[int, Path(ge=1, le=NUMBER_MAX)]

router = APIRouter(prefix="/api/v1", tags=["office"], responses=PROBLEMS)


class ExportFilter(IncidentFilter):
    """The query of the list, and the language of the workbook; pages are not asked for."""

    lang: Literal["zh", "en"] = "zh"


class TemplateBody(BaseModel):
    """A sentence; with ``id`` in place of the one that stands there."""

    model_config = ConfigDict(extra="forbid")

    id: int | None = Field(None, ge=1, le=NUMBER_MAX)
    department: str | None = Field(None, max_length=64)
    use: Literal["", "dispose", "return", "extend", "suspend", "answer_supervision"] = ""
    name: str = Field(min_length=1, max_length=80)
    text: str = Field(min_length=1, max_length=1000)


@router.get("/incidents.xlsx")
def export_incidents(web: Tools, caller: Viewer, wanted: Annotated[ExportFilter, Query()]) -> Response:
    """Return the list of ``GET /incidents`` as a workbook: the same scope, the same masks."""
    city, now = web.city.get(), web.clock.now()
    statement = select_visible(caller.scope, wanted, city).order_by(Incident.number.desc()).limit(ROWS_MAX + 1)
    with web.database.read() as session:
        rows = session.scalars(statement).all()
        items = [show_for(web, caller.scope, file) for file in read_files(session, rows[:ROWS_MAX], city)]
    sheet = Sheet(
        language=wanted.lang,
        zone=ZoneInfo(str(city.timezone)),
        made_at=now,
        made_by=mask_name(caller.name),
        is_demo=city.demo or web.settings.demo,
        is_cut=len(rows) > ROWS_MAX,
    )
    name = f"incidents-{now.astimezone(sheet.zone):%Y%m%d-%H%M}.xlsx"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(write_incidents(items, sheet), media_type=XLSX, headers=headers)


@router.get("/reply-templates", responses={200: {"model": PageShape[TemplateShape]}})
def list_templates(web: Tools, caller: Clerk) -> Response:
    """List the sentences of this person's departments, by use and name."""
    return answer(page([_show(row) for row in _read(web, caller)]))


@router.post("/reply-templates", status_code=201, responses={201: {"model": TemplateShape}})
async def save_template(
    *, request: Request, web: Tools, caller: Clerk, body: TemplateBody, key: IdempotencyKey = None
) -> Response:
    """Keep a sentence, or change one."""
    deed = Deed(action="template_save", data=body.model_dump(exclude_none=True))
    done = await carry(web, caller, deed, key=key, trace_id=trace_id_of(request.state))
    rows = await run_in_threadpool(_read, web, caller)
    kept = next((row for row in rows if row.id == done.result["id"]), None)
    if kept is None:
        raise not_found()
    return answer(_show(kept), 201)


@router.post("/reply-templates/{id}/remove", responses={200: {"model": PageShape[TemplateShape]}})
async def remove_template(
    *, request: Request, web: Tools, caller: Clerk, id: Id, key: IdempotencyKey = None
) -> Response:
    """Remove a sentence; answers with those that stay."""
    deed = Deed(action="template_remove", data={"id": id})
    await carry(web, caller, deed, key=key, trace_id=trace_id_of(request.state))
    rows = await run_in_threadpool(_read, web, caller)
    return answer(page([_show(row) for row in rows]))


def _read(web: Web, caller: Caller) -> list[ReplyTemplate]:
    own = sorted({grant.department for grant in caller.scope.grants if grant.department})
    chosen = select(ReplyTemplate).where(ReplyTemplate.department.in_(own))
    with web.database.read() as session:
        return list(session.scalars(chosen.order_by(ReplyTemplate.use, ReplyTemplate.name, ReplyTemplate.id)))


def _show(row: ReplyTemplate) -> dict[str, object]:
    kept = ("id", "department", "use", "name", "text", "changed_at")
    return {name: getattr(row, name) for name in kept}
