"""The city as the simulation sees it: where things stand, what they measure, which places people name.

Comes in: the plain records of a city folder, read by ``stage_reader.py``. Goes out: ``Stage``, read-only,
for ``day_book.py``, the stories and the phones. Whatever a play needs and the city lacks is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from grid.coordinates import LonLat, distance_m


@dataclass(frozen=True, slots=True)
class Spot:
    """A place that people name."""

    name: str
    town: str
    lonlat: LonLat
    kind: str = ""
    grid: str = ""


@dataclass(frozen=True, slots=True)
class Instrument:
    """A device or camera. ``rule`` says what is too much for it; ``zones`` are a camera's."""

    id: str
    kind: str
    source: str
    source_id: str
    topic: str
    town: str
    lonlat: LonLat
    name: str = ""
    grid: str = ""
    zones: tuple[str, ...] = ()
    rule: Threshold | None = None


@dataclass(frozen=True, slots=True)
class Threshold:
    """What the city's rule calls too much (or too little: ``is_below``) and when it is over."""

    quantity: str
    limit: float
    clear: float
    hold_s: float
    is_below: bool
    category: str

    def calm_value(self, share: float) -> float:
        """Return a value well on the quiet side; ``share`` 0–1 moves it about."""
        if self.is_below:
            return round(self.clear * (2.0 + share), 4)
        return round(self.clear * (0.25 + 0.35 * share) if self.clear > 1e-9 else 0.0, 4)

    def alarming_value(self, share: float) -> float:
        """Return a value beyond the limit; a ratio stays at most 1."""
        if self.is_below:
            return round(self.limit * (0.2 + 0.4 * share), 4)
        if self.quantity.endswith("_ratio"):
            return round(self.limit + (1.0 - self.limit) * (0.4 + 0.5 * share), 4)
        return round(self.limit * (1.15 + 0.45 * share), 4)


@dataclass(frozen=True, slots=True)
class Helper:
    """A worker of the roster: where home is, and the duty grid or town."""

    id: str
    role: str
    area: str
    town: str
    department: str
    home: LonLat


@dataclass(frozen=True, slots=True)
class Stage:
    """One city, ready to be played. ``manned``: duty grids whose worker carries a phone of the demo."""

    code: str
    timezone: ZoneInfo
    towns: tuple[str, ...]
    town_names: Mapping[str, str]
    spots: Mapping[str, Sequence[Spot]]
    devices: Mapping[tuple[str, str], Sequence[Instrument]]
    cameras: Mapping[tuple[str, str], Sequence[Instrument]]
    urgencies: Mapping[str, str]
    severities: Mapping[str, int]
    helpers: Mapping[str, Helper]
    parents: Mapping[str, str] = field(default_factory=dict)
    manned: frozenset[str] = frozenset()

    def with_manned(self, grids: Iterable[str]) -> Stage:
        """Return the same city with the workers of these grids on duty."""
        return replace(self, manned=frozenset(grids))

    def has_category(self, category: str) -> bool:
        return category in self.urgencies

    def list_all_devices(self) -> list[Instrument]:
        """Return every device, by id."""
        return sorted((d for group in self.devices.values() for d in group), key=lambda d: d.id)

    def list_all_cameras(self) -> list[Instrument]:
        """Return every camera, by id."""
        return sorted((c for group in self.cameras.values() for c in group), key=lambda c: c.id)

    def find_camera_near(self, lonlat: LonLat, radius_m: float) -> Instrument | None:
        """Return the nearest camera within the radius."""
        near = [(distance_m(lonlat, camera.lonlat), camera.id, camera) for camera in self.list_all_cameras()]
        near = [found for found in near if found[0] <= radius_m]
        return min(near)[2] if near else None

    def name_near(self, lonlat: LonLat, town: str) -> str:
        """Return the name of the place of that town nearest to a point, or the town's own."""
        spots = self.spots.get(town, ())
        if not spots:
            return self.town_names.get(town, town)
        return min(spots, key=lambda spot: distance_m(spot.lonlat, lonlat)).name
