"""Locating against a real city's own assignment: New York's service requests and the lines of their time."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import numpy as np
import pytest
import shapely

from grid.area_tree import Area, AreaTree
from grid.city_map import CityMap
from grid.coordinates import LonLat


@pytest.fixture(scope="module")
def requests(shared: Path) -> list[dict[str, str]]:
    path = shared / "data" / "nyc311" / "nyc311_2023_sample.csv.gz"
    if not path.exists():
        pytest.skip("the real requests are not there")
    with gzip.open(path, "rt", encoding="utf-8", errors="replace") as file:
        rows = list(csv.DictReader(file))
    return [row for row in rows if row["Latitude"] and row["Longitude"]]


def outlines(shared: Path, name: str) -> list[tuple[dict[str, object], shapely.Geometry]]:
    path = shared / "data" / "nyc_boundaries" / f"{name}.geojson.gz"
    document = json.loads(gzip.decompress(path.read_bytes()))
    return [(f["properties"], shapely.from_geojson(json.dumps(f["geometry"]))) for f in document["features"]]


def flat_map(named: list[tuple[str, shapely.Geometry]]) -> CityMap:
    areas = [Area(code, code, code, "district", None, "real") for code, _ in named]
    return CityMap(AreaTree(areas, ("district",)), dict(named))


def locate_all(city_map: CityMap, requests: list[dict[str, str]]) -> list[str | None]:
    lons = np.array([float(row["Longitude"]) for row in requests])
    lats = np.array([float(row["Latitude"]) for row in requests])
    return [city_map.leaf_codes[i] if i >= 0 else None for i in city_map.locate_many(lons, lats).tolist()]


def test_boroughs_agree_with_the_citys_own(shared: Path, requests: list[dict[str, str]]) -> None:
    named = [(str(p["borough"]).upper(), shape) for p, shape in outlines(shared, "borough")]
    found = locate_all(flat_map(named), requests)
    known = [
        (f, row["Borough"])
        for f, row in zip(found, requests, strict=True)
        if row["Borough"] not in ("", "Unspecified")
    ]
    agree = sum(f == wanted for f, wanted in known) / len(known)
    assert len(known) > 4_800
    assert agree >= 0.999


def test_council_districts_need_the_lines_of_their_own_time(shared: Path, requests: list[dict[str, str]]) -> None:
    old = [(str(p["geography_value"]), s) for p, s in outlines(shared, "hist_council_district_2013")]
    inside = [code for code in locate_all(flat_map(old), requests) if code is not None]
    assert len(inside) >= 0.99 * len(requests)


def test_community_boards_agree_within_a_metre_of_the_line(shared: Path, requests: list[dict[str, str]]) -> None:
    boards = outlines(shared, "community_district")
    city_map = flat_map([(str(properties["boro_cd"]), shape) for properties, shape in boards])
    known = [row for row in requests if _board_code(row["Community Board"]) in city_map.leaf_codes]
    found = locate_all(city_map, known)
    wanted = [_board_code(row["Community Board"]) for row in known]
    exact = sum(f == w for f, w in zip(found, wanted, strict=True)) / len(known)
    near = [
        w in [p.district for p in city_map.list_near(LonLat(float(row["Longitude"]), float(row["Latitude"])), 1.0)]
        for w, row in zip(wanted, known, strict=True)
    ]
    assert len(known) > 4_700
    assert exact >= 0.989  # corners of streets lie on three boards at once
    assert sum(near) / len(known) >= 0.9985


def _board_code(board: str) -> str:
    number, _, borough = board.partition(" ")
    first = {"MANHATTAN": "1", "BRONX": "2", "BROOKLYN": "3", "QUEENS": "4", "STATEN ISLAND": "5"}
    return first.get(borough, "0") + number
