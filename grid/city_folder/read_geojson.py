"""Reads the GeoJSON files of a city folder; a feature knows its line, a bad outline is a fault."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from grid.city_folder.faults import Faults
from grid.city_folder.read_csv import read_text
from grid.coordinates import CoordSys, LonLat, to_wgs84


@dataclass(frozen=True, slots=True)
class Feature:
    """One drawn thing, in WGS-84 degrees whatever the datum of the file; ``number`` counts from 1.

    Many programs write a file as one line; then only the number tells which feature is meant.
    """

    file: str
    line: int
    properties: dict[str, Any]
    shape: BaseGeometry
    number: int = 0


def read_features(folder: Path, name: str, datum: str, faults: Faults) -> list[Feature]:
    """Return the features whose geometry can be used, in the order of the file."""
    content = read_text(folder, name, faults)
    if content is None:
        return []
    try:
        found = list(_split(content))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        faults.add_unread(name, 0, f"not a GeoJSON FeatureCollection: {error}")
        return []
    features = [(number, _feature(name, line, raw, faults)) for number, (line, raw) in enumerate(found, start=1)]
    return [
        _in_wgs84(replace(feature, number=number), datum) for number, feature in features if feature is not None
    ]


def _split(content: str) -> list[tuple[int, dict[str, Any]]]:
    """Return every feature with its line; the standard parser forgets where it was."""
    document = json.loads(content)
    if not isinstance(document, dict) or not isinstance(document.get("features"), list):
        raise ValueError("no list of features")
    decoder = json.JSONDecoder()
    at = content.index("[", content.index('"features"')) + 1
    result, line, seen = [], 1, 0
    for _ in document["features"]:
        while content[at] in " \t\r\n,":
            at += 1
        line += content.count("\n", seen, at)
        seen = at
        raw, at = decoder.raw_decode(content, at)
        result.append((line, raw))
    return result


def _feature(name: str, line: int, raw: Any, faults: Faults) -> Feature | None:
    properties = raw.get("properties") if isinstance(raw, dict) else None
    if not isinstance(properties, dict):
        faults.add(name, line, "feature without properties")
        return None
    label = properties.get("code") or properties.get("name") or "feature"
    try:
        shape = shapely.from_geojson(json.dumps(raw.get("geometry")))
    except (shapely.errors.GEOSException, ValueError, TypeError) as error:
        faults.add(name, line, f"{label}: not a geometry: {error}")
        return None
    fault = _find_fault(shape)
    if fault:
        faults.add(name, line, f"{label}: {fault}")
        return None
    return Feature(name, line, properties, shape)


def _find_fault(shape: BaseGeometry | None) -> str | None:
    if shape is None or shape.is_empty:
        return "has no outline"
    west, south, east, north = shape.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        return f"is not in degrees: {west:g}, {south:g} to {east:g}, {north:g}"
    if not shape.is_valid:
        return f"invalid outline: {shapely.is_valid_reason(shape)}"
    return None


def _in_wgs84(feature: Feature, datum: str) -> Feature:
    if datum in (CoordSys.WGS84, CoordSys.CGCS2000):
        return feature
    return replace(feature, shape=move_datum(feature.shape, lambda p: to_wgs84(p, datum)))


def move_datum(shape: BaseGeometry, move: Callable[[LonLat], LonLat]) -> BaseGeometry:
    """Return the outline with every corner moved."""
    moved: BaseGeometry = shapely.transform(
        shape, lambda xy: np.array([move(LonLat(*p)) for p in xy.tolist()], dtype=np.float64)
    )
    return moved
