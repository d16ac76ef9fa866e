"""Where on the grid a point lies: from degrees to the cell and everything that holds it.

Outlines of the areas come in (from the database through ``city``), a ``Place`` goes out. The brain's
locating step calls it for every observation, so it asks no database: a raster of small squares names the
few cells that can hold a point, and Shapely's ``STRtree`` answers for whole arrays (design decision 9).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from grid.area_store import read_areas, read_shapes
from grid.area_tree import AreaTree
from grid.coordinates import METRES_PER_DEGREE, LonLat
from grid.point_raster import PointRaster

EDGE_TOLERANCE_M = 1.0  # 49 of 4,894 real reports lay less than 0.2 m outside their board (NYC, 2023)

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is. A level that the city does not have, or that is not known, is None.

    ``path``: codes of the areas that can hold a case, root first, down to the grid.
    """

    cell: str | None
    grid: str | None
    community: str | None
    town: str | None
    district: str | None
    path: tuple[str, ...]


class CityMap:
    """The outlines of one day, ready for questions. Safe to read from several threads."""

    def __init__(self, tree: AreaTree, shapes: Mapping[str, BaseGeometry]) -> None:
        """Take the outline of every area that has one, in WGS-84 degrees.

        The leaves (areas with an outline and none drawn below them) are what a point is found in;
        overlay areas, whose level is not among the tree's, are kept out.
        """
        self.tree = tree
        self._shapes = dict(shapes)
        self.leaf_codes = _leaves(tree, shapes)
        self.places: list[Place] = [self.place_of_area(code) for code in self.leaf_codes]
        self._index = {code: i for i, code in enumerate(self.leaf_codes)}
        leaves = np.array([shapes[code] for code in self.leaf_codes], dtype=object)
        self.leaf_shapes: npt.NDArray[np.object_] = leaves
        shapely.prepare(leaves)
        self.strtree = shapely.STRtree(leaves)
        self.bounds: tuple[float, float, float, float] = _bounds(leaves)
        self._lon_scale = math.cos(math.radians((self.bounds[1] + self.bounds[3]) / 2))
        self._flat = shapely.transform(leaves, self._flatten)
        self._flat_tree = shapely.STRtree(self._flat)
        self._raster = PointRaster(self.strtree, leaves, margin_deg=self._tolerance_deg)

    @property
    def _tolerance_deg(self) -> float:
        return EDGE_TOLERANCE_M / METRES_PER_DEGREE / max(self._lon_scale, 0.01)

    def _flatten(self, xy: FloatArray) -> FloatArray:
        """Return degrees in which one degree is as long eastward as northward, at the city's middle."""
        flat: FloatArray = xy * np.array([self._lon_scale, 1.0])
        return flat

    def locate(self, lonlat: LonLat) -> Place | None:
        """Return the place of one WGS-84 point, or None outside the city.

        A point on a shared border belongs to the lowest code; one up to a metre outside every cell, to
        the nearest.
        """
        index = self._raster.find(lonlat[0], lonlat[1])
        if index is None:
            index = self._nearest(lonlat[0], lonlat[1])
        return None if index < 0 else self.places[index]

    def locate_many(self, lons: npt.ArrayLike, lats: npt.ArrayLike) -> IntArray:
        """Return for each point its index into ``places``, or -1.

        Args:
            lons: (n,) float64, WGS-84 degrees.
            lats: (n,) float64, WGS-84 degrees.
        """
        x, y = np.asarray(lons, dtype=np.float64), np.asarray(lats, dtype=np.float64)
        nowhere = len(self.places)
        found = np.full(len(x), nowhere, dtype=np.int64)
        finite = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        which, leaf = self.strtree.query(shapely.points(x[finite], y[finite]))
        inside = shapely.intersects_xy(self.leaf_shapes[leaf], x[finite[which]], y[finite[which]])
        np.minimum.at(found, finite[which[inside]], leaf[inside])
        missed = finite[found[finite] == nowhere]
        found[missed] = self._nearest_many(x[missed], y[missed])
        found[found == nowhere] = -1
        return found

    def _nearest(self, lon: float, lat: float) -> int:
        """Return the leaf within the tolerance of a point that is inside none, or -1."""
        west, south, east, north = self.bounds
        margin = self._tolerance_deg
        if not (west - margin <= lon <= east + margin and south - margin <= lat <= north + margin):
            return -1
        return int(self._nearest_many(np.array([lon]), np.array([lat]))[0])

    def _nearest_many(self, x: FloatArray, y: FloatArray) -> IntArray:
        result = np.full(len(x), -1, dtype=np.int64)
        points = np.asarray(shapely.points(x * self._lon_scale, y), dtype=object)
        reach = EDGE_TOLERANCE_M / METRES_PER_DEGREE
        best: dict[int, tuple[float, int]] = {}
        for which, leaf in self._flat_tree.query(points, predicate="dwithin", distance=reach).T.tolist():
            candidate = (float(shapely.distance(points[which], self._flat[leaf])), leaf)
            best[which] = min(candidate, best.get(which, candidate))
        for which, (_, leaf) in best.items():
            result[which] = leaf
        return result

    def place_of_area(self, code: str) -> Place:
        """Return what is known of a place when only an area is known; raises ``KeyError``."""
        path = self.tree.path(self.tree.get_area(code).code)
        by_level = {self.tree.get_area(step).level: step for step in path}
        return Place(
            cell=by_level.get("cell"),
            grid=by_level.get("grid"),
            community=by_level.get("community"),
            town=by_level.get("town"),
            district=by_level.get("district"),
            path=tuple(step for step in path if step != by_level.get("cell")),
        )

    def places_of_cell(self, code: str) -> tuple[Place, ...]:
        """Return the places below an area: one for a cell, all of its cells for a grid or a town."""
        return tuple(self.places[i] for i, leaf in enumerate(self.leaf_codes) if self.tree.is_within(leaf, code))

    def neighbours(self, cell: str) -> tuple[str, ...]:
        """Return the codes of the cells that share a border or a corner with this one, lowest first."""
        own = self._index[cell]
        touching = self.strtree.query(self.leaf_shapes[own], predicate="intersects")
        return tuple(self.leaf_codes[i] for i in sorted(touching.tolist()) if i != own)

    def list_near(self, lonlat: LonLat, radius_m: float) -> tuple[Place, ...]:
        """Return the places whose outline comes within the radius of a point, lowest code first."""
        point = shapely.Point(lonlat[0] * self._lon_scale, lonlat[1])
        reach = radius_m / METRES_PER_DEGREE
        near = self._flat_tree.query(point, predicate="dwithin", distance=reach)
        return tuple(self.places[i] for i in sorted(near.tolist()))

    def find_shape(self, code: str) -> BaseGeometry | None:
        """Return the outline of an area in WGS-84 degrees, if it has one."""
        return self._shapes.get(code)


def _leaves(tree: AreaTree, shapes: Mapping[str, BaseGeometry]) -> list[str]:
    has_drawn_child = {
        step for code in shapes for step in tree.path(code)[:-1] if tree.get_area(code).level in tree.levels
    }
    return sorted(c for c in shapes if tree.get_area(c).level in tree.levels and c not in has_drawn_child)


def _bounds(leaves: npt.NDArray[Any]) -> tuple[float, float, float, float]:
    if len(leaves) == 0:
        return (0.0, 0.0, 0.0, 0.0)
    west, south, east, north = shapely.total_bounds(leaves).tolist()
    return (west, south, east, north)


def load_city_map(session: Session, on: date | None = None) -> CityMap:
    """Return the map as it stands on a local date (None: today) in the database."""
    return CityMap(read_areas(session, on), read_shapes(session, on))
