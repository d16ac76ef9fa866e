"""What a camera shows now, as one picture, for those who command by its area.

A live picture shows people: workers in the field, contractors and administrators have no business with it, and it
is kept nowhere. The screen never learns the camera's own address.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from command_center.people.roles import Role
from dashboards.server.attachments.camera_pictures import CameraPictures, NoPicture, find_snapshot_url
from dashboards.server.errors import Refused, not_found
from dashboards.server.incidents.names import path_of
from dashboards.server.routes.register_routes import ThingId
from dashboards.server.sessions.admission import OPERATORS, admit
from dashboards.server.sessions.session_store import Caller
from dashboards.server.toolbox import Tools, Web

LOOKERS = OPERATORS | {Role.WALL, Role.LEADER, Role.LEAD_SUPERVISOR}
Looker = Annotated[Caller, Depends(admit(LOOKERS))]

router = APIRouter(prefix="/api/v1", tags=["registers"])


@router.get("/cameras/{id}/picture")
async def get_camera_picture(web: Tools, request: Request, caller: Looker, id: ThingId) -> Response:
    """Return what the camera shows now; 503 with the reason in words where it gives nothing."""
    url = await run_in_threadpool(_find_url, web, caller, id)
    pictures: CameraPictures = request.app.state.camera_pictures
    try:
        content_type, content = await pictures.get(url)
    except NoPicture as error:
        raise Refused("unavailable", f"There is no picture now: {error}.") from error
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type=content_type, headers=headers)


def _find_url(web: Web, caller: Caller, id: str) -> str:
    city = web.city.get()
    camera = city.register.find_camera(id)
    if camera is None or not caller.scope.sees_area(path_of(city, camera.area)):
        raise not_found()
    url = find_snapshot_url(city, camera)
    if url is None:
        raise Refused("unavailable", "This camera gives no single pictures.")
    return url
