"""Reads sources, devices and cameras of one day from the database into the registers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from grid.coordinates import LonLat
from grid.editions import in_force
from grid.register_tables import DeviceRow, RegisterEntry, SourceRow
from grid.registers import Camera, Device, Register
from grid.sources import Source

VIEW = ("zones", "heading_deg", "fov_deg", "range_m")


def read_register(session: Session, on: date) -> Register:
    """Return the devices and cameras in force on a local date, with everything that people changed since."""
    rows = session.scalars(select(DeviceRow).where(in_force(DeviceRow, on))).all()
    fields = {row.id: (row.is_camera, _fields(row)) for row in rows}
    for entry in session.scalars(select(RegisterEntry)):
        before = fields.get(entry.id, (entry.is_camera, {}))[1]
        changed: dict[str, Any] = {**before, **entry.fields, "version": entry.version}
        if "lon" in changed:  # a change to a device that the folder has dropped since is no device
            fields[entry.id] = (entry.is_camera, changed)
    return Register(
        (make_device(id, known) for id, (is_camera, known) in fields.items() if not is_camera),
        (make_camera(id, known) for id, (is_camera, known) in fields.items() if is_camera),
    )


def register_revision(session: Session) -> int:
    """Return what changes with every change of an entry. Cheap."""
    return session.scalar(select(func.max(RegisterEntry.revision))) or 0


def _fields(row: DeviceRow) -> dict[str, Any]:
    plain = {name: getattr(row, name) for name in PLAIN}
    return {**plain, "lon": row.lon, "lat": row.lat, **(row.catalogue or {}), **row.view}


PLAIN = (
    "name",
    "name_en",
    "kind",
    "source",
    "source_id",
    "topic",
    "area",
    "department",
    "status",
    "parameters",
)
CATALOGUE = ("owner_department", "object_code", "state", "original", "version")


def make_device(id: str, fields: Mapping[str, Any]) -> Device:
    """Return the device that the fields describe."""
    return Device(id=id, **_common(fields))


def make_camera(id: str, fields: Mapping[str, Any]) -> Camera:
    """Return the camera that the fields describe."""
    view = {name: fields[name] for name in VIEW if name in fields}
    if "zones" in view:
        view["zones"] = tuple(view["zones"])
    return Camera(id=id, **_common(fields), **view)


def _common(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **{name: fields.get(name, "") for name in PLAIN if name not in ("parameters", "status")},
        "status": fields.get("status") or "in_service",
        "parameters": fields.get("parameters") or {},
        "lonlat": LonLat(fields["lon"], fields["lat"]),
        **{name: fields[name] for name in CATALOGUE if name in fields},
        "known_ids": tuple((source, id) for source, id in fields.get("known_ids", ())),
    }


def read_sources(session: Session, on: date) -> dict[str, Source]:
    """Return the sources in force on a local date, by name."""
    rows = session.scalars(select(SourceRow).where(in_force(SourceRow, on)).order_by(SourceRow.name))
    return {row.name: Source(name=row.name, **row.document) for row in rows}
