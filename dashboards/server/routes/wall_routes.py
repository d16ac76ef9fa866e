"""A seat puts an incident or a camera up on the wall of its area, or takes it down again.

Comes in: a person's request. Goes out: a ring to every web process, whose walls show it (``live/live_show.py``).
The record is not touched: nothing of the case changes by being looked at.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from command_center.cases.audience_rows import read_audiences
from command_center.cases.incident_tables import Incident
from command_center.people.audience import Audience
from command_center.people.roles import Role
from dashboards.server.answers import answer
from dashboards.server.brain_call import IdempotencyKey
from dashboards.server.errors import Refused, not_found
from dashboards.server.incidents.incident_queries import NUMBER_MAX
from dashboards.server.incidents.names import path_of
from dashboards.server.incidents.sight import check_area
from dashboards.server.live.live_show import Shown
from dashboards.server.sessions.admission import admit
from dashboards.server.sessions.session_store import Caller
from dashboards.server.toolbox import Tools, Web
from foundation.bus import subjects
from foundation.clock import to_rfc3339
from foundation.ids import new_id

SEATS = frozenset({Role.DISTRICT_OPERATOR, Role.TOWN_OPERATOR, Role.SHIFT_LEADER, Role.DUTY_LEADER})
CLASS_2 = 2
Seat = Annotated[Caller, Depends(admit(SEATS))]

router = APIRouter(prefix="/api/v1", tags=["live"])


class ShowBody(BaseModel):
    """What to show: an incident or a camera; neither: the wall shows its own view again."""

    model_config = ConfigDict(extra="forbid")

    incident: int | None = Field(None, ge=1, le=NUMBER_MAX)
    camera: str | None = Field(None, max_length=64)
    area: str | None = Field(None, max_length=40)


@router.post("/wall/show", status_code=202)
async def show_on_wall(web: Tools, caller: Seat, body: ShowBody, key: IdempotencyKey = None) -> Response:
    """Put an incident or a camera up on the walls of an area; without one, of the person's own."""
    del key  # the latest rules: sending the same twice changes nothing
    shown = await run_in_threadpool(_check, web, caller, body)
    await web.bus.ring(subjects.SHOW, msgspec.json.encode(shown))
    return answer(shown.to_frame(), 202)


def _check(web: Web, caller: Caller, body: ShowBody) -> Shown:
    """Return the push, or refuse it."""
    city = web.city.get()
    if body.incident is not None and body.camera is not None:
        raise Refused("invalid", "A wall shows one thing at a time.", fields={"camera": "not beside an incident"})
    area = check_area(caller.scope, city, body.area)
    if not caller.scope.sees_area(path_of(city, area)):
        raise not_found()  # a wall above one's own is another centre's
    camera = city.register.find_camera(body.camera) if body.camera is not None else None
    path = path_of(city, camera.area) if camera is not None else ()
    if body.camera is not None and (camera is None or not caller.scope.sees_area(path)):
        raise not_found()
    return Shown(
        id=new_id(),
        area=area,
        at=to_rfc3339(web.clock.now()),
        by_role=_role_of(caller),
        incident=body.incident,
        camera=body.camera,
        camera_path=path,
        audience=_find_audience(web, caller, body.incident) if body.incident is not None else None,
    )


def _find_audience(web: Web, caller: Caller, number: int) -> Audience:
    with web.database.read() as session:
        row = session.get(Incident, number)
        audience = read_audiences(session, [row], web.city.get())[number] if row is not None else None
        if audience is None or not caller.scope.sees(audience):
            raise not_found()
    if audience.privacy_class >= CLASS_2:
        raise Refused(
            "move_not_allowed", "Such a matter stands on walls as a count alone: it cannot be put up there."
        )
    return audience


def _role_of(caller: Caller) -> str:
    return next(str(role) for role in SEATS if role in caller.scope.roles())
