"""The pages: the wall, the desk and the field app, as built into the static folder, and their files.

Files under ``/assets`` carry a hash in their name and are kept by browsers; pages are always asked for anew.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi import Path as Part
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, RedirectResponse, Response

from command_center.people.roles import Role
from dashboards.server.errors import Refused, not_found
from dashboards.server.sessions.admission import admit_public, get_caller
from dashboards.server.toolbox import Tools

FIELD_ROLES = frozenset({Role.GRID_WORKER, Role.HANDLER})
WALLS = frozenset({"emergency", "public-order", "urban-management", "transport", "playback"})
FRESH = {"Cache-Control": "no-cache"}
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
FOR_A_DAY = {"Cache-Control": "public, max-age=86400"}
# what stands behind the question mark (?lang, ?tab) is the page's business, as its own addresses are
OPEN = [Depends(admit_public("a page without data: the log-in stands on it", any_query=True))]
NOT_BUILT = "The pages are not built yet: run `make build`."

router = APIRouter(include_in_schema=False)
READ = ["GET", "HEAD"]


@router.api_route("/", methods=READ, dependencies=OPEN)
async def go_home(request: Request, web: Tools) -> Response:
    """Send everybody where they work."""
    try:
        caller = await run_in_threadpool(get_caller, web, request)
    except Refused:
        return RedirectResponse("/desk", 303)
    if caller.is_wall:
        return RedirectResponse("/wall", 303)
    roles = caller.scope.roles()
    return RedirectResponse("/field" if roles and roles <= FIELD_ROLES else "/desk", 303)


@router.api_route("/wall", methods=READ, dependencies=OPEN)
def wall(web: Tools) -> Response:
    """Return the wall."""
    return _page(web.static, "wall.html")


@router.api_route("/wall/{domain}", methods=READ, dependencies=OPEN)
def domain_wall(web: Tools, domain: Annotated[str, Part(max_length=40)]) -> Response:
    """Return the wall of one domain, or a period played back on it."""
    if domain not in WALLS:
        raise not_found()
    return _page(web.static, "wall.html")


@router.api_route("/desk", methods=READ, dependencies=OPEN)
@router.api_route("/desk/{rest:path}", methods=READ, dependencies=OPEN)
def desk(web: Tools) -> Response:
    """Return the desk; its own addresses below are the page's business."""
    return _page(web.static, "desk.html")


@router.api_route("/field", methods=READ, dependencies=OPEN)
@router.api_route("/field/{rest:path}", methods=READ, dependencies=OPEN)
def field(web: Tools) -> Response:
    """Return the field app."""
    return _page(web.static, "field.html")


@router.api_route("/field-sw.js", methods=READ, dependencies=OPEN)
def field_worker(web: Tools) -> Response:
    """Return the field app's service worker, allowed to serve ``/field``."""
    path = web.static / "field-sw.js"
    if not path.is_file():
        raise not_found()
    return FileResponse(path, media_type="text/javascript", headers={**FRESH, "Service-Worker-Allowed": "/"})


@router.api_route("/favicon.ico", methods=READ, dependencies=OPEN)
def favicon(web: Tools) -> Response:
    """Return the sign of the pages to a browser that asks by itself, as it does where it shows plain JSON."""
    return asset(web, "icon.svg")


@router.api_route("/assets/{name:path}", methods=READ, dependencies=OPEN)
def asset(web: Tools, name: Annotated[str, Part(max_length=300)]) -> Response:
    """Return a file that a page is made of."""
    if "\x00" in name:
        raise not_found()
    folder = (web.static / "assets").resolve()
    path = (folder / name).resolve()
    if not path.is_relative_to(folder) or not path.is_file():
        raise not_found()
    is_hashed = "-" in path.stem and len(path.stem.rsplit("-", maxsplit=1)[1]) >= 8
    kind = "application/manifest+json" if path.suffix == ".webmanifest" else None
    return FileResponse(path, media_type=kind, headers=FOR_EVER if is_hashed else FOR_A_DAY)


def _page(static: Path, name: str) -> Response:
    path = static / name
    if not path.is_file():
        raise Refused("not_now", NOT_BUILT)
    return FileResponse(path, media_type="text/html; charset=utf-8", headers=FRESH)
