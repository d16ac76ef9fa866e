"""What people do to the register over HTTP: add, change, import, and decide about things that it does not know.

Comes in: requests of administrators and departments. Goes out: actions to the brain, which alone writes; a dry run
of an import is answered here.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Path, Query, Request
from sqlalchemy import and_, or_, select
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from command_center.people.roles import Role
from command_center.registers.device_candidate_tables import DeviceCandidate
from command_center.registers.register_steps import ACCEPTING, CLERKS
from command_center.signals.signal_tables import QuarantineRow
from dashboards.server.answers import answer
from dashboards.server.brain_call import Deed, IdempotencyKey, carry
from dashboards.server.edges import trace_id_of
from dashboards.server.errors import Refused, not_found
from dashboards.server.incidents.paging import Cursor, Limit, decode_cursor, encode_cursor, page
from dashboards.server.incidents.sight import is_city_wide
from dashboards.server.routes.register_view import may_see_thing, read_seen, show_thing
from dashboards.server.sessions.admission import admit
from dashboards.server.sessions.session_store import Caller
from dashboards.server.toolbox import Tools, Web
from grid.register_import.plan_import import plan_import
from grid.register_import.read_things import Unreadable, as_text, decode_text
from grid.registers import Camera

MOST_BYTES = 2 * 1024 * 1024
KEPT_SHOWN = 20

Keeper = Annotated[Caller, Depends(admit({Role.SYSTEM_ADMIN, *CLERKS}))]
Accepter = Annotated[Caller, Depends(admit(ACCEPTING))]
Id = Annotated[str, Path(pattern=r"^[0-9A-Za-z._-]{1,64}$")]
Fields = Annotated[dict[str, Any], Body()]
State = Annotated[str | None, Query(max_length=12)]

router = APIRouter(prefix="/api/v1", tags=["registers"])


class Kind(StrEnum):
    DEVICES = "devices"
    CAMERAS = "cameras"


@router.post("/devices", status_code=201)
async def add_device(
    *, request: Request, web: Tools, caller: Keeper, body: Fields, key: IdempotencyKey = None
) -> Response:
    """Add a device: id, name, kind, a place in any datum, and whatever else the catalogue knows."""
    return await _add(request, web, caller, (body, False), key=key)


@router.post("/cameras", status_code=201)
async def add_camera(
    *, request: Request, web: Tools, caller: Keeper, body: Fields, key: IdempotencyKey = None
) -> Response:
    """Add a camera: a device with its field of view (heading_deg, fov_deg, range_m)."""
    return await _add(request, web, caller, (body, True), key=key)


@router.patch("/devices/{id}")
async def change_device(
    *, request: Request, web: Tools, caller: Keeper, id: Id, body: Fields, key: IdempotencyKey = None
) -> Response:
    """Change some fields of a device; ``version`` is the one that was seen."""
    return await _change(request, web, caller, (id, body), key=key)


@router.patch("/cameras/{id}")
async def change_camera(
    *, request: Request, web: Tools, caller: Keeper, id: Id, body: Fields, key: IdempotencyKey = None
) -> Response:
    """Change some fields of a camera; ``version`` is the one that was seen."""
    return await _change(request, web, caller, (id, body), key=key)


@router.post("/devices/import")
async def import_register(
    *,
    request: Request,
    web: Tools,
    caller: Annotated[Caller, Depends(admit({Role.SYSTEM_ADMIN}))],
    kind: Kind,
    datum: Annotated[str, Query(max_length=40)] = "wgs84",
    dry_run: bool = False,
    key: IdempotencyKey = None,
) -> Response:
    """Import a CSV or GeoJSON file, the body as it is; with one fault nothing is kept, and each names its row."""
    raw = await request.body()
    if len(raw) > MOST_BYTES:
        raise Refused(
            "too_large", f"A register file has at most {MOST_BYTES} bytes: divide it, or use the command."
        )
    if dry_run:
        plan = await run_in_threadpool(plan_import, raw, web.city.get(), kind=kind.value, datum=datum)
        return answer({"dry_run": True, **plan.summary()})
    try:
        content = decode_text(raw)
    except Unreadable as error:
        raise Refused("invalid", str(error.fault)) from error
    deed = Deed(action="import_things", data={"content": content, "kind": kind.value, "datum": datum})
    done = await carry(web, caller, deed, key=key, trace_id=trace_id_of(request.state))
    web.city.renew()
    return answer({"dry_run": False, **done.result})


@router.get("/devices/candidates")
def list_device_candidates(
    *, web: Tools, caller: Accepter, state: State = "open", limit: Limit = 50, cursor: Cursor = None
) -> Response:
    """List what speaks and stands in no register, the latest first; for those who answer for the whole city."""
    _check_wide(web, caller)
    table = DeviceCandidate
    statement = select(table).order_by(table.last_at.desc(), table.id.desc())
    if state:
        statement = statement.where(table.state == state)
    if cursor:
        at, id = decode_cursor(cursor, tuple[datetime, str])
        statement = statement.where(or_(table.last_at < at, and_(table.last_at == at, table.id < id)))
    with web.database.read() as session:
        rows = session.scalars(statement.limit(limit + 1)).all()
        kept = {row.id: list(session.scalars(_kept(row))) for row in rows[:limit]}
    shown = rows[:limit]
    more = encode_cursor((shown[-1].last_at, shown[-1].id)) if len(rows) > limit else None
    return answer(page([_show_candidate(row, kept[row.id]) for row in shown], more))


@router.post("/devices/candidates/{id}/accept")
async def accept_device(
    *, request: Request, web: Tools, caller: Accepter, id: Id, body: Fields, key: IdempotencyKey = None
) -> Response:
    """Take it into the register: name, kind and place of a new one, or ``device``: one that it is another name of.

    What spoke as a camera becomes one, unless ``is_camera`` says otherwise. What it said before is in ``kept``;
    each can be retried at the quarantine.
    """
    body = dict(body)
    said = body.pop("is_camera", None)
    data = {"id": id, "fields": _texts(body)} | ({"is_camera": said} if isinstance(said, bool) else {})
    return await _decide(request, web, caller, Deed(action="accept_device", data=data), key=key)


@router.post("/devices/candidates/{id}/dismiss")
async def dismiss_device(
    *, request: Request, web: Tools, caller: Accepter, id: Id, body: Fields, key: IdempotencyKey = None
) -> Response:
    """Let it go, with a reason."""
    unknown = sorted(set(body) - {"reason"})
    if unknown:
        raise Refused(
            "invalid", f"Unknown fields: {', '.join(unknown)}.", fields=dict.fromkeys(unknown, "unknown")
        )
    deed = Deed(action="dismiss_device", data={"id": id, "reason": str(body.get("reason") or "")[:400]})
    return await _decide(request, web, caller, deed, key=key)


async def _decide(request: Request, web: Web, caller: Caller, deed: Deed, *, key: str | None) -> Response:
    await run_in_threadpool(_check_wide, web, caller)
    done = await carry(web, caller, deed, key=key, trace_id=trace_id_of(request.state))
    web.city.renew()
    return answer(done.result)


async def _add(
    request: Request, web: Web, caller: Caller, asked: tuple[dict[str, Any], bool], *, key: str | None
) -> Response:
    body, is_camera = asked
    deed = Deed(action="register_thing", data={"is_camera": is_camera, "fields": _texts(body)})
    done = await carry(web, caller, deed, key=key, trace_id=trace_id_of(request.state))
    return await run_in_threadpool(_show_after, web, done.result, 201)


async def _change(
    request: Request, web: Web, caller: Caller, asked: tuple[str, dict[str, Any]], *, key: str | None
) -> Response:
    id, fields = asked[0], dict(asked[1])
    thing = web.city.get().register.find_thing(id)
    if thing is None or not may_see_thing(caller.scope, web.city.get(), thing):
        raise not_found()
    is_camera = request.url.path.startswith("/api/v1/cameras/")
    if isinstance(thing, Camera) is not is_camera:
        raise not_found()
    version = fields.pop("version", None)
    if not isinstance(version, int):
        raise Refused(
            "invalid", "Say the version that you saw.", fields={"version": "the thing's version, a number"}
        )
    deed = Deed(action="change_thing", data={"id": id, "version": version, "fields": _texts(fields)})
    done = await carry(web, caller, deed, key=key, trace_id=trace_id_of(request.state))
    return await run_in_threadpool(_show_after, web, done.result, 200)


def _show_after(web: Web, result: dict[str, Any], status: int) -> Response:
    """Return the thing as it stands now: the brain has written, this process reads it anew."""
    web.city.renew()
    city = web.city.get()
    thing = city.register.find_thing(result["id"])
    if thing is None:
        return answer(result, status)
    seen = read_seen(web, [thing])[thing.id]
    return answer({**show_thing(city, thing, seen, web.clock.now()), "version": result["version"]}, status)


def _texts(fields: dict[str, Any]) -> dict[str, str]:
    """Return the fields as an import would write them: one judge for both."""
    return {name: as_text(name, value) for name, value in fields.items()}


def _check_wide(web: Web, caller: Caller) -> None:
    if not caller.scope.has_role({Role.SYSTEM_ADMIN}) and not is_city_wide(caller.scope, web.city.get()):
        raise not_found()


def _kept(row: DeviceCandidate) -> Any:
    found = select(QuarantineRow.id).where(
        QuarantineRow.source == row.source, QuarantineRow.sender == row.source_id, QuarantineRow.state == "open"
    )
    return found.order_by(QuarantineRow.received_at.desc()).limit(KEPT_SHOWN)


def _show_candidate(row: DeviceCandidate, kept: list[str]) -> dict[str, Any]:
    return {
        "id": row.id,
        "state": row.state,
        "source": row.source,
        "source_id": row.source_id,
        "topic": row.topic,
        "reason": row.reason,
        "detail": row.detail,
        "messages": row.messages,
        "first_at": row.first_at,
        "last_at": row.last_at,
        "lon": row.lon,
        "lat": row.lat,
        "kept": kept,
        "device": row.device,
        "decided_at": row.decided_at,
    }
