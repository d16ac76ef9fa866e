"""Open311 GeoReport v2, its asking side: which services there are, what became of a report, under which number.

The reports themselves are taken at ``/ingest/{source}/requests.json`` like every message. Whoever may send may
ask, with the same credential; nothing here tells of a person, and of a case only what its reporter is told anyway.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from xml.sax.saxutils import escape

import msgspec
from fastapi import APIRouter, Path, Request
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from command_center.cases.case_file import ENDED_STATES
from command_center.cases.incident_tables import Incident
from command_center.signals.signal_tables import Signal
from dashboards.server.errors import not_found
from dashboards.server.routes.ingest_routes import PUBLIC, Name, prove_sender
from dashboards.server.sessions.url_token import take_url_token
from dashboards.server.toolbox import Tools, Web
from grid.city import City
from grid.source_options import Open311Options, read_options
from grid.sources import Source

FORMAT = "open311"
PRIVATE = 1  # from this class on a matter is told to nobody outside
Form = Annotated[str, Path(pattern=r"^(json|xml)$")]
Key = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,80}$")]
Rows = list[dict[str, Any]]

router = APIRouter(prefix="/api/v1", tags=["open311"])


@router.get("/ingest/{source}/services.{form}", dependencies=PUBLIC)
async def list_services(request: Request, web: Tools, source: Name, form: Form) -> Response:
    """List the services that citizens may report, as the city offers them to this source."""
    city, found = await run_in_threadpool(_find_source, web, request, source)
    return _write(_services_of(city, found), form, ("services", "service"))


@router.get("/ingest/{source}/requests/{key}.{form}", dependencies=PUBLIC)
async def get_request(*, request: Request, web: Tools, source: Name, key: Key, form: Form) -> Response:
    """Tell what became of a report, by our number, the sender's own, or its token."""
    city, found = await run_in_threadpool(_find_source, web, request, source)
    rows = await run_in_threadpool(_read_requests, web, (city, found), key)
    if not rows:
        raise not_found()
    return _write(rows, form, ("service_requests", "request"))


@router.get("/ingest/{source}/tokens/{key}.{form}", dependencies=PUBLIC)
async def get_token(*, request: Request, web: Tools, source: Name, key: Key, form: Form) -> Response:
    """Tell the number of the report that was answered with this token; none while it is not taken in yet."""
    city, found = await run_in_threadpool(_find_source, web, request, source)
    rows = await run_in_threadpool(_read_requests, web, (city, found), key)
    number = rows[0]["service_request_id"] if rows else None
    return _write([{"token": key, "service_request_id": number}], form, ("service_requests", "request"))


def _find_source(web: Web, request: Request, name: str) -> tuple[City, Source]:
    """Return the source, if it speaks Open311 and the sender is it."""
    city = web.city.get()
    source = city.sources.get(name)
    if source is None or source.format != FORMAT:
        raise not_found()
    prove_sender(web, request, source, (b"", take_url_token("", request.url.query)[2]))
    return city, source


def _services_of(city: City, source: Source) -> Rows:
    offered = read_options(source, Open311Options).services
    named = ((code, city.catalogue.find_category(category)) for code, category in sorted(offered.items()))
    return [
        {
            "service_code": code,
            "service_name": category.zh,
            "description": category.en,
            "metadata": "false",
            "type": "realtime",
            "keywords": ",".join(category.aliases),
            "group": category.class_zh,
        }
        for code, category in named
        if category is not None
    ]


def _read_requests(web: Web, of: tuple[City, Source], key: str) -> Rows:
    """Return the case that a report of this source opened or joined; a private matter is told to nobody."""
    city, source = of
    signals = select(Signal.incident, Signal.alarm_id).where(
        Signal.source == source.name, Signal.incident.is_not(None)
    )
    is_number = key.isdigit() and len(key) <= 15
    with web.database.read() as session:
        found = session.execute(signals.where(Signal.alarm_id == key)).first()
        if found is None and is_number:
            found = session.execute(signals.where(Signal.incident == int(key))).first()
        incident = session.get(Incident, found.incident) if found is not None else None
    if incident is None or incident.privacy_class >= PRIVATE:
        return []
    return [_show(incident, city, source)]


def _show(incident: Incident, city: City, source: Source) -> dict[str, Any]:
    offered = read_options(source, Open311Options).services
    category = city.catalogue.find_category(incident.category)
    is_ended = incident.state in ENDED_STATES or incident.closed_at is not None
    return {
        "service_request_id": str(incident.number),
        "status": "closed" if is_ended else "open",
        "status_notes": incident.state,
        "service_name": category.zh if category is not None else None,
        "service_code": next((c for c, named in offered.items() if named == incident.category), incident.category),
        "agency_responsible": city.name,
        "requested_datetime": _told(incident.opened_at, city),
        "updated_datetime": _told(incident.updated_at, city),
        "address": incident.place_text or None,
        "lat": incident.lat,
        "long": incident.lon,
    }


def _told(at: datetime, city: City) -> str:
    return at.astimezone(city.timezone).isoformat(timespec="seconds")


def _write(rows: Rows, form: str, names: tuple[str, str]) -> Response:
    if form == "json":
        return Response(msgspec.json.encode(rows), media_type="application/json")
    inner = "".join(f"<{names[1]}>{_tags(row)}</{names[1]}>" for row in rows)
    body = f'<?xml version="1.0" encoding="utf-8"?><{names[0]}>{inner}</{names[0]}>'
    return Response(body.encode(), media_type="text/xml")


def _tags(row: Mapping[str, Any]) -> str:
    return "".join(f"<{name}>{escape(str(v)) if v is not None else ''}</{name}>" for name, v in row.items())
