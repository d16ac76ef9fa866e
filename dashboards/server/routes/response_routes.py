"""Emergency responses: list, one whole, open one, act on one; read here, done by the brain."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Path, Query, Request
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from command_center.cases.incident_tables import Incident
from command_center.people.roles import Role
from command_center.people.scope import Scope
from command_center.responses.report_tables import UpwardReport
from command_center.responses.response_file import STAFF, audience_of, has_role_at, keeps_post
from command_center.responses.response_forms import FORMS, LABELS
from command_center.responses.response_tables import EmergencyResponse, Instruction, ResponseRelease
from dashboards.server.answers import answer
from dashboards.server.brain_call import Deed, IdempotencyKey, carry
from dashboards.server.edges import trace_id_of
from dashboards.server.errors import not_found
from dashboards.server.incidents.incident_queries import NUMBER_MAX
from dashboards.server.incidents.names import name_area, name_holder
from dashboards.server.incidents.paging import page
from dashboards.server.routes.level_routes import show_report
from dashboards.server.sessions.admission import ACTORS, VIEWERS, admit
from dashboards.server.sessions.session_store import Caller
from dashboards.server.toolbox import Tools, Web
from grid.city import City

LISTED_MAX = 200
Viewer = Annotated[Caller, Depends(admit(VIEWERS))]
Doer = Annotated[Caller, Depends(admit(ACTORS | {Role.LEADER}))]
Id = Annotated[int, Path(ge=1, le=NUMBER_MAX)]
ActionName = Annotated[str, Path(pattern=r"^[a-z_]{1,40}$")]
Fields = Annotated[dict[str, Any], Body()]

router = APIRouter(prefix="/api/v1", tags=["responses"])


@router.get("/responses")
def list_responses(
    web: Tools, caller: Viewer, state: Annotated[Literal["open", "all"], Query()] = "open"
) -> Response:
    """List the responses of this person's areas, and those that command a post of theirs; newest first."""
    city = web.city.get()
    chosen = select(EmergencyResponse).order_by(EmergencyResponse.id.desc()).limit(LISTED_MAX)
    if state == "open":
        chosen = chosen.where(EmergencyResponse.state != "ended")
    with web.database.read() as session:
        rows = [row for row in session.scalars(chosen) if _sees(session, caller.scope, row, city)]
        return answer(page([_show_facts(row, city) for row in rows]))


@router.get("/responses/{id}")
def get_response(web: Tools, caller: Viewer, id: Id) -> Response:
    """Return a response: whole to who sees its area, to a commanded post its own instructions."""
    return answer(_read(web, caller.scope, id))


@router.post("/responses", status_code=201)
async def open_response(
    *, request: Request, web: Tools, caller: Doer, body: Fields, key: IdempotencyKey = None
) -> Response:
    """Open a response (值守 or 预警)."""
    deed = Deed(action="open_response", data=body)
    done = await carry(web, caller, deed, key=key, trace_id=trace_id_of(request.state))
    return answer(await run_in_threadpool(_read, web, caller.scope, int(done.result["id"])), 201)


@router.post("/responses/{id}/actions/{action}")
async def act_on_response(
    *,
    request: Request,
    web: Tools,
    caller: Doer,
    id: Id,
    action: ActionName,
    body: Fields,
    key: IdempotencyKey = None,
) -> Response:
    """Carry out an action on a response; its fields are those of the form that ``actions`` shows."""
    if action not in FORMS or action == "open_response":
        raise not_found()
    deed = Deed(action=action, data={**body, "id": id})
    done = await carry(web, caller, deed, key=key, trace_id=trace_id_of(request.state))
    shown = await run_in_threadpool(_read, web, caller.scope, id)
    return answer({**shown, "done": done.result})


def _read(web: Web, scope: Scope, id: int) -> dict[str, Any]:
    city = web.city.get()
    with web.database.read() as session:
        row = session.get(EmergencyResponse, id)
        if row is None or not _sees(session, scope, row, city):
            raise not_found()
        return _show(session, scope, row, city)


def _sees(session: Session, scope: Scope, row: EmergencyResponse, city: City) -> bool:
    return scope.sees(audience_of(row, city)) or bool(_own_instructions(session, scope, row, city))


def _own_instructions(session: Session, scope: Scope, row: EmergencyResponse, city: City) -> list[Instruction]:
    chosen = select(Instruction).where(Instruction.response == row.id).order_by(Instruction.id)
    found = session.scalars(chosen).all()
    return [
        one
        for one in found
        if keeps_post(scope, city, one.holder_code)
        or (one.copied_to is not None and keeps_post(scope, city, one.copied_to))
    ]


def _show(session: Session, scope: Scope, row: EmergencyResponse, city: City) -> dict[str, Any]:
    is_whole = scope.sees(audience_of(row, city))
    if not is_whole:
        own = _own_instructions(session, scope, row, city)
        return {**_show_facts(row, city), "partial": True, "instructions": [_show_order(o, city) for o in own]}
    orders = session.scalars(select(Instruction).where(Instruction.response == row.id).order_by(Instruction.id))
    reports = session.scalars(
        select(UpwardReport).where(UpwardReport.response == row.id).order_by(UpwardReport.id)
    )
    told = session.scalars(
        select(ResponseRelease).where(ResponseRelease.response == row.id).order_by(ResponseRelease.id)
    )
    bound = session.scalars(
        select(Incident.number).where(Incident.response == row.id, scope.clause()).order_by(Incident.number)
    )
    is_staff = has_role_at(scope, STAFF, row.area, city)
    return {
        **_show_facts(row, city),
        "partial": False,
        "incidents": list(bound),
        "instructions": [_show_order(order, city) for order in orders],
        "reports": [show_report(report) for report in reports],
        "reports_due": row.reports,
        "releases": [{"id": r.id, "channel": r.channel, "text": r.text, "at": r.at} for r in told],
        "evaluation": row.evaluation,
        "evaluated_at": row.evaluated_at,
        "actions": _list_forms() if is_staff else [],
    }


def _list_forms() -> list[dict[str, Any]]:
    kept = {name: form for name, form in FORMS.items() if name != "open_response"}
    return [{"action": name, "label": LABELS[name], "schema": form} for name, form in kept.items()]


def _show_facts(row: EmergencyResponse, city: City) -> dict[str, Any]:
    proposal = {k: row.proposal[k] for k in ("action", "level", "at")} if row.proposal else None
    return {
        "id": row.id,
        "title": row.title,
        "area": name_area(city, row.area),
        "domain": row.domain,
        "state": row.state,
        "level": row.level,
        "drill": row.drill,
        "proposal": proposal,
        "opened_at": row.opened_at,
        "activated_at": row.activated_at,
        "terminated_at": row.terminated_at,
        "ended_at": row.ended_at,
        "version": row.version,
        "frozen": row.frozen,
    }


def _show_order(row: Instruction, city: City) -> dict[str, Any]:
    zh, en = name_holder(city, row.holder_code)
    return {
        "id": row.id,
        "state": row.state,
        "holder": row.holder_code,
        "holder_name": {"zh": zh, "en": en},
        "copied_to": row.copied_to,
        "text": row.text,
        "result": row.result,
        "issued_at": row.issued_at,
        "due_at": row.due_at,
        "late": row.late > 0,
        "received_at": row.received_at,
        "executing_at": row.executing_at,
        "ended_at": row.ended_at,
    }
