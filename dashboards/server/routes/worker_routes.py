"""The people in the field: who there is, where they are, their own position and shift."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from command_center.cases.case_file import OPEN_ORDER_STATES
from command_center.orders.order_tables import Order, WorkerState
from command_center.people.masking import mask_name
from command_center.people.roles import Role
from dashboards.server.answers import answer
from dashboards.server.brain_call import Deed, IdempotencyKey, carry
from dashboards.server.edges import trace_id_of
from dashboards.server.errors import Refused
from dashboards.server.incidents.names import name_area, path_of
from dashboards.server.incidents.paging import Cursor, Limit, page, page_of
from dashboards.server.live.live_positions import may_see_worker
from dashboards.server.moments import Moment
from dashboards.server.sessions.admission import FIELD, OPERATORS, VIEWERS, admit
from dashboards.server.sessions.session_store import Caller
from dashboards.server.toolbox import Tools, Web
from foundation.bus import subjects
from foundation.clock import to_rfc3339
from grid.city import City
from grid.coordinates import CoordSys, LonLat, is_plausible, to_wgs84
from grid.posts import Worker

MEETS_BY_NAME = OPERATORS | {Role.LIAISON, Role.LEAD_SUPERVISOR}
Viewer = Annotated[Caller, Depends(admit(VIEWERS))]
Phone = Annotated[Caller, Depends(admit(FIELD))]
Word = Annotated[str | None, Query(max_length=64)]

router = APIRouter(prefix="/api/v1", tags=["people"])


class PositionBody(BaseModel):
    """Where the phone says it is."""

    model_config = ConfigDict(extra="forbid")

    lon: float = Field(ge=-180, le=180, allow_inf_nan=False)
    lat: float = Field(ge=-90, le=90, allow_inf_nan=False)
    coord_sys: CoordSys = CoordSys.WGS84
    accuracy_m: float | None = Field(None, ge=0, le=100_000, allow_inf_nan=False)
    at: Moment | None = None


class ShiftBody(BaseModel):
    """On shift or off: ``on`` and ``on_shift`` say the same."""

    model_config = ConfigDict(extra="forbid")

    on: bool | None = None
    on_shift: bool | None = None


@router.get("/workers")
def list_workers(
    *,
    web: Tools,
    caller: Viewer,
    area: Word = None,
    on_shift: bool | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """List the workers of this person's areas or department, by id; positions only of those on shift."""
    city = web.city.get()
    with web.database.read() as session:
        states = {row.worker: row for row in session.scalars(select(WorkerState))}
        found = [
            worker
            for worker in city.workers.list_workers()
            if may_see_worker(caller.scope, city, worker.id)
            and (area is None or area in path_of(city, worker.area))
            and (on_shift is None or _is_on(states.get(worker.id)) == on_shift)
        ]
        shown = page_of(found, limit, cursor)
        loads = _count_orders(session, [worker.id for worker in shown["items"]])
    by_name = caller.scope.has_role(MEETS_BY_NAME)
    items = [
        {
            **_show_worker(city, worker, states.get(worker.id)),
            "name": worker.name if by_name or worker.id == caller.scope.worker else mask_name(worker.name),
            "open_orders": loads.get(worker.id, 0),
            "phone": (worker.phone or None) if by_name else None,
        }
        for worker in shown["items"]
    ]
    return answer(page(items, shown["next"]))


@router.post("/workers/me/position", status_code=202)
async def tell_position(web: Tools, caller: Phone, body: PositionBody, key: IdempotencyKey = None) -> Response:
    """Tell where I am, on shift only; passed on at once to who may see it."""
    del key  # the latest wins: sending the same twice changes nothing
    worker = await run_in_threadpool(_check_on_shift, web, caller)
    lonlat = to_wgs84(LonLat(body.lon, body.lat), body.coord_sys)
    if not is_plausible(lonlat):
        raise Refused("invalid", "This is no position.", fields={"lon": "placeholder", "lat": "placeholder"})
    at = min(body.at, web.clock.now()) if body.at is not None else web.clock.now()
    position = {
        "worker": worker,
        "lon": lonlat.lon,
        "lat": lonlat.lat,
        "accuracy_m": body.accuracy_m,
        "at": to_rfc3339(at),
    }
    await web.bus.ring(subjects.POSITIONS, msgspec.json.encode(position))
    return answer({"worker": worker, "at": at}, 202)


@router.post("/workers/me/shift")
async def change_shift(
    *, request: Request, web: Tools, caller: Phone, body: ShiftBody, key: IdempotencyKey = None
) -> Response:
    """Go on or off shift."""
    worker = _own_worker(caller)
    on = body.on if body.on is not None else body.on_shift
    if on is None:
        raise Refused("invalid", "on is missing.", fields={"on": "true or false"})
    deed = Deed(action="shift", data={"on": on})
    done = await carry(web, caller, deed, key=key, trace_id=trace_id_of(request.state))
    return answer({"worker": worker, "on_shift": on, **done.result})


def _own_worker(caller: Caller) -> str:
    if caller.scope.worker is None:
        raise Refused("forbidden", "This account belongs to no worker of the roster.")
    return caller.scope.worker


def _check_on_shift(web: Web, caller: Caller) -> str:
    worker = _own_worker(caller)
    with web.database.read() as session:
        if not _is_on(session.get(WorkerState, worker)):
            raise Refused(
                "off_shift", 'Positions are taken on shift only: POST /workers/me/shift {"on": true} first.'
            )
    return worker


def _is_on(state: WorkerState | None) -> bool:
    return state is not None and state.on_shift


def _count_orders(session: Session, workers: list[str]) -> dict[str, int]:
    counts = session.execute(
        select(Order.worker, func.count())
        .where(Order.worker.in_(workers), Order.state.in_(OPEN_ORDER_STATES))
        .group_by(Order.worker)
    )
    return {str(worker): int(count) for worker, count in counts}


def _show_worker(city: City, worker: Worker, state: WorkerState | None) -> dict[str, Any]:
    on = _is_on(state)
    has_place = on and state is not None and state.lon is not None
    return {
        "id": worker.id,
        "role": worker.role,
        "post": worker.post,
        "area": name_area(city, worker.area),
        "path": list(path_of(city, worker.area)),
        "department": worker.department,
        "skills": list(worker.skills),
        "on_shift": on,
        "lon": state.lon if has_place and state else None,
        "lat": state.lat if has_place and state else None,
        "accuracy_m": state.accuracy_m if has_place and state else None,
        "at": state.at if has_place and state else None,
    }
