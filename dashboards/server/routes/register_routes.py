"""The registers: devices, cameras, and the sources with what became of their messages."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Path, Query
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from command_center.people.roles import ADMINISTRATORS
from command_center.signals.signal_tables import DeviceState, SourceCount
from command_center.signals.trust import trust_ratio
from dashboards.server.answers import answer
from dashboards.server.errors import Refused, not_found
from dashboards.server.figures.readiness import read_ingest
from dashboards.server.incidents.names import name_area, path_of
from dashboards.server.incidents.paging import Cursor, Limit, page, page_of
from dashboards.server.incidents.sight import is_city_wide
from dashboards.server.routes.register_view import health_of, may_see_thing, read_seen, show_page, show_thing
from dashboards.server.sessions.admission import EVERYBODY, admit
from dashboards.server.sessions.session_store import Caller
from dashboards.server.toolbox import Tools, Web
from foundation.bus.connection import BusUnavailable
from grid.city import City
from grid.coordinates import LonLat, distance_m
from grid.registers import Camera, Device

Anybody = Annotated[Caller, Depends(admit(EVERYBODY))]
Word = Annotated[str | None, Query(max_length=64)]

ThingId = Annotated[str, Path(pattern=r"^[0-9A-Za-z._-]{1,64}$")]


class Narrowing:
    """What a list of things is narrowed by; a department is the owner's or the keeper's, ``q`` words."""

    def __init__(
        self,
        *,
        kind: Word = None,
        area: Word = None,
        source: Word = None,
        department: Word = None,
        health: Word = None,
        q: Word = None,
    ) -> None:
        self.kind, self.area, self.source = kind, area, source
        self.department, self.health, self.q = department, health, q

    def pick(self, web: Web, caller: Caller, things: list[Device | Camera]) -> list[Device | Camera]:
        """Return those that this person may see and that fit, in their order."""
        city, now = web.city.get(), web.clock.now()
        found = [thing for thing in things if may_see_thing(caller.scope, city, thing) and self._fits(city, thing)]
        if self.health is None:
            return found
        with web.database.read() as session:
            states = {state.device: state for state in session.scalars(select(DeviceState))}
        return [thing for thing in found if health_of(city, thing, states.get(thing.id), now) == self.health]

    def _fits(self, city: City, thing: Device | Camera) -> bool:
        return (
            (self.area is None or self.area in path_of(city, thing.area))
            and (self.source is None or self.source == thing.source)
            and (self.department is None or self.department in (thing.department, thing.owner_department))
            and (self.q is None or self.q.casefold() in f"{thing.id} {thing.name} {thing.object_code}".casefold())
        )


router = APIRouter(prefix="/api/v1", tags=["registers"])


@router.get("/devices")
def list_devices(
    *,
    web: Tools,
    caller: Anybody,
    narrow: Annotated[Narrowing, Depends()],
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """List the sensors in this person's areas, by id."""
    things: list[Device | Camera] = list(web.city.get().register.list_devices(narrow.kind))
    return answer(show_page(web, page_of(narrow.pick(web, caller, things), limit, cursor)))


@router.get("/cameras")
def list_cameras(
    *,
    web: Tools,
    caller: Anybody,
    narrow: Annotated[Narrowing, Depends()],
    near: Annotated[str | None, Query(max_length=60)] = None,
    radius_m: Annotated[float, Query(gt=0, le=50_000)] = 500.0,
    sees: bool | None = None,
    limit: Limit = 200,
    cursor: Cursor = None,
) -> Response:
    """List the cameras in this person's areas, by id; near a point those that see it first, each by distance."""
    register = web.city.get().register
    lonlat = _read_point(near) if near else None
    things: list[Device | Camera] = list(
        register.list_cameras() if lonlat is None else register.list_cameras_near(lonlat, radius_m)
    )
    found = narrow.pick(web, caller, [t for t in things if narrow.kind in (None, t.kind)])
    if lonlat is None:
        return answer(show_page(web, page_of(found, limit, cursor)))
    looking = {t.id: isinstance(t, Camera) and t.sees(lonlat) for t in found}
    near_ones = [t for t in sorted(found, key=lambda t: not looking[t.id]) if sees in (None, looking[t.id])]
    shown = show_page(web, page_of(near_ones, limit, cursor))
    for item in shown["items"]:
        item["distance_m"] = round(distance_m(lonlat, LonLat(item["lon"], item["lat"])))
        item["sees"] = looking[item["id"]]
    return answer(shown)


@router.get("/devices/{id}")
def get_device(web: Tools, caller: Anybody, id: ThingId) -> Response:
    """Show one device or camera."""
    return _show_one(web, caller, id)


@router.get("/cameras/{id}")
def get_camera(web: Tools, caller: Anybody, id: ThingId) -> Response:
    """Show one camera."""
    return _show_one(web, caller, id)


def _show_one(web: Web, caller: Caller, id: str) -> Response:
    city = web.city.get()
    thing = city.register.find_thing(id)
    if thing is None or not may_see_thing(caller.scope, city, thing):
        raise not_found()
    return answer(show_thing(city, thing, read_seen(web, [thing])[id], web.clock.now()))


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


def _read_point(text: str) -> LonLat:
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError as error:
        raise Refused("invalid", "near is lon,lat in degrees.", fields={"near": "lon,lat"}) from error
    return LonLat(lon, lat)
