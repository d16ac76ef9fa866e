"""Reads a city folder for the simulation: no database, only the plain files that the city itself is made of.

Comes in: the folder's CSV, TOML and GeoJSON. Goes out: ``Stage``. The folder was checked when it was loaded
into the product, so a fault here is told in one sentence and nothing is mended.
"""

from __future__ import annotations

import csv
import json
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import shapely

from grid.coordinates import LonLat
from ingest.simulate.stage import Helper, Instrument, Spot, Stage, Threshold

Row = Mapping[str, str]


VOICED = "frigate"  # the one of the cameras' systems that is played


class BadCityFolder(Exception):
    """The folder cannot be read; the message names the file."""


def read_stage(folder: Path) -> Stage:
    """Return the city of a folder.

    Raises:
        BadCityFolder: A file is missing or not as the folder's README says.
    """
    try:
        return _read(folder)
    except (OSError, KeyError, ValueError) as error:
        raise BadCityFolder(
            f"{folder} cannot be played: {error}; `citybrain city check {folder}` says more"
        ) from error


def _read(folder: Path) -> Stage:
    header = tomllib.loads((folder / "city.toml").read_text())
    areas = _rows(folder / "areas.csv")
    levels = {row["code"]: row["level"] for row in areas}
    parents = {row["code"]: row["parent"] for row in [*areas, *_rows(folder / "grids.csv")]}
    towns = tuple(sorted(code for code, level in levels.items() if level == "town"))
    locate = _Finder(folder, towns)
    thresholds = _Thresholds(tomllib.loads((folder / "rules.toml").read_text())["rules"])
    devices = [_instrument(row, locate, thresholds.find(row)) for row in _rows(folder / "devices.csv")]
    cameras = [_instrument(row, locate, None) for row in _rows(folder / "cameras.csv") if row["source"] == VOICED]
    spots = [
        Spot(r["name"], r["town"], _lonlat(r), r["kind"], locate.find_grid(_lonlat(r)))
        for r in _rows(folder / "places.csv")
    ]
    categories = [r for r in _rows(folder / "categories.csv") if r["loaded"] == "true"]
    return Stage(
        code=header["code"],
        timezone=ZoneInfo(header["timezone"]),
        towns=towns,
        town_names={row["code"]: row["name"] for row in areas if row["level"] == "town"},
        spots=_grouped(spots, lambda spot: spot.town),
        devices=_grouped(devices, lambda device: (device.town, device.kind)),
        cameras=_grouped(cameras, lambda camera: (camera.town, camera.kind)),
        urgencies={r["code"]: r["urgency"] for r in categories},
        severities={r["code"]: int(r["severity"]) for r in categories},
        helpers={row["id"]: _helper(row, parents, towns) for row in _rows(folder / "workers.csv")},
        parents=parents,
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def _lonlat(row: Row) -> LonLat:
    return LonLat(float(row["lon"]), float(row["lat"]))


def _instrument(row: Row, locate: _Finder, rule: Threshold | None) -> Instrument:
    return Instrument(
        id=row["id"],
        kind=row["kind"],
        source=row["source"],
        source_id=row["source_id"],
        topic=row["topic"],
        town=locate.find_town(_lonlat(row)),
        lonlat=_lonlat(row),
        name=row["name"],
        grid=locate.find_grid(_lonlat(row)),
        zones=tuple(zone for zone in row.get("zones", "").split(";") if zone),
        rule=rule,
    )


def _helper(row: Row, parents: Mapping[str, str], towns: Iterable[str]) -> Helper:
    area = row["area"]
    while area and area not in towns:
        area = parents.get(area, "")
    return Helper(row["id"], row["role"], row["area"], area, row["department"], _lonlat(row))


def _grouped(things: Iterable[Any], key: Any) -> dict[Any, list[Any]]:
    groups: dict[Any, list[Any]] = defaultdict(list)
    for thing in things:
        groups[key(thing)].append(thing)
    return dict(groups)


class _Finder:
    """Which town and grid a point lies in: the files of places, devices and cameras do not say all of it."""

    def __init__(self, folder: Path, towns: Iterable[str]) -> None:
        wanted = set(towns)
        self._towns, self._town_tree = _plant(folder / "areas.geojson", "code", wanted)
        self._grids, self._cell_tree = _plant(folder / "cells.geojson", "grid", None)

    def find_town(self, lonlat: LonLat) -> str:
        """Return the town that holds the point, or the nearest."""
        return _nearest(self._towns, self._town_tree, lonlat)

    def find_grid(self, lonlat: LonLat) -> str:
        """Return the duty grid that holds the point, or the nearest."""
        return _nearest(self._grids, self._cell_tree, lonlat)


def _plant(path: Path, key: str, wanted: set[str] | None) -> tuple[list[str], shapely.STRtree]:
    features = json.loads(path.read_text())["features"]
    kept = [f for f in features if wanted is None or f["properties"][key] in wanted]
    shapes = shapely.from_geojson([json.dumps(f["geometry"]) for f in kept])
    return [f["properties"][key] for f in kept], shapely.STRtree(shapes)


def _nearest(codes: list[str], tree: shapely.STRtree, lonlat: LonLat) -> str:
    found = tree.nearest(shapely.Point(lonlat))
    return codes[int(found)] if found is not None else ""


class _Thresholds:
    """The city's rules over one device, resolved for each: a number may be a parameter of the device."""

    def __init__(self, rules: list[Mapping[str, Any]]) -> None:
        self._rules = [rule for rule in rules if rule.get("kind") == "threshold"]

    def find(self, row: Row) -> Threshold | None:
        for rule in self._rules:
            if all(row.get(key) == value for key, value in rule["match"].items()):
                return _threshold(rule, _parameters(row))
        return None


def _parameters(row: Row) -> dict[str, str]:
    pairs = (pair.split("=", 1) for pair in row["parameters"].split(";") if "=" in pair)
    return {key.strip(): value.strip() for key, value in pairs}


def _threshold(rule: Mapping[str, Any], parameters: Mapping[str, str]) -> Threshold:
    def number(name: str) -> float:
        said = rule.get(name, 0.0)
        return float(parameters[said] if isinstance(said, str) else said)

    is_below = "below" in rule
    return Threshold(
        quantity=str(rule["quantity"]),
        limit=number("below" if is_below else "above"),
        clear=number("clear_above" if is_below else "clear_below"),
        hold_s=number("hold_s"),
        is_below=is_below,
        category=str(rule["category"]),
    )
