"""The areas of a folder put together from their four files: rows, outlines, grids, cells.

The draft comes in, one entry an area goes out, with faults for codes that repeat, parents that are
unknown or on the wrong level, and outlines that are missing. ``check_outlines`` judges the geometry.
"""

from __future__ import annotations

from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry

from grid.area_tree import Area, AreaTree
from grid.city_folder.csv_columns import CSV_COLUMNS
from grid.city_folder.draft import CityDraft
from grid.city_folder.faults import Faults
from grid.city_folder.read_csv import Row
from grid.city_folder.read_geojson import Feature


@dataclass(slots=True)
class AreaEntry:
    """One area, where it stands in the files, and its outline if it has one."""

    area: Area
    file: str
    line: int
    shape: BaseGeometry | None = None
    drawn_in: str = ""
    drawn_line: int = 0
    drawn_number: int = 0

    def draw(self, feature: Feature) -> None:
        self.shape, self.drawn_in = feature.shape, feature.file
        self.drawn_line, self.drawn_number = feature.line, feature.number


class AreaBook:
    """Every usable area of the folder by code."""

    def __init__(self, draft: CityDraft) -> None:
        self.levels, self.overlays = draft.levels, draft.overlays
        self.faults: Faults = draft.faults
        self.entries: dict[str, AreaEntry] = {}
        for row in draft.rows["areas.csv"]:
            self._add(_area(row), row.file, row.line)
        for row in draft.rows["grids.csv"]:
            self._add(_grid(row), row.file, row.line)
        for feature in filter(self._is_areal, draft.outlines):
            self._draw(feature)
        self._check_parents()
        for feature in filter(self._is_areal, draft.cells):
            self._add_cell(feature)
        self._check_drawn()
        self._join_cells()

    def _add(self, area: Area | None, file: str, line: int) -> None:
        if area is None:
            return
        first = self.entries.get(area.code)
        if first is not None:
            self.faults.add(file, line, f"duplicate code {area.code}, first in {first.file}:{first.line}")
            return
        if area.level not in (*self.levels, *self.overlays):
            self.faults.add(file, line, f"{area.code} has an unknown level {area.level!r}")
            return
        self.entries[area.code] = AreaEntry(area, file, line)

    def _is_areal(self, feature: Feature) -> bool:
        kind = feature.shape.geom_type
        if kind not in ("Polygon", "MultiPolygon"):
            code = feature.properties.get("code")
            self.faults.add(feature.file, feature.line, f"{code} is a {kind}, an area needs a polygon")
            return False
        return True

    def _draw(self, feature: Feature) -> None:
        entry = self.entries.get(str(feature.properties.get("code")))
        if entry is None:
            code = feature.properties.get("code")
            self.faults.add(feature.file, feature.line, f"outline of {code}, which areas.csv does not have")
        elif entry.shape is not None:
            first = f"first in line {entry.drawn_line}"
            self.faults.add(feature.file, feature.line, f"duplicate outline of {entry.area.code}, {first}")
        else:
            entry.draw(feature)

    def _add_cell(self, feature: Feature) -> None:
        code, grid = feature.properties.get("code"), feature.properties.get("grid")
        if not (isinstance(code, str) and isinstance(grid, str) and 0 < len(code) <= 24):
            self.faults.add(
                feature.file, feature.line, "a cell needs the properties code (at most 24 characters) and grid"
            )
            return
        parent = self.entries.get(grid)
        if parent is None or parent.area.level != "grid":
            self.faults.add(feature.file, feature.line, f"cell {code} has an unknown grid {grid!r}")
            return
        name = str(feature.properties.get("name", code))
        name_en, made_up = str(feature.properties.get("name_en", "")), bool(feature.properties.get("synthetic"))
        area = Area(code, name, name_en, "cell", grid, "cell", parent.area.area_class, made_up)
        before = len(self.entries)
        self._add(area, feature.file, feature.line)
        if len(self.entries) > before:
            entry = self.entries[code]
            entry.draw(feature)

    def _check_parents(self) -> None:
        for entry in self.entries.values():
            fault = self._find_parent_fault(entry.area)
            if fault:
                self.faults.add(entry.file, entry.line, f"{entry.area.code} {fault}")

    def _find_parent_fault(self, area: Area) -> str | None:
        if area.level in self.overlays:
            return None
        if area.parent is None:
            return None if area.level == self.levels[0] else f"has no parent, but is of level {area.level}"
        parent = self.entries.get(area.parent)
        if parent is None:
            return f"has an unknown parent {area.parent}"
        own, above = self.levels.index(area.level), parent.area.level
        if above not in self.levels or self.levels.index(above) >= own:
            return f"of level {area.level} has a parent {area.parent} of level {above}"
        if area.level == "grid" and "community" in self.levels and above != "community":
            return f"is a grid, but its parent {area.parent} is no community"
        return None

    def _check_drawn(self) -> None:
        holding = {entry.area.parent for entry in self.entries.values() if entry.area.level == "cell"}
        for entry in self.entries.values():
            if entry.area.level == "grid" and "cell" in self.levels and entry.area.code not in holding:
                self.faults.add(entry.file, entry.line, f"grid {entry.area.code} has no cell")
            elif entry.shape is None and entry.area.level != "grid":
                self.faults.add(entry.file, entry.line, f"{entry.area.code} has no outline in areas.geojson")

    def _join_cells(self) -> None:
        """Give each grid the union of its cells as outline."""
        cells: dict[str, list[BaseGeometry]] = {}
        for entry in self.entries.values():
            if entry.area.level == "cell" and entry.shape is not None and entry.area.parent:
                cells.setdefault(entry.area.parent, []).append(entry.shape)
        for grid, shapes in cells.items():
            if self.entries[grid].shape is None:
                self.entries[grid].shape = shapely.union_all(shapes)

    def find_tree(self) -> AreaTree | None:
        """Return the tree, or None while parents are at fault."""
        try:
            return AreaTree((entry.area for entry in self.entries.values()), self.levels)
        except ValueError:
            return None

    def shapes(self) -> dict[str, BaseGeometry]:
        """Return every outline by code."""
        return {code: e.shape for code, e in self.entries.items() if e.shape is not None}


def _area(row: Row) -> Area | None:
    if len(row.fields) < len(CSV_COLUMNS["areas.csv"]):
        return None
    return Area(**{**row.fields, "aliases": tuple(row["aliases"])})


def _grid(row: Row) -> Area | None:
    if "code" not in row.fields or "parent" not in row.fields:
        return None
    aliases = [
        alias
        for net in ("alias_emergency", "alias_public_order", "alias_urban_management")
        for alias in row.get(net, [])
    ]
    return Area(
        row["code"],
        row.get("name", row["code"]),
        row.get("name_en", ""),
        "grid",
        row["parent"],
        row.get("kind", "duty"),
        row.get("area_class", "B"),
        row.get("synthetic", False),
        tuple(aliases),
    )
