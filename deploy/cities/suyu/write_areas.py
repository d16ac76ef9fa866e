"""Writes the drawn areas as the files of the city folder: areas, grids, cells, lines for orientation."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from random import Random

import shapely
from district import District, Unit, write_csv
from draw_areas import DECIMALS, TOWNS, to_degrees

CLASS_OF_KIND = {"street": "A", "park": "B"}
ROADS = [
    ("人民大道", "Renmin Avenue", ["321311003", "321311001", "321311002", "321311402"]),
    ("东西干道", "East-West Trunk Road", ["321311451", "321311001", "321311403", "321311111", "321311106"]),
    ("北环路", "North Ring Road", ["321311003", "321311201", "321311108"]),
    ("县道一线", "County Road 1", ["321311901", "321311113", "321311108", "321311106", "321311105"]),
    ("南部公路", "Southern Road", ["321311002", "321311401", "321311006", "321311105"]),
]
RIVERS = [
    (
        "大运河（示意）",
        "Grand Canal (made up)",
        [(-15.5, 8.5), (-13.2, 1.5), (-13.6, -4.0), (-12.0, -8.5), (-8.5, -12.5), (-3.0, -18.0), (1.0, -20.5)],
        0.18,
    ),
    (
        "六塘河（示意）",
        "Liutang River (made up)",
        [(-6.8, 17.2), (0.5, 10.0), (4.0, 2.0), (8.5, -1.0), (14.0, 1.5), (18.0, -1.0)],
        0.09,
    ),
]


def write_areas(folder: Path, district: District, random: Random) -> None:
    outlines = _outlines(district)
    rows, features = [], []
    for unit in district.units.values():
        rows.append(
            {
                "code": unit.code,
                "parent": unit.parent,
                "level": unit.level,
                "name": unit.name,
                "name_en": unit.name_en,
                "kind": unit.kind,
                "area_class": CLASS_OF_KIND.get(_town_kind(district, unit), "B"),
                "synthetic": "true",
                "aliases": "",
            }
        )
        features.append(_feature(outlines[unit.code], code=unit.code, synthetic=True))
    write_csv(folder / "areas.csv", rows)
    _write_geojson(folder / "areas.geojson", features)
    _write_grids(folder, district)
    _write_cells(folder, district)
    _write_geojson(folder / "orientation.geojson", [*_rivers(random), *_roads(random)])


def _town_kind(district: District, unit: Unit) -> str:
    return district.units[unit.parent].kind if unit.level == "community" else unit.kind


def _outlines(district: District) -> dict[str, shapely.Geometry]:
    result = {}
    for level in ("community", "town"):
        for unit in district.list_units(level):
            cells = [cell.outline for cell in district.cells_of(unit.code)]
            result[unit.code] = shapely.coverage_union_all(cells)
    root = district.list_units("district")[0]
    result[root.code] = shapely.coverage_union_all([cell.outline for cell in district.cells])
    return result


def _write_grids(folder: Path, district: District) -> None:
    rows = []
    for grid in district.grids:
        community = district.units[grid.community]
        is_park = community.kind == "park"
        rows.append(
            {
                "code": grid.code,
                "parent": grid.community,
                "name": f"{community.name}第{grid.number}网格",
                "name_en": f"{community.name_en} Grid {grid.number}",
                "kind": "dedicated" if is_park else "duty",
                "area_class": grid.area_class,
                "synthetic": "true",
                "alias_emergency": f"YJ{grid.community}{grid.number:02d}",
                "alias_public_order": f"ZZ{grid.community}{grid.number:03d}",
                "alias_urban_management": f"CG{grid.community}{grid.number + 10:03d}",
            }
        )
    write_csv(folder / "grids.csv", rows)


def _write_cells(folder: Path, district: District) -> None:
    features = []
    for cell in district.cells:
        community = district.units[cell.community]
        features.append(
            _feature(
                cell.outline,
                code=cell.code,
                grid=cell.grid,
                name=f"{community.name}{cell.code[-3:]}单元",
                name_en=f"{community.name_en} cell {cell.code[-3:]}",
                synthetic=True,
            )
        )
    _write_geojson(folder / "cells.geojson", features)


def _feature(outline: shapely.Geometry, **properties: object) -> dict[str, object]:
    return {"type": "Feature", "properties": properties, "geometry": json.loads(shapely.to_geojson(outline))}


def _write_geojson(path: Path, features: list[dict[str, object]]) -> None:
    lines = [json.dumps(feature, ensure_ascii=False, separators=(",", ":")) for feature in features]
    text = '{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n"
    path.write_text(text, encoding="utf-8", newline="\n")


def _wander(random: Random, corners: list[tuple[float, float]], sway: float) -> list[tuple[float, float]]:
    """Return the line through the corners (metres) with soft, repeatable bends."""
    line = [corners[0]]
    for a, b in pairwise(corners):
        for step in range(1, 9):
            x, y = a[0] + (b[0] - a[0]) * step / 8, a[1] + (b[1] - a[1]) * step / 8
            line.append((x + random.uniform(-sway, sway), y + random.uniform(-sway, sway)) if step < 8 else (x, y))
    return line


def _rivers(random: Random) -> list[dict[str, object]]:
    result = []
    for name, name_en, corners, width_km in RIVERS:
        line = shapely.LineString(_wander(random, [(x * 1000, y * 1000) for x, y in corners], 220))
        banks = line.buffer(width_km * 500, quad_segs=2).simplify(15)
        ring = [to_degrees(p) for p in banks.exterior.coords]
        result.append(_feature(shapely.Polygon(ring), kind="river", name=name, name_en=name_en, synthetic=True))
    return result


def _roads(random: Random) -> list[dict[str, object]]:
    result = []
    for name, name_en, towns in ROADS:
        seats = [(TOWNS[t][0] * 1000, TOWNS[t][1] * 1000) for t in towns]
        line = [to_degrees(p) for p in _wander(random, seats, 140)]
        rounded = [(round(x, DECIMALS), round(y, DECIMALS)) for x, y in line]
        result.append(
            _feature(shapely.LineString(rounded), kind="road", name=name, name_en=name_en, synthetic=True)
        )
    return result
