"""Positions on the earth: the four datums that sources speak, and the distance between two points.

Raw degrees of a source come in, WGS-84 degrees go out; every other module knows WGS-84 only. Before it
are the decoders of ``ingest``, after it ``city_map``. CGCS2000 and WGS-84 differ by centimetres and are
taken as one.
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import NamedTuple

EARTH_RADIUS_M = 6_371_008.8  # mean radius R1 of the WGS-84 ellipsoid (IUGG)
METRES_PER_DEGREE = EARTH_RADIUS_M * math.pi / 180

# Krasovsky 1940 ellipsoid, on which the GCJ-02 shift is defined.
# Source: the published transformation (EvilTransform and its many copies); the rule itself is not public.
GCJ_AXIS_M = 6_378_245.0
GCJ_ECCENTRICITY_SQUARED = 0.006_693_421_622_965_943
GCJ_WEST, GCJ_EAST, GCJ_SOUTH, GCJ_NORTH = 72.004, 137.8347, 0.8293, 55.8271
BD_TURN = math.pi * 3000 / 180
INVERSE_ROUNDS = 12  # each round shrinks the error about a hundredfold; more than enough for 1e-10 degrees

PLACEHOLDER_DEGREES = (0.0, -1.0)  # what trackers send when they know nothing (seen in real producers)


class LonLat(NamedTuple):
    """WGS-84 degrees unless a ``CoordSys`` beside it says otherwise; longitude first."""

    lon: float
    lat: float


class XYm(NamedTuple):
    """Projected metres on a local plane: east, north."""

    x_m: float
    y_m: float


class CoordSys(StrEnum):
    WGS84 = "wgs84"
    CGCS2000 = "cgcs2000"
    GCJ02 = "gcj02"
    BD09 = "bd09"


def to_wgs84(lonlat: LonLat, coord_sys: CoordSys | str) -> LonLat:
    """Return the same point in WGS-84 degrees; the round trip is exact to a millimetre.

    Raises:
        ValueError: ``coord_sys`` is none of the four.
    """
    system = CoordSys(coord_sys)
    if system is CoordSys.BD09:
        return _gcj_to_wgs(_bd_to_gcj(lonlat))
    if system is CoordSys.GCJ02:
        return _gcj_to_wgs(lonlat)
    return LonLat(*lonlat)


def from_wgs84(lonlat: LonLat, coord_sys: CoordSys | str) -> LonLat:
    """Return the WGS-84 point as the other system writes it.

    Raises:
        ValueError: ``coord_sys`` is none of the four.
    """
    system = CoordSys(coord_sys)
    if system is CoordSys.BD09:
        return _gcj_to_bd(_wgs_to_gcj(lonlat))
    if system is CoordSys.GCJ02:
        return _wgs_to_gcj(lonlat)
    return LonLat(*lonlat)


def distance_m(a: LonLat, b: LonLat) -> float:
    """Return the great-circle distance in metres on a sphere; within 0.6 % of the ellipsoid.

    Source: haversine formula, R. W. Sinnott, Sky and Telescope 68 (1984) 159.
    """
    lat_a, lat_b = math.radians(a[1]), math.radians(b[1])
    d_lat, d_lon = lat_b - lat_a, math.radians(b[0] - a[0])
    h = math.sin(d_lat / 2) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin(d_lon / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(h)))


def to_xy_m(lonlat: LonLat, origin: LonLat) -> XYm:
    """Return metres east and north of the origin; good for a city, not for a country."""
    scale = METRES_PER_DEGREE * math.cos(math.radians(origin[1]))
    return XYm((lonlat[0] - origin[0]) * scale, (lonlat[1] - origin[1]) * METRES_PER_DEGREE)


def is_plausible(lonlat: LonLat) -> bool:
    """Tell whether the pair can be a position at all: finite, in range, not a known placeholder."""
    lon, lat = lonlat
    if not (math.isfinite(lon) and math.isfinite(lat)):
        return False
    if abs(lon) > 180 or abs(lat) > 90:
        return False
    return not (lon == lat and lon in PLACEHOLDER_DEGREES)


def _in_gcj_area(lonlat: LonLat) -> bool:
    return GCJ_WEST <= lonlat[0] <= GCJ_EAST and GCJ_SOUTH <= lonlat[1] <= GCJ_NORTH


def _gcj_shift(lonlat: LonLat) -> LonLat:
    """Return the shift in degrees that GCJ-02 adds at a WGS-84 point."""
    x, y = lonlat[0] - 105.0, lonlat[1] - 35.0
    root = math.sqrt(abs(x))
    waves_x = 20 * math.sin(6 * x * math.pi) + 20 * math.sin(2 * x * math.pi)
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + waves_x * 2 / 3
    north += (20 * math.sin(y * math.pi) + 40 * math.sin(y / 3 * math.pi)) * 2 / 3
    north += (160 * math.sin(y / 12 * math.pi) + 320 * math.sin(y * math.pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + waves_x * 2 / 3
    east += (20 * math.sin(x * math.pi) + 40 * math.sin(x / 3 * math.pi)) * 2 / 3
    east += (150 * math.sin(x / 12 * math.pi) + 300 * math.sin(x / 30 * math.pi)) * 2 / 3
    phi = math.radians(lonlat[1])
    magic = 1 - GCJ_ECCENTRICITY_SQUARED * math.sin(phi) ** 2
    meridian_m = GCJ_AXIS_M * (1 - GCJ_ECCENTRICITY_SQUARED) / magic**1.5
    parallel_m = GCJ_AXIS_M / math.sqrt(magic) * math.cos(phi)
    return LonLat(math.degrees(east / parallel_m), math.degrees(north / meridian_m))


def _wgs_to_gcj(lonlat: LonLat) -> LonLat:
    if not _in_gcj_area(lonlat):
        return LonLat(*lonlat)
    shift = _gcj_shift(lonlat)
    return LonLat(lonlat[0] + shift.lon, lonlat[1] + shift.lat)


def _gcj_to_wgs(lonlat: LonLat) -> LonLat:
    if not _in_gcj_area(lonlat):
        return LonLat(*lonlat)
    guess = LonLat(*lonlat)
    for _ in range(INVERSE_ROUNDS):
        shift = _gcj_shift(guess)
        guess = LonLat(lonlat[0] - shift.lon, lonlat[1] - shift.lat)
    return guess


def _gcj_to_bd(lonlat: LonLat) -> LonLat:
    x, y = lonlat
    radius = math.hypot(x, y) + 0.000_02 * math.sin(y * BD_TURN)
    angle = math.atan2(y, x) + 0.000_003 * math.cos(x * BD_TURN)
    return LonLat(radius * math.cos(angle) + 0.0065, radius * math.sin(angle) + 0.006)


def _bd_to_gcj(lonlat: LonLat) -> LonLat:
    guess = LonLat(lonlat[0] - 0.0065, lonlat[1] - 0.006)
    for _ in range(INVERSE_ROUNDS):
        there = _gcj_to_bd(guess)
        guess = LonLat(guess.lon + lonlat[0] - there.lon, guess.lat + lonlat[1] - there.lat)
    return guess
