"""Every datum in which a register may be written, to WGS-84 degrees and back, exact to a millimetre.

Comes in: two numbers and the name of their datum, from an import. Goes out: ``LonLat``. Degrees are converted by
``coordinates.py``; metres of the 3-degree Gauss-Krüger zones by PROJ. CGCS2000 and WGS-84 are taken as one: they
differ by centimetres. Sources: GB/T 18522-2008 and EPSG 4490, 4513-4554 (zones), PROJ ``tmerc`` after Poder and
Engsager; GCJ-02 and BD-09 as named in ``coordinates.py``.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

from grid.coordinates import CoordSys, LonLat, from_wgs84, to_wgs84

ZONES = range(25, 46)  # 3-degree zones that touch China: central meridians 75 to 135 degrees east
FALSE_EASTING_M = 500_000.0
PREFIX = 1_000_000
NORTHINGS_M = (1_900_000.0, 6_000_000.0)  # 17 to 54 degrees north
HALF_ZONE_M = 350_000.0  # 3-degree zones are half as wide; neighbours are drawn in one another's

# EPSG code → (zone, whether eastings begin with it). 4513-4533 have the prefix, 4534-4554 have not.
PROJECTED: dict[int, tuple[int, bool]] = {
    **{4513 + n: (25 + n, True) for n in range(len(ZONES))},
    **{4534 + n: (25 + n, False) for n in range(len(ZONES))},
}
NAMES = {
    "4326": "wgs84",
    "epsg:4326": "wgs84",
    "wgs-84": "wgs84",
    "4490": "cgcs2000",
    "epsg:4490": "cgcs2000",
    "gcj-02": "gcj02",
    "bd-09": "bd09",
    "bd09ll": "bd09",
    "gk": "gk3",
    "cgcs2000_3_degree_gk": "gk3",
}
GK3 = "gk3"
"""3-degree Gauss-Krüger whose eastings begin with their zone, whichever it is."""


class BadPlace(ValueError):
    """The numbers can be no place in that datum; the message says why and what would mend it."""


def read_datum(name: str) -> str:
    """Return the one name of a datum: ``wgs84``, ``cgcs2000``, ``gcj02``, ``bd09``, ``gk3`` or ``epsg:<code>``.

    Raises:
        ValueError: It is none that we know.
    """
    plain = name.strip().lower()
    plain = NAMES.get(plain, plain)
    if plain == GK3 or plain in {str(system) for system in CoordSys}:
        return plain
    code = plain.removeprefix("epsg:")
    if code.isdigit() and int(code) in PROJECTED:
        return f"epsg:{code}"
    raise ValueError(
        f"{name[:40]!r} is no datum: wgs84, cgcs2000 (EPSG:4490), gcj02, bd09, or 3-degree Gauss-Krüger as"
        " EPSG:4527, 4548, 4549 (any of 4513-4554), or gk3 for eastings that begin with their zone"
    )


def is_projected(datum: str) -> bool:
    """Tell whether the datum's numbers are metres."""
    return datum == GK3 or datum.startswith("epsg:")


def datum_to_wgs84(datum: str, x: float, y: float) -> LonLat:
    """Return the WGS-84 point; ``x``, ``y`` are degrees (longitude first) or metres, in either order.

    Surveyors call the northing x and mathematicians the easting; the two ranges do not touch, so both are taken.

    Raises:
        BadPlace: The numbers can be no place there.
    """
    if not (math.isfinite(x) and math.isfinite(y)):
        raise BadPlace("not finite")
    if not is_projected(datum):
        if abs(x) > 180 or abs(y) > 90:
            if max(abs(x), abs(y)) > NORTHINGS_M[0]:
                raise BadPlace(
                    f"{x}, {y} are no degrees but metres: their zone must be the datum, such as EPSG:4548"
                )
            raise BadPlace(f"{x}, {y} are no degrees, longitude first")
        return to_wgs84(LonLat(x, y), datum)
    easting_m, northing_m = _sort_axes(x, y)
    zone, easting_m = _strip_zone(datum, easting_m)
    lon, lat = _transformer(zone).transform(easting_m, northing_m)
    return LonLat(float(lon), float(lat))


def wgs84_to_datum(datum: str, lonlat: LonLat) -> tuple[float, float]:
    """Return the point as the datum writes it: degrees, or easting and northing."""
    if not is_projected(datum):
        degrees = from_wgs84(lonlat, datum)
        return degrees.lon, degrees.lat
    zone, has_prefix = _zone_of(datum, lonlat)
    easting_m, northing_m = _transformer(zone).transform(lonlat[0], lonlat[1], direction="INVERSE")
    return float(easting_m) + (zone * PREFIX if has_prefix else 0), float(northing_m)


def _zone_of(datum: str, lonlat: LonLat) -> tuple[int, bool]:
    if datum == GK3:
        return round(lonlat[0] / 3), True
    return PROJECTED[int(datum.removeprefix("epsg:"))]


def _sort_axes(x: float, y: float) -> tuple[float, float]:
    """Return easting and northing."""
    first, last = NORTHINGS_M
    if first <= y <= last:
        return x, y
    if first <= x <= last:
        return y, x
    raise BadPlace(f"neither {x} nor {y} is a northing in metres ({first:.0f} to {last:.0f})")


def _strip_zone(datum: str, easting_m: float) -> tuple[int, float]:
    prefix, bare_m = divmod(easting_m, PREFIX)
    said = int(prefix)
    if abs(bare_m - FALSE_EASTING_M) > HALF_ZONE_M:
        raise BadPlace(f"easting {easting_m} lies in no zone: 500000 is its middle")
    if datum == GK3:
        if said not in ZONES:
            raise BadPlace(f"easting {easting_m} does not begin with its zone: name the zone's EPSG code instead")
        return said, bare_m
    zone = PROJECTED[int(datum.removeprefix("epsg:"))][0]
    if said not in (0, zone):
        raise BadPlace(f"easting {easting_m} begins with zone {said}, {datum} is zone {zone}")
    return zone, bare_m


@cache
def _transformer(zone: int) -> Any:
    """Return metres of a zone without its prefix → degrees."""
    from pyproj import Transformer  # half a second, and only an import of metres needs it

    meridian = 4534 + zone - ZONES[0]
    return Transformer.from_crs(f"EPSG:{meridian}", "EPSG:4490", always_xy=True)
