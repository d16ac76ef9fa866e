"""The registers of devices and cameras: which thing speaks, where it stands, what it measures.

Rows of the city folder come in through ``city``. ``ingest`` asks here whose message it holds, since most
producers send no position; the brain and the windows ask for the cameras near an incident.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from grid.coordinates import LonLat, distance_m, to_xy_m

OK = "ok"
STATES = (OK, "fault", "maintenance", "abandoned")
"""What people say of a thing's health. That it is silent is seen, not said."""


@dataclass(frozen=True, slots=True)
class Device:
    """One sensor.

    ``source`` names an entry of ``sources.toml``, ``source_id`` is the producer's own id there. ``area``
    is the cell. ``department`` keeps it in repair, ``owner_department`` owns it. ``parameters``: what rules need,
    such as ``quantity``. ``object_code``: 17 digits (管理部件标识码). ``known_ids``: further (source, id) by which
    it is called. ``state``: what people say of its health. ``original``: the place as it was written, with its
    datum. ``version`` counts changes since the city folder.
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
    owner_department: str = ""
    object_code: str = ""
    known_ids: tuple[tuple[str, str], ...] = ()
    state: str = OK
    original: Mapping[str, Any] = field(default_factory=dict)
    version: int = 0


@dataclass(frozen=True, slots=True)
class Camera(Device):
    """One camera: what a device has, its zones and where it looks (``heading_deg`` from north, clockwise)."""

    zones: tuple[str, ...] = ()
    heading_deg: float = 0.0
    fov_deg: float = 90.0
    range_m: float = 100.0

    def sees(self, lonlat: LonLat) -> bool:
        """Tell whether a point lies in its field of view: within range, and half the angle of its heading."""
        east_m, north_m = to_xy_m(lonlat, self.lonlat)
        away_m = math.hypot(east_m, north_m)
        if away_m > self.range_m:
            return False
        off_deg = abs((math.degrees(math.atan2(east_m, north_m)) - self.heading_deg + 180) % 360 - 180)
        return away_m < UNDERNEATH_M or off_deg <= self.fov_deg / 2


ADDRESS = re.compile(
    r"(?:[0-9a-f]{2}[:-]?){5}[0-9a-f]{2}|(?:[0-9a-f]{2}[:-]?){7}[0-9a-f]{2}|[0-9a-f]{4}(?:[.:-][0-9a-f]{4}){2,3}"
)
TERMINAL_DIGITS, LONG_TERMINAL_DIGITS = 12, 20
LEAST_DIGITS = 6
"""Shorter numbers are channels and the like, of which 7 and 07 may be two."""


def spell(id: str) -> str:
    """Return an id as one and the same in all its spellings; what stands behind a slash (a channel) as it is.

    A hardware address (MAC, EUI-64) is written with colons, dashes, dots or none, in either case; the number of a
    terminal is padded with zeros, which who sends it as a number loses. Source: JT/T 808-2013 and -2019, BCD[6]
    and BCD[10].
    """
    head, slash, rest = id.partition("/")
    if head.isascii() and head.isdecimal() and LEAST_DIGITS <= len(head) <= LONG_TERMINAL_DIGITS:
        bare = head.lstrip("0")
        head = bare.zfill(TERMINAL_DIGITS if len(bare) <= TERMINAL_DIGITS else LONG_TERMINAL_DIGITS)
    elif ADDRESS.fullmatch(head.lower()):
        head = re.sub("[.:-]", "", head.lower())
    return f"{head}{slash}{rest}"


UNDERNEATH_M = 1.0  # no nearer can anybody say in which direction it is


class Register:
    """All devices and cameras of a city."""

    def __init__(self, devices: Iterable[Device], cameras: Iterable[Camera] = ()) -> None:
        self._devices = {device.id: device for device in devices}
        self._cameras = {camera.id: camera for camera in cameras}
        everything = [*self._devices.values(), *self._cameras.values()]
        self._by_source = {known: thing for thing in everything for known in reversed(thing.known_ids)}
        self._by_source |= {(thing.source, thing.source_id): thing for thing in everything if thing.source}
        spelled = {(source, spell(id), thing.id): thing for (source, id), thing in self._by_source.items()}
        meant = Counter((source, id) for source, id, _ in spelled)
        self._by_spelling = {(s, id): thing for (s, id, _), thing in spelled.items() if meant[s, id] == 1}
        self._source_by_spelling = {id: source for source, id, _ in reversed(spelled)}
        self._by_object_code = {thing.object_code: thing for thing in everything if thing.object_code}

    def find(self, source: str, source_id: str) -> Device | Camera | None:
        """Return the device or camera that this source calls by this id."""
        return self._by_source.get((source, source_id))

    def find_spelled(self, source: str, source_id: str) -> Device | Camera | None:
        """Return as ``find``, else the only one whose id is the same but for how it is spelled (``spell``).

        Not for native devices: their id is whose credential speaks, to the letter.
        """
        return self._by_source.get((source, source_id)) or self._by_spelling.get((source, spell(source_id)))

    def find_thing(self, id: str) -> Device | Camera | None:
        """Return the device or camera of this id."""
        return self._devices.get(id) or self._cameras.get(id)

    def find_by_object_code(self, code: str) -> Device | Camera | None:
        return self._by_object_code.get(code)

    def find_source_of(self, source_id: str) -> str | None:
        """Return some source that calls a thing by this id: another's thing is no unknown one."""
        return self._source_by_spelling.get(spell(source_id))

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
