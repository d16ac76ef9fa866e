"""The made-up district as the generator's parts share it: areas by code, cells with all that holds them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from random import Random

import shapely

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Unit:
    """A row of ``divisions.csv``: the district, a town or a community."""

    code: str
    parent: str
    level: str
    name: str
    name_en: str
    kind: str
    short_name: str


@dataclass(frozen=True)
class DrawnCell:
    code: str
    grid: str
    community: str
    town: str
    outline: shapely.Polygon
    area_km2: float


@dataclass(frozen=True)
class DrawnGrid:
    code: str
    community: str
    town: str
    number: int
    area_class: str


@dataclass(frozen=True)
class District:
    units: dict[str, Unit]
    grids: list[DrawnGrid]
    cells: list[DrawnCell]

    def list_units(self, level: str) -> list[Unit]:
        return [unit for unit in self.units.values() if unit.level == level]

    def cells_of(self, code: str) -> list[DrawnCell]:
        return [c for c in self.cells if code in (c.code, c.grid, c.community, c.town)]

    def core_of(self, town: str) -> list[DrawnCell]:
        """Return the built-up third of a town: its smallest cells."""
        cells = sorted(self.cells_of(town), key=lambda c: (c.area_km2, c.code))
        return cells[: max(4, len(cells) // 3)]


def read_units() -> dict[str, Unit]:
    with (HERE / "divisions.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: Unit(**row) for row in csv.DictReader(file)}


def point_in(random: Random, cell: DrawnCell, margin: float = 0.18) -> tuple[float, float]:
    """Return a random point well inside a cell, in stored degrees."""
    west, south, east, north = cell.outline.bounds
    inner = cell.outline.buffer(-margin * min(east - west, north - south))
    inner = cell.outline if inner.is_empty else inner
    for _ in range(200):
        x, y = round(random.uniform(west, east), 6), round(random.uniform(south, north), 6)
        if shapely.contains_xy(inner, x, y):
            return x, y
    spot = cell.outline.representative_point()
    return round(spot.x, 6), round(spot.y, 6)


def write_csv(path: Path, rows: list[dict[str, object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
