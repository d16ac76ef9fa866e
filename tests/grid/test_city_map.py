"""Locating: against brute force, on borders, beside borders, one by one and in arrays."""

from __future__ import annotations

from pathlib import Path
from random import Random

import numpy as np
import pytest
import shapely

from grid.area_tree import Area, AreaTree
from grid.city_folder.check_folder import check_folder
from grid.city_map import CityMap
from grid.coordinates import METRES_PER_DEGREE, LonLat


@pytest.fixture(scope="module")
def suyu_map(suyu: Path) -> CityMap:
    book = check_folder(suyu).book
    tree = book.find_tree()
    assert tree is not None
    return CityMap(tree, book.shapes())


@pytest.fixture
def small_map(small_city: Path) -> CityMap:
    book = check_folder(small_city).book
    tree = book.find_tree()
    assert tree is not None
    return CityMap(tree, book.shapes())


def some_points(city_map: CityMap, count: int) -> list[LonLat]:
    """Points everywhere in and around the city, and many exactly on corners of cells."""
    random = Random(7)
    west, south, east, north = city_map.bounds
    wide = [
        LonLat(random.uniform(west - 0.02, east + 0.02), random.uniform(south - 0.02, north + 0.02))
        for _ in range(count)
    ]
    corners = shapely.get_coordinates(city_map.leaf_shapes)
    chosen = [LonLat(*corners[random.randrange(len(corners))].tolist()) for _ in range(count // 10)]
    return wide + chosen


def brute_force(city_map: CityMap, point: LonLat) -> str | None:
    holding = [
        code
        for code, shape in zip(city_map.leaf_codes, city_map.leaf_shapes, strict=True)
        if shapely.intersects_xy(shape, *point)
    ]
    return min(holding, default=None)


def test_locate_agrees_with_brute_force(suyu_map: CityMap) -> None:
    for point in some_points(suyu_map, 600):
        place = suyu_map.locate(point)
        wanted = brute_force(suyu_map, point)
        if place is None or place.cell == wanted:
            assert wanted is None or place is not None
        else:  # only the metre of tolerance may make a difference
            assert wanted is None
            shape = suyu_map.find_shape(place.cell or "")
            assert shape is not None
            assert shape.distance(shapely.Point(point)) * METRES_PER_DEGREE <= 1.25


def test_one_by_one_and_in_arrays_is_the_same(suyu_map: CityMap) -> None:
    points = some_points(suyu_map, 5000)
    found = suyu_map.locate_many(np.array([p.lon for p in points]), np.array([p.lat for p in points]))
    for point, index in zip(points, found.tolist(), strict=True):
        assert suyu_map.locate(point) == (suyu_map.places[index] if index >= 0 else None)


def test_a_place_names_everything_that_holds_it(small_map: CityMap) -> None:
    place = small_map.locate(LonLat(118.305, 34.005))
    assert place is not None
    assert (place.cell, place.grid, place.community, place.town, place.district) == (
        "V1C1",
        "V1G01",
        "V1",
        "T1",
        "D",
    )
    assert place.path == ("D", "T1", "V1", "V1G01")


def test_a_point_on_a_shared_border_belongs_to_the_lowest_code(small_map: CityMap) -> None:
    for lat in (34.0, 34.003, 34.01):
        place = small_map.locate(LonLat(118.32, lat))
        assert place is not None and place.cell == "V1C2"


@pytest.mark.parametrize(
    ("beside_m", "is_found"), [(0.0, True), (0.5, True), (0.95, True), (1.1, False), (50, False)]
)
@pytest.mark.parametrize("side", ["west", "east", "south", "north"])
def test_a_metre_outside_still_counts(small_map: CityMap, beside_m: float, is_found: bool, side: str) -> None:
    d_lat = beside_m / METRES_PER_DEGREE
    d_lon = d_lat / np.cos(np.radians(34.005))
    point = {
        "west": LonLat(118.30 - d_lon, 34.005),
        "east": LonLat(118.34 + d_lon, 34.005),
        "south": LonLat(118.305, 34.0 - d_lat),
        "north": LonLat(118.305, 34.01 + d_lat),
    }[side]
    assert (small_map.locate(point) is not None) is is_found
    assert bool(small_map.locate_many([point.lon], [point.lat])[0] >= 0) is is_found


@pytest.mark.parametrize("point", [(np.nan, 34.0), (np.inf, 34.0), (118.3, -np.inf), (0.0, 0.0), (1e300, 1e300)])
def test_impossible_points_are_nowhere(small_map: CityMap, point: tuple[float, float]) -> None:
    assert small_map.locate(LonLat(*point)) is None
    assert small_map.locate_many([point[0]], [point[1]]).tolist() == [-1]


def test_no_points_give_no_places(small_map: CityMap) -> None:
    assert small_map.locate_many([], []).tolist() == []


def test_neighbours_share_a_border(small_map: CityMap) -> None:
    assert small_map.neighbours("V1C2") == ("V1C1", "V2C1")


def test_places_near_a_point_reach_over_the_border_of_a_town(small_map: CityMap) -> None:
    near = small_map.list_near(LonLat(118.3199, 34.005), 30)
    assert [place.town for place in near] == ["T1", "T2"]


def test_what_is_known_of_a_town_alone(small_map: CityMap) -> None:
    place = small_map.place_of_area("T2")
    assert (place.cell, place.grid, place.town, place.path) == (None, None, "T2", ("D", "T2"))
    assert [p.cell for p in small_map.places_of_cell("T2")] == ["V2C1", "V2C2"]
    assert [p.cell for p in small_map.places_of_cell("V2C1")] == ["V2C1"]


def test_a_city_of_fewer_levels_with_two_roots() -> None:
    areas = [Area(code, code, code, "district", None, "borough") for code in ("B", "A")]
    overlay = Area("P", "P", "P", "police", None, "precinct")
    shapes = {"A": shapely.box(0, 1, 1, 2), "B": shapely.box(1, 1, 2, 2), "P": shapely.box(0, 1, 2, 2)}
    city_map = CityMap(AreaTree([*areas, overlay], ("district",)), shapes)
    place = city_map.locate(LonLat(1.5, 1.5))
    assert place is not None
    assert (place.district, place.town, place.cell, place.path) == ("B", None, None, ("B",))
    on_border = city_map.locate(LonLat(1.0, 1.5))
    assert on_border is not None and on_border.district == "A"


def test_an_empty_map_finds_nothing() -> None:
    city_map = CityMap(AreaTree([]), {})
    assert city_map.locate(LonLat(118.3, 33.9)) is None
    assert city_map.locate_many([118.3], [33.9]).tolist() == [-1]
