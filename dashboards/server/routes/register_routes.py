"""The registers: devices, cameras, and the sources with what became of their messages."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Query
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from command_center.people.roles import ADMINISTRATORS
from command_center.people.scope import Scope
from command_center.signals.signal_tables import DeviceState, SourceCount
from command_center.signals.trust import trust_ratio
from dashboards.server.answers import answer
from dashboards.server.errors import Refused
from dashboards.server.figures.readiness import read_ingest
from dashboards.server.incidents.names import name_area, path_of
from dashboards.server.incidents.paging import Cursor, Limit, page, page_of
from dashboards.server.incidents.sight import is_city_wide
from dashboards.server.sessions.admission import EVERYBODY, admit
from dashboards.server.sessions.session_store import Caller
from dashboards.server.toolbox import Tools, Web
from foundation.bus.connection import BusUnavailable
from grid.city import City
from grid.coordinates import LonLat, distance_m
from grid.registers import Camera, Device

Anybody = Annotated[Caller, Depends(admit(EVERYBODY))]
Word = Annotated[str | None, Query(max_length=64)]

router = APIRouter(prefix="/api/v1", tags=["registers"])


@router.get("/devices")
def list_devices(
    *, web: Tools, caller: Anybody, kind: Word = None, area: Word = None, limit: Limit = 100, cursor: Cursor = None
) -> Response:
    """List the sensors in this person's areas, by id."""
    city = web.city.get()
    things = [
        device
        for device in city.register.list_devices(kind)
        if may_see_thing(caller.scope, city, device) and (area is None or area in path_of(city, device.area))
    ]
    return answer(_show_page(web, page_of(things, limit, cursor)))


@router.get("/cameras")
def list_cameras(
    *,
    web: Tools,
    caller: Anybody,
    near: Annotated[str | None, Query(max_length=60)] = None,
    radius_m: Annotated[float, Query(gt=0, le=50_000)] = 500.0,
    limit: Limit = 200,
    cursor: Cursor = None,
) -> Response:
    """List the cameras in this person's areas, by id, or by distance from a point."""
    city = web.city.get()
    lonlat = _read_point(near) if near else None
    things = city.register.list_cameras_near(lonlat, radius_m) if lonlat else city.register.list_cameras()
    seen = [camera for camera in things if may_see_thing(caller.scope, city, camera)]
    shown = _show_page(web, page_of(seen, limit, cursor))
    if lonlat is not None:
        for item in shown["items"]:
            item["distance_m"] = round(distance_m(lonlat, LonLat(item["lon"], item["lat"])))
    return answer(shown)


@router.get("/posts")
def list_posts(
    *, web: Tools, caller: Anybody, kind: Word = None, limit: Limit = 500, cursor: Cursor = None
) -> Response:
    """List who can hold a case: the departments, and the desks, teams, communities and grids of one's areas."""
    city = web.city.get()
    held = [
        post
        for post in city.posts.list_posts(kind=kind)
        if post.kind == "department" or caller.scope.sees_area(path_of(city, post.area))
    ]
    shown = page_of(held, limit, cursor)
    shown["items"] = [
        {
            "code": post.code,
            "kind": post.kind,
            "level": post.level,
            "name": post.name,
            "name_en": post.name_en,
            "area": name_area(city, post.area),
            "department": post.department or None,
        }
        for post in shown["items"]
    ]
    return answer(shown)


@router.get("/sources")
async def list_sources(web: Tools, caller: Anybody) -> Response:
    """List every source; counts are the whole city's and shown to those who answer for the whole city.

    ``shed`` and ``unproven`` count since the senses and the web server started; null while the senses are silent.
    """
    try:
        shed: dict[str, int] | None = (await read_ingest(web)).shed
    except (BusUnavailable, msgspec.DecodeError):
        shed = None
    return await run_in_threadpool(_list_sources, web, caller, shed)


def _list_sources(web: Web, caller: Caller, shed: dict[str, int] | None) -> Response:
    city = web.city.get()
    with web.database.read() as session:
        counts = {row.source: row for row in session.scalars(select(SourceCount))}
    may_count = caller.scope.has_role(ADMINISTRATORS) or is_city_wide(caller.scope, city)
    unproven = web.metrics.count_unproven() if may_count else {}
    items = []
    for name, source in city.sources.items():
        row = counts.get(name) if may_count else None
        path = source.http_path or (f"/api/v1/ingest/{name}" if source.transport == "http" else None)
        items.append(
            {
                "name": name,
                "zh": source.zh,
                "en": source.en,
                "kind": source.kind,
                "format": source.format,
                "transport": source.transport,
                "topic_filter": source.topic_filter,
                "topic": source.topic_filter,
                "path": path,
                "http_path": path,
                "drill": source.drill,
                "last_message_at": row.last_at if row else None,
                "accepted": row.accepted if row else 0 if may_count else None,
                "duplicate": row.duplicate if row else 0 if may_count else None,
                "quarantined": row.quarantined if row else 0 if may_count else None,
                "candidate": row.candidate if row else 0 if may_count else None,
                "rate_per_s": source.rate_per_s,
                "shed": shed.get(name, 0) if may_count and shed is not None else None,
                "unproven": unproven.get(name, {}) if may_count else None,
                "confirmed": row.confirmed if row else 0 if may_count else None,
                "dismissed": row.dismissed if row else 0 if may_count else None,
                "trust": _trust_of(row, source.trust) if may_count else None,
            }
        )
    return answer(page(items))


def _trust_of(row: SourceCount | None, expected: float) -> float:
    return trust_ratio(expected, row.confirmed if row else 0, row.dismissed if row else 0)


def may_see_thing(scope: Scope, city: City, thing: Device | Camera) -> bool:
    """Return whether a device or camera stands in this person's areas, or is kept by their department."""
    if scope.has_role(ADMINISTRATORS) or scope.sees_area(path_of(city, thing.area)):
        return True
    return bool(thing.department) and scope.holds(thing.department)


def _show_page(web: Web, shown: dict[str, Any]) -> dict[str, Any]:
    things: list[Device | Camera] = shown["items"]
    with web.database.read() as session:
        states = {
            row.device: row
            for row in session.scalars(select(DeviceState).where(DeviceState.device.in_([t.id for t in things])))
        }
    city = web.city.get()
    return page([_show(city, thing, states.get(thing.id)) for thing in things], shown["next"])


def _show(city: City, thing: Device | Camera, state: DeviceState | None) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": thing.id,
        "name": thing.name,
        "name_en": thing.name_en,
        "kind": thing.kind,
        "source": _format_of(city, thing.source),
        "source_name": thing.source,
        "source_id": thing.source_id,
        "topic": thing.topic,
        "lon": thing.lonlat.lon if state is None or state.lon is None else state.lon,
        "lat": thing.lonlat.lat if state is None or state.lat is None else state.lat,
        "area": thing.area,
        "area_name": (name_area(city, thing.area) or {}).get("name"),
        "path": list(path_of(city, thing.area)),
        "department": thing.department,
        "status": state.status if state is not None else thing.status,
        "last_seen_at": state.last_seen_at if state is not None else None,
    }
    if isinstance(thing, Camera):
        shown |= {
            "zones": list(thing.zones),
            "heading_deg": thing.heading_deg,
            "fov_deg": thing.fov_deg,
            "range_m": thing.range_m,
        }
    return shown


def _format_of(city: City, source: str) -> str:
    found = city.sources.get(source)
    return found.format if found is not None else source


def _read_point(text: str) -> LonLat:
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError as error:
        raise Refused("invalid", "near is lon,lat in degrees.", fields={"near": "lon,lat"}) from error
    return LonLat(lon, lat)
