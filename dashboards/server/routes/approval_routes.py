"""Requests that wait for somebody: those about one case as a queue, and masked fields of many cases."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from starlette.responses import Response

from command_center.cases.approval_tables import Approval
from command_center.cases.incident_tables import Incident
from command_center.moves.approvals import may_decide
from command_center.moves.bulk_unmask import ACTION, MOST
from command_center.moves.situate import situate_offer
from dashboards.server.answers import answer
from dashboards.server.brain_call import Deed, IdempotencyKey, carry
from dashboards.server.edges import trace_id_of
from dashboards.server.incidents.incident_course import show_request
from dashboards.server.incidents.incident_queries import NUMBER_MAX
from dashboards.server.incidents.incident_shape import PROBLEMS
from dashboards.server.incidents.names import name_title
from dashboards.server.incidents.paging import page
from dashboards.server.routes.act_routes import FIELDS_OF_REPORTER
from dashboards.server.routes.incident_routes import Doer
from dashboards.server.sessions.admission import OPERATORS, admit
from dashboards.server.sessions.session_store import Caller
from dashboards.server.toolbox import Tools, Web

SHOWN = 200
Operator = Annotated[Caller, Depends(admit(OPERATORS))]
RequestId = Annotated[int, Path(ge=1, le=NUMBER_MAX)]

router = APIRouter(prefix="/api/v1", tags=["approvals"], responses=PROBLEMS)


class UnmaskManyBody(BaseModel):
    """Which masked field of which cases, and why."""

    model_config = ConfigDict(extra="forbid")

    incidents: list[Annotated[int, Field(ge=1, le=NUMBER_MAX)]] = Field(min_length=1, max_length=MOST)
    field: str = Field(max_length=40)
    reason: str = Field(min_length=1, max_length=200)


class DecisionBody(BaseModel):
    """Why, where there is something to say."""

    model_config = ConfigDict(extra="forbid")

    reason: str | None = Field(None, max_length=400)


@router.get("/approvals")
def list_approvals(web: Tools, caller: Doer) -> Response:
    """List the requests that wait for this person's word, oldest first; ``incident`` is where to give it."""
    city, now = web.city.get(), web.clock.now()
    waiting = (
        select(Approval, Incident)
        .join(Incident, Incident.number == Approval.incident)
        .where(Approval.state == "pending", caller.scope.clause())
        .order_by(Approval.id)
        .limit(SHOWN)
    )
    with web.database.read() as session:
        items = []
        for request, incident in session.execute(waiting).all():
            situation = situate_offer(session, incident, caller.scope, city=city, now=now)
            if may_decide(situation, request):
                about = {"incident": incident.number, **name_title(city, incident)}
                items.append({**about, **show_request(request)})
    return answer(page(items))


@router.post("/unmask-requests", status_code=201)
async def ask_to_unmask_many(
    *, request: Request, web: Tools, caller: Operator, body: UnmaskManyBody, key: IdempotencyKey = None
) -> Response:
    """Ask to see a masked field of many cases; somebody else must agree."""
    data = {**body.model_dump(), "field": FIELDS_OF_REPORTER.get(body.field, body.field)}
    return await _carry(request, web, caller, Deed(action="unmask_many", data=data), key=key, status=201)


@router.get("/unmask-requests")
def list_unmask_requests(web: Tools, caller: Operator) -> Response:
    """List the requests to unmask in bulk that are this person's own, or wait for somebody like them."""
    with web.database.read() as session:
        rows = session.scalars(
            select(Approval).where(Approval.action == ACTION).order_by(Approval.id.desc()).limit(SHOWN)
        ).all()
        items = []
        for row in rows:
            numbers = list(row.data["incidents"])
            seen = select(Incident.number).where(Incident.number.in_(numbers), caller.scope.clause())
            if row.asked_by == caller.account or len(session.scalars(seen).all()) == len(numbers):
                shown = {"state": row.state, "incidents": numbers, "field": row.data["field"], **show_request(row)}
                items.append(shown | {"is_own": row.asked_by == caller.account})
    return answer(page(items))


@router.post("/unmask-requests/{id}/{decision}")
async def decide_unmask_request(
    *,
    request: Request,
    web: Tools,
    caller: Operator,
    id: RequestId,
    decision: Annotated[str, Path(pattern="^(approve|decline|read)$")],
    body: DecisionBody | None = None,
    key: IdempotencyKey = None,
) -> Response:
    """Agree to it, decline it, or read what was agreed to."""
    if decision == "read":
        deed = Deed(action="unmask_many_read", data={"id": id})
    else:
        reason = {"reason": body.reason} if body is not None and body.reason else {}
        deed = Deed(action="unmask_many_decide", data={"id": id, "agrees": decision == "approve", **reason})
    return await _carry(request, web, caller, deed, key=key)


async def _carry(
    request: Request, web: Web, caller: Caller, deed: Deed, *, key: str | None, status: int = 200
) -> Response:
    done: Any = await carry(web, caller, deed, key=key, trace_id=trace_id_of(request.state))
    return answer(done.result, status)
