"""What a person may do with an incident now, and doing it: the brain acts, the answer is the incident."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from command_center.moves.table import list_allowed
from command_center.orders.order_tables import Order
from dashboards.server.answers import answer
from dashboards.server.brain_call import Deed, IdempotencyKey, carry
from dashboards.server.edges import trace_id_of
from dashboards.server.errors import Refused, not_found
from dashboards.server.incidents.incident_queries import NUMBER_MAX, find_visible
from dashboards.server.incidents.incident_shape import ONE, PROBLEMS
from dashboards.server.incidents.paging import page
from dashboards.server.moments import Moment
from dashboards.server.routes.incident_routes import Doer, Number, Viewer, show_after, show_result
from dashboards.server.sessions.session_store import Caller
from dashboards.server.toolbox import Tools, Web

FIELDS_OF_REPORTER = {"name": "reporter_name", "phone": "reporter_phone"}
ActionName = Annotated[str, Path(pattern=r"^[a-z_]{1,40}$")]
OrderId = Annotated[int, Path(ge=1, le=NUMBER_MAX)]
Fields = Annotated[dict[str, Any], Body()]
_MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)

router = APIRouter(prefix="/api/v1", tags=["actions"], responses=PROBLEMS)


class UnmaskBody(BaseModel):
    """Which masked field, of which caller (without one: of the first), and why."""

    model_config = ConfigDict(extra="forbid")

    field: str = Field(max_length=40)
    reporter: int | None = Field(None, ge=1, le=NUMBER_MAX)
    reason: str = Field(min_length=1, max_length=200)


@router.get("/incidents/{number}/actions")
def list_actions(web: Tools, caller: Viewer, number: Number) -> Response:
    """List what this person may do now, with the JSON Schema of what each needs."""
    city = web.city.get()
    with web.database.read() as session:
        incident = find_visible(session, caller.scope, number)
        return answer(page(list(list_allowed(session, incident, caller.scope, city))))


@router.post("/incidents/{number}/actions/{action}", responses=ONE)
async def act_on_incident(
    *,
    request: Request,
    web: Tools,
    caller: Doer,
    number: Number,
    action: ActionName,
    body: Fields,
    key: IdempotencyKey = None,
) -> Response:
    """Carry out an action on the incident; the body is ``{version | after, …}`` and the action's own fields."""
    deed = _read_deed(action, body, incident=number)
    return await _act(request, web, caller, deed, key=key)


@router.post("/orders/{id}/actions/{action}", responses=ONE)
async def act_on_order(
    *,
    request: Request,
    web: Tools,
    caller: Doer,
    id: OrderId,
    action: ActionName,
    body: Fields,
    key: IdempotencyKey = None,
) -> Response:
    """Carry out an action on one order; answers with its incident."""
    deed = _read_deed(action, body, order=id)
    return await _act(request, web, caller, deed, key=key)


@router.post("/incidents/{number}/unmask")
async def unmask(
    *, request: Request, web: Tools, caller: Doer, number: Number, body: UnmaskBody, key: IdempotencyKey = None
) -> Response:
    """Show a masked field, with the reason in the journal."""
    data = {**body.model_dump(exclude_none=True), "field": FIELDS_OF_REPORTER.get(body.field, body.field)}
    deed = Deed(action="unmask", data=data, incident=number)
    done = await carry(web, caller, deed, key=key, trace_id=trace_id_of(request.state))
    return answer({**done.result, "field": body.field})


async def _act(request: Request, web: Web, caller: Caller, deed: Deed, *, key: str | None) -> Response:
    try:
        done = await carry(web, caller, deed, key=key, trace_id=trace_id_of(request.state))
    except Refused as refused:
        await run_in_threadpool(_add_present_state, web, caller, (deed, refused))
        raise
    if done.incident is None:
        raise not_found()
    return answer(await run_in_threadpool(show_after, web, caller.scope, done.incident))


def _add_present_state(web: Web, caller: Caller, told: tuple[Deed, Refused]) -> None:
    """Show the loser of a race the incident as it stands now."""
    deed, refused = told
    number = deed.incident
    if refused.status == 409 and deed.order is not None:
        with web.database.read() as session:
            number = session.scalar(select(Order.incident).where(Order.id == deed.order))
    if refused.status == 409 and number is not None:
        refused.facts["incident"] = show_result(web, caller.scope, number)


def _read_deed(
    action: str, body: dict[str, Any], *, incident: int | None = None, order: int | None = None
) -> Deed:
    data = dict(body)
    version, after, at = data.pop("version", None), data.pop("after", None), data.pop("at", None)
    faults = {}
    if version is not None and (isinstance(version, bool) or not isinstance(version, int) or version < 0):
        faults["version"] = "a whole number"
    if after is not None and not isinstance(after, str):
        faults["after"] = "the Idempotency-Key of the action that this one follows"
    if faults:
        raise Refused("invalid", f"These fields are wrong: {', '.join(faults)}.", fields=faults)
    return Deed(
        action=action, data=data, incident=incident, order=order, version=version, after=after, at=_read_moment(at)
    )


def _read_moment(at: Any) -> datetime | None:
    if at is None:
        return None
    try:
        return _MOMENT.validate_python(at)
    except ValidationError as error:
        raise Refused("invalid", "at is an RFC 3339 time with offset.", fields={"at": "RFC 3339"}) from error
