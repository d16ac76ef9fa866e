"""How a thing of the register looks to the windows: its place, its names, its health, what was refused to it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import select

from command_center.people.roles import ADMINISTRATORS
from command_center.people.scope import Scope
from command_center.signals.signal_tables import DeviceState
from dashboards.server.attachments.camera_pictures import find_snapshot_url
from dashboards.server.incidents.names import name_area, path_of
from dashboards.server.incidents.paging import page
from dashboards.server.toolbox import Web
from grid.city import City
from grid.registers import OK, Camera, Device
from ingest.gate.credential_tables import MqttRefusal

SILENT = "silent"
SILENT_AFTER = timedelta(days=1)
GAP_ALARM = 100
"""Where the city's ``limits.toml`` says nothing under ``[registers]``."""


class Seen(msgspec.Struct, frozen=True):
    """What was heard of a thing, and what was refused to its credential."""

    state: DeviceState | None
    refusal: MqttRefusal | None


def may_see_thing(scope: Scope, city: City, thing: Device | Camera) -> bool:
    """Return whether a device or camera stands in this person's areas, or is kept by their department."""
    if scope.has_role(ADMINISTRATORS) or scope.sees_area(path_of(city, thing.area)):
        return True
    return any(scope.holds(code) for code in (thing.department, thing.owner_department) if code)


def show_page(web: Web, shown: dict[str, Any]) -> dict[str, Any]:
    """Return a page of things as the windows read it."""
    things: list[Device | Camera] = shown["items"]
    seen = read_seen(web, things)
    city, now = web.city.get(), web.clock.now()
    return page([show_thing(city, thing, seen[thing.id], now) for thing in things], shown["next"])


def read_seen(web: Web, things: list[Device | Camera]) -> dict[str, Seen]:
    """Return what was heard of each."""
    ids, names = [thing.id for thing in things], [thing.source_id for thing in things]
    with web.database.read() as session:
        states = {r.device: r for r in session.scalars(select(DeviceState).where(DeviceState.device.in_(ids)))}
        refused = {r.name: r for r in session.scalars(select(MqttRefusal).where(MqttRefusal.name.in_(names)))}
    return {thing.id: Seen(states.get(thing.id), refused.get(thing.source_id)) for thing in things}


def health_of(city: City, thing: Device | Camera, state: DeviceState | None, now: datetime) -> str:
    """Return ok, fault, maintenance or abandoned as people say, else silent for what should have spoken."""
    if thing.state != OK:
        return thing.state
    if state is None:
        return OK
    limits = city.policy("limits").get("registers") or {}
    by_kind = (limits.get("silent_after_s_by_kind") or {}).get(thing.kind)
    after_s = by_kind or limits.get("silent_after_s") or SILENT_AFTER.total_seconds()
    return SILENT if (now - state.last_seen_at).total_seconds() > after_s else OK


def gap_alarm_of(city: City) -> int:
    """Return from how many missing numbers on a device is shown as losing messages."""
    limits = city.policy("limits").get("registers") or {}
    return int(limits.get("gap_alarm") or GAP_ALARM)


def show_thing(city: City, thing: Device | Camera, seen: Seen, now: datetime) -> dict[str, Any]:
    """Return one thing as the windows read it."""
    shown = {
        **_show_names(city, thing),
        **_show_place(city, thing, seen.state),
        **_show_health(city, thing, seen, now),
    }
    if isinstance(thing, Camera):
        shown |= {name: getattr(thing, name) for name in ("heading_deg", "fov_deg", "range_m")}
        shown["zones"] = list(thing.zones)
        has_picture = find_snapshot_url(city, thing) is not None
        shown["snapshot"] = f"/api/v1/cameras/{thing.id}/picture" if has_picture else None
    return shown


def _show_names(city: City, thing: Device | Camera) -> dict[str, Any]:
    return {
        "id": thing.id,
        "name": thing.name,
        "name_en": thing.name_en,
        "kind": thing.kind,
        "source": _format_of(city, thing.source),
        "source_name": thing.source,
        "source_id": thing.source_id,
        "known_ids": [{"source": source, "id": id} for source, id in thing.known_ids],
        "topic": thing.topic,
        "department": thing.department,
        "maintenance_department": thing.department or None,
        "owner_department": thing.owner_department or None,
        "object_code": thing.object_code or None,
        "version": thing.version,
    }


def _show_place(city: City, thing: Device | Camera, state: DeviceState | None) -> dict[str, Any]:
    area = name_area(city, thing.area) or {}
    return {
        "lon": thing.lonlat.lon if state is None or state.lon is None else state.lon,
        "lat": thing.lonlat.lat if state is None or state.lat is None else state.lat,
        "original": dict(thing.original) or None,
        "area": thing.area,
        "area_name": area.get("name"),
        "area_name_en": area.get("name_en"),
        "path": list(path_of(city, thing.area)),
    }


def _show_health(city: City, thing: Device | Camera, seen: Seen, now: datetime) -> dict[str, Any]:
    state, refusal = seen.state, seen.refusal
    gaps = state.sequence_gaps if state is not None else 0
    return {
        "status": state.status if state is not None else thing.status,
        "state": thing.state,
        "health": health_of(city, thing, state, now),
        "last_seen_at": state.last_seen_at if state is not None else None,
        "sequence_gaps": gaps,
        "gap_alarm": gaps >= gap_alarm_of(city),
        "refused_publishes": refusal.publishes if refusal is not None else 0,
        "refused_logins": refusal.logins if refusal is not None else 0,
    }


def _format_of(city: City, source: str) -> str:
    found = city.sources.get(source)
    return found.format if found is not None else source
