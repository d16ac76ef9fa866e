"""Measures locating against a bare Shapely ``STRtree`` on the same outlines in the same run.

``citybrain bench`` calls it; the baseline finds the outline and nothing above it, locating gives the cell
and every area that holds it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import numpy as np
import shapely

from foundation.settings import DEFAULT_CITY
from grid.city_folder.check_folder import check_folder
from grid.city_map import CityMap, FloatArray
from grid.coordinates import LonLat

POINTS = 60_000
BATCH = 5_000
ROUNDS = 3  # the best of them counts: other programs share the machine


def bench_locate(folder: Path = DEFAULT_CITY, *, points: int = POINTS, seed: int = 1) -> dict[str, float]:
    """Return points per second one at a time and in batches, each with its ratio to the bare tree."""
    book = check_folder(folder).book
    tree = book.find_tree()
    if tree is None:
        raise ValueError(f"{folder} cannot be loaded; run: citybrain city check {folder}")
    city_map = CityMap(tree, book.shapes())
    west, south, east, north = city_map.bounds
    random = Random(seed)
    lonlats = [LonLat(random.uniform(west, east), random.uniform(south, north)) for _ in range(points)]
    lons, lats = np.array([p.lon for p in lonlats]), np.array([p.lat for p in lonlats])
    bare = shapely.STRtree(city_map.leaf_shapes)
    rates = {
        "single_points_per_s": _rate(points, lambda: [city_map.locate(p) for p in lonlats]),
        "single_bare_points_per_s": _rate(points, lambda: _query_each(bare, lonlats)),
        "batch_points_per_s": _rate(points, lambda: _in_batches(city_map.locate_many, lons, lats)),
        "batch_bare_points_per_s": _rate(
            points,
            lambda: _in_batches(lambda x, y: bare.query(shapely.points(x, y), predicate="intersects"), lons, lats),
        ),
    }
    rates["single_ratio"] = rates["single_points_per_s"] / rates["single_bare_points_per_s"]
    rates["batch_ratio"] = rates["batch_points_per_s"] / rates["batch_bare_points_per_s"]
    return rates


def _query_each(tree: shapely.STRtree, lonlats: list[LonLat]) -> None:
    for lon, lat in lonlats:
        tree.query(shapely.Point(lon, lat), predicate="intersects")


def _in_batches(find: Callable[[FloatArray, FloatArray], object], lons: FloatArray, lats: FloatArray) -> None:
    for start in range(0, len(lons), BATCH):
        find(lons[start : start + BATCH], lats[start : start + BATCH])


def _rate(count: int, work: Callable[[], object]) -> float:
    """Return how many a second, the best of several rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - begin)
    return count / best
