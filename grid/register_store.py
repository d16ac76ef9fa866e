"""Reads sources, devices and cameras of one day from the database into the registers."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from grid.coordinates import LonLat
from grid.editions import in_force
from grid.register_tables import DeviceRow, SourceRow
from grid.registers import Camera, Device, Register
from grid.sources import Source


def read_register(session: Session, on: date) -> Register:
    """Return the devices and cameras in force on a local date."""
    rows = session.scalars(select(DeviceRow).where(in_force(DeviceRow, on))).all()
    return Register(
        (_device(row) for row in rows if not row.is_camera), (_camera(row) for row in rows if row.is_camera)
    )


def _device(row: DeviceRow) -> Device:
    return Device(
        id=row.id,
        name=row.name,
        kind=row.kind,
        source=row.source,
        source_id=row.source_id,
        topic=row.topic,
        lonlat=LonLat(row.lon, row.lat),
        area=row.area,
        department=row.department,
        status=row.status,
        name_en=row.name_en,
        parameters=row.parameters,
    )


def _camera(row: DeviceRow) -> Camera:
    return Camera(
        id=row.id,
        name=row.name,
        kind=row.kind,
        source=row.source,
        source_id=row.source_id,
        topic=row.topic,
        lonlat=LonLat(row.lon, row.lat),
        area=row.area,
        department=row.department,
        status=row.status,
        name_en=row.name_en,
        parameters=row.parameters,
        zones=tuple(row.view["zones"]),
        heading_deg=row.view["heading_deg"],
        fov_deg=row.view["fov_deg"],
        range_m=row.view["range_m"],
    )


def read_sources(session: Session, on: date) -> dict[str, Source]:
    """Return the sources in force on a local date, by name."""
    rows = session.scalars(select(SourceRow).where(in_force(SourceRow, on)).order_by(SourceRow.name))
    return {row.name: Source(name=row.name, **row.document) for row in rows}
