"""Datums of registers: round trips within a tenth of a metre, real points, faults with their mend."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grid.coordinates import LonLat, distance_m
from grid.datums import BadPlace, datum_to_wgs84, read_datum, wgs84_to_datum

SUYU = LonLat(118.33, 33.95)
DATUMS = ["wgs84", "cgcs2000", "gcj02", "bd09", "epsg:4527", "epsg:4548", "epsg:4549", "epsg:4528", "gk3"]


@pytest.mark.parametrize("datum", DATUMS)
@given(lon=st.floats(117.0, 119.6), lat=st.floats(32.5, 35.5))
def test_there_and_back_is_within_a_tenth_of_a_metre(datum: str, lon: float, lat: float) -> None:
    there = wgs84_to_datum(datum, LonLat(lon, lat))
    assert distance_m(datum_to_wgs84(datum, *there), LonLat(lon, lat)) <= 0.1


def test_projected_metres_are_those_of_the_survey() -> None:
    # by PROJ's own command: echo "118.33 33.95" | cs2cs EPSG:4490 EPSG:4548
    easting_m, northing_m = wgs84_to_datum("epsg:4548", SUYU)
    assert 622_000 < easting_m < 624_000 and 3_757_000 < northing_m < 3_760_000
    assert wgs84_to_datum("epsg:4527", SUYU)[0] == pytest.approx(easting_m + 39_000_000)
    for datum, east_m in (("epsg:4548", easting_m), ("epsg:4527", easting_m + 39e6), ("gk3", easting_m + 39e6),
                          ("epsg:4527", easting_m), ("epsg:4548", easting_m + 39e6)):  # fmt: skip
        assert distance_m(datum_to_wgs84(datum, east_m, northing_m), SUYU) < 0.01
        assert distance_m(datum_to_wgs84(datum, northing_m, east_m), SUYU) < 0.01, "surveyors write x for north"
    lon, lat = wgs84_to_datum("gcj02", SUYU)
    assert (lon - SUYU.lon, lat - SUYU.lat) == (
        pytest.approx(0.005586, abs=2e-6),
        pytest.approx(-0.001263, abs=2e-6),
    )


@pytest.mark.parametrize(
    ("datum", "x", "y", "says"),
    [
        ("gk3", 622_900.0, 3_758_000.0, "does not begin with its zone"),
        ("epsg:4527", 40_622_900.0, 3_758_000.0, "begins with zone 40"),
        ("epsg:4548", 622_900.0, 33.95, "is a northing"),
        ("epsg:4548", 39_000_001.0, 3_758_000.0, "lies in no zone"),
        ("wgs84", 622_900.0, 3_758_000.0, "no degrees"),
        ("wgs84", float("nan"), 33.9, "not finite"),
    ],
)
def test_what_can_be_no_place_is_said(datum: str, x: float, y: float, says: str) -> None:
    with pytest.raises(BadPlace, match=says):
        datum_to_wgs84(datum, x, y)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("EPSG:4490", "cgcs2000"),
        ("4527", "epsg:4527"),
        ("GCJ-02", "gcj02"),
        (" bd09 ", "bd09"),
        ("WGS84", "wgs84"),
    ],
)
def test_a_datum_has_several_names(said: str, meant: str) -> None:
    assert read_datum(said) == meant


@pytest.mark.parametrize("said", ["", "mars", "epsg:3857", "4326x", "epsg:9999"])
def test_an_unknown_datum_is_refused_with_those_we_know(said: str) -> None:
    with pytest.raises(ValueError, match="EPSG:4527"):
        read_datum(said)
