from __future__ import annotations

import math

import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grid.coordinates import (
    CoordSys,
    LonLat,
    distance_m,
    from_wgs84,
    is_plausible,
    to_wgs84,
    to_xy_m,
)

china = st.builds(LonLat, st.floats(73.5, 134.5), st.floats(18.5, 53.0))
world = st.builds(LonLat, st.floats(-180, 180), st.floats(-85, 85))


@given(china, st.sampled_from(CoordSys))
def test_there_and_back_is_less_than_a_tenth_of_a_metre_off(point: LonLat, system: CoordSys) -> None:
    assert distance_m(to_wgs84(from_wgs84(point, system), system), point) <= 0.1
    assert distance_m(from_wgs84(to_wgs84(point, system), system), point) <= 0.1


def test_the_shift_in_suyu_is_the_known_one() -> None:
    shifted = from_wgs84(LonLat(118.33, 33.95), "gcj02")
    assert shifted.lon - 118.33 == pytest.approx(0.005586, abs=2e-6)
    assert shifted.lat - 33.95 == pytest.approx(-0.001263, abs=2e-6)


def test_bd09_lies_on_top_of_gcj02() -> None:
    point = LonLat(118.33, 33.95)
    assert 500 < distance_m(point, from_wgs84(point, "gcj02")) < 560
    assert 900 < distance_m(from_wgs84(point, "gcj02"), from_wgs84(point, "bd09")) < 1200


def test_cgcs2000_is_taken_as_wgs84() -> None:
    assert to_wgs84(LonLat(118.3, 33.9), CoordSys.CGCS2000) == (118.3, 33.9)


def test_nothing_is_shifted_outside_china() -> None:
    assert from_wgs84(LonLat(-73.98, 40.75), "gcj02") == (-73.98, 40.75)


def test_an_unknown_system_is_refused() -> None:
    with pytest.raises(ValueError, match="mars"):
        to_wgs84(LonLat(118.3, 33.9), "mars")


@given(world, world)
def test_distance_agrees_with_the_ellipsoid(a: LonLat, b: LonLat) -> None:
    _, _, exact_m = pyproj.Geod(ellps="WGS84").inv(a.lon, a.lat, b.lon, b.lat)
    assert distance_m(a, b) == pytest.approx(exact_m, rel=0.006, abs=0.01)


@given(st.floats(-0.1, 0.1), st.floats(-0.1, 0.1))
def test_local_metres_agree_with_the_distance(d_lon: float, d_lat: float) -> None:
    origin = LonLat(118.4, 33.98)
    there = LonLat(origin.lon + d_lon, origin.lat + d_lat)
    assert math.hypot(*to_xy_m(there, origin)) == pytest.approx(distance_m(origin, there), rel=2e-3, abs=0.01)


@pytest.mark.parametrize(
    "pair",
    [
        (0, 0), (-1, -1), (math.nan, 33.9), (118.3, math.nan), (math.inf, 0.5), (181, 10), (10, 91),
        (9999999, 9999999), (-180.1, 0),
    ],
)  # fmt: skip
def test_placeholders_are_no_places(pair: tuple[float, float]) -> None:
    assert not is_plausible(LonLat(*pair))


@pytest.mark.parametrize("pair", [(118.3, 33.9), (0.1, 51.5), (-180, -90), (0, 51.48), (-1, 50.9)])
def test_real_points_are_plausible(pair: tuple[float, float]) -> None:
    assert is_plausible(LonLat(*pair))
