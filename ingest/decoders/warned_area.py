"""Which part of the city a warning's areas reach: polygons and circles in lat,lon, codes of areas, their names.

Comes in: the ``area`` elements of one CAP ``info``. Goes out: a ``Reach``: outside, an area of the city, a point
where it is small, or unknown where nothing is said. Pure over the loaded city.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TypeAlias

import msgspec
import shapely
from lxml import etree
from shapely.geometry.base import BaseGeometry

from grid.area_tree import Area
from grid.city import City
from grid.coordinates import METRES_PER_DEGREE
from ingest.decoders.strict_xml import name_of, text_of
from ingest.messages import Refused

SMALL_RATIO = 0.02  # of a town's area: a place rather than a region. Ours
MOST_POINTS = 20_000
Xml: TypeAlias = etree._Element


class Reach(msgspec.Struct, frozen=True):
    """``is_outside``: areas are named and none is ours. All empty: the message names no area."""

    is_outside: bool = False
    area: str | None = None
    lon: float | None = None
    lat: float | None = None

    @property
    def is_inside(self) -> bool:
        return self.area is not None or self.lon is not None


def find_reach(areas: Iterable[Xml], city: City) -> Reach:
    """Return how much of the city the areas reach.

    Raises:
        Refused: ``wrong_shape``, a polygon or circle that is none, and nothing else reaches the city.
    """
    shapes: list[BaseGeometry] = []
    faults: list[Refused] = []
    codes: set[str] = set()
    is_named = False
    for area in areas:
        is_named = True
        drawn = _list_shapes(area, faults)
        shapes += drawn
        codes |= _find_codes(area, city, is_drawn=bool(drawn))
    if codes:
        return Reach(area=_lowest_common(codes, city))
    if not is_named:
        return Reach()
    reach = _cut(shapely.union_all(shapes), city) if shapes else Reach(is_outside=True)
    if reach.is_outside and faults:
        raise faults[0]
    return reach


def _list_shapes(area: Xml, faults: list[Refused]) -> list[BaseGeometry]:
    """Return what an area draws, and add what cannot be drawn to the faults."""
    shapes = []
    for child in area:
        if name_of(child) in ("polygon", "circle") and child.text:
            try:
                shapes.append(_read_shape(child))
            except Refused as fault:
                faults.append(fault)
    return shapes


def _read_shape(child: Xml) -> BaseGeometry:
    """Return a polygon (``lat,lon lat,lon …``) or circle (``lat,lon km``) in WGS-84, longitude first."""
    words = (child.text or "").split()
    try:
        if name_of(child) == "circle":
            lat, lon = _read_pair(words[0])
            return _draw_circle(lon, lat, float(words[1]))
        points = [(lon, lat) for lat, lon in (_read_pair(word) for word in words[:MOST_POINTS])]
        return shapely.make_valid(shapely.Polygon(points))
    except (ValueError, IndexError, shapely.errors.GEOSException) as error:
        raise Refused("wrong_shape", f"<{name_of(child)}> cannot be drawn: {str(error)[:100]}.") from error


def _read_pair(word: str) -> tuple[float, float]:
    lat, lon = (float(part) for part in word.split(","))
    if not (math.isfinite(lat) and math.isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180):
        raise ValueError(f"{word[:40]!r} is no lat,lon")
    return lat, lon


def _draw_circle(lon: float, lat: float, radius_km: float) -> BaseGeometry:
    if not (math.isfinite(radius_km) and 0 <= radius_km <= 20_100):
        raise ValueError(f"{radius_km} km is no radius")
    reach = max(radius_km * 1000, 1.0) / METRES_PER_DEGREE
    circle = shapely.Point(0, 0).buffer(reach)
    stretch = 1 / max(math.cos(math.radians(lat)), 0.01)
    return shapely.transform(circle, lambda xy: xy * [stretch, 1.0] + [lon, lat])


def _find_codes(area: Xml, city: City, *, is_drawn: bool) -> set[str]:
    """Return the city's areas that geocodes name, or, where nothing is drawn, the description."""
    values = [text_of(child, "value") for child in area if name_of(child) == "geocode"]
    found = {code for code in (_match_code(value, city) for value in values) if code is not None}
    if found or is_drawn:
        return found
    words = text_of(area, "areaDesc")
    towns = {town.code for town in city.tree.list_level("town") if _is_named(town, words)}
    return towns or ({city.code} if city.name in words or city.name_en.lower() in words.lower() else set())


def _is_named(area: Area, words: str) -> bool:
    return len(area.name) > 2 and area.name in words


def _match_code(value: str, city: City) -> str | None:
    """Return our area of a GB/T 2260 code: itself, or the whole city for a province or prefecture around it."""
    if not (value.isascii() and value.isdigit() and 2 <= len(value) <= 12):
        return None
    padded = value
    for width in (12, 9, 6):
        if len(padded) == width and city.tree.find_area(padded) is not None:
            return padded
        if len(padded) == width and padded.endswith("000" if width > 6 else "00"):
            padded = padded[:-3] if width > 6 else padded
    if city.tree.find_area(padded) is not None:
        return padded
    while len(padded) > 2 and padded.endswith("00"):
        padded = padded[:-2]
    return city.code if len(padded) in (2, 4, 6) and city.code.startswith(padded) else None


def _lowest_common(codes: set[str], city: City) -> str:
    """Return the one area that holds them all."""
    paths = [city.tree.path(code) for code in sorted(codes)]
    common = [steps[0] for steps in zip(*paths, strict=False) if len(set(steps)) == 1]
    return common[-1] if common else city.code


def _cut(shape: BaseGeometry, city: City) -> Reach:
    outline = city.map.find_shape(city.code)
    if outline is None or not shapely.intersects(outline, shape):
        return Reach(is_outside=True)
    part = shapely.intersection(outline, shape)
    towns = [town for town in city.tree.list_level("town") if _overlaps(town.code, part, city)]
    if len(towns) != 1:
        return Reach(area=city.code)
    town = city.map.find_shape(towns[0].code)
    if town is not None and part.area < SMALL_RATIO * town.area:
        point = shapely.point_on_surface(part)
        return Reach(lon=float(point.x), lat=float(point.y))
    return Reach(area=towns[0].code)


def _overlaps(code: str, part: BaseGeometry, city: City) -> bool:
    shape = city.map.find_shape(code)
    if shape is None:
        return False
    common = shapely.intersection(shape, part).area
    return bool(common > 0.01 * min(shape.area, part.area or shape.area))
