"""The registers of devices and cameras: which thing speaks, where it stands, what it measures.

Rows of the city folder come in through ``city``. ``ingest`` asks here whose message it holds, since most
producers send no position; the brain and the windows ask for the cameras near an incident.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from grid.coordinates import LonLat, distance_m


@dataclass(frozen=True, slots=True)
class Device:
    """One sensor.

    ``source`` names an entry of ``sources.toml``, ``source_id`` is the producer's own id there. ``area``
    is the cell. ``department`` keeps it in repair. ``parameters``: what rules need, such as ``quantity``.
    """

    id: str
    name: str
    kind: str
    source: str
    source_id: str
    topic: str
    lonlat: LonLat
    area: str
    department: str
    status: str
    name_en: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Camera(Device):
    """One camera: what a device has, its zones and where it looks (``heading_deg`` from north, clockwise)."""

    zones: tuple[str, ...] = ()
    heading_deg: float = 0.0
    fov_deg: float = 90.0
    range_m: float = 100.0


class Register:
    """All devices and cameras of a city."""

    def __init__(self, devices: Iterable[Device], cameras: Iterable[Camera] = ()) -> None:
        self._devices = {device.id: device for device in devices}
        self._cameras = {camera.id: camera for camera in cameras}
        everything = [*self._devices.values(), *self._cameras.values()]
        self._by_source = {(thing.source, thing.source_id): thing for thing in everything}

    def find(self, source: str, source_id: str) -> Device | Camera | None:
        """Return the device or camera that this source calls by this id."""
        return self._by_source.get((source, source_id))

    def find_device(self, id: str) -> Device | None:
        return self._devices.get(id)

    def find_camera(self, id: str) -> Camera | None:
        return self._cameras.get(id)

    def list_devices(self, kind: str | None = None) -> list[Device]:
        """Return the devices, by id, optionally of one kind."""
        return [d for _, d in sorted(self._devices.items()) if kind is None or d.kind == kind]

    def list_cameras(self) -> list[Camera]:
        """Return the cameras, by id."""
        return [camera for _, camera in sorted(self._cameras.items())]

    def list_cameras_near(self, lonlat: LonLat, radius_m: float) -> list[Camera]:
        """Return the cameras within the radius, nearest first."""
        near = [(distance_m(lonlat, camera.lonlat), camera.id) for camera in self._cameras.values()]
        return [self._cameras[id] for distance, id in sorted(near) if distance <= radius_m]
