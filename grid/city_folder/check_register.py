"""Judges sources, devices, cameras, named places and homes of workers: who they are and where they lie."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import shapely

from grid.city_folder.area_book import AreaBook
from grid.city_folder.draft import CityDraft
from grid.city_folder.faults import Faults
from grid.city_folder.read_csv import Row
from grid.city_folder.repeats import refuse_repeats
from grid.coordinates import CoordSys, LonLat, is_plausible, to_wgs84

NATIVE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")  # a device id of the native format is part of its topic
COUNTY_DIGITS = 6
LOCATED = ("devices.csv", "cameras.csv", "places.csv", "workers.csv")


def check_register(draft: CityDraft, book: AreaBook) -> None:
    """Add a fault for each repeated name, unknown reference and place outside the city."""
    for name, (line, source) in draft.sources.items():
        if source.transport == "mqtt" and not source.topic_filter:
            draft.faults.add("sources.toml", line, f"source {name} comes over MQTT but has no topic_filter")
        if source.transport == "http" and not source.http_path:
            draft.faults.add("sources.toml", line, f"source {name} comes over HTTP but has no http_path")
    things = [*draft.rows["devices.csv"], *draft.rows["cameras.csv"]]
    refuse_repeats(things, ("id",), draft.faults)
    refuse_repeats(things, ("source", "source_id"), draft.faults)
    refuse_repeats([row for row in things if row.get("object_code")], ("object_code",), draft.faults)
    refuse_repeats(draft.rows["places.csv"], ("code",), draft.faults)
    departments = draft.codes("departments.csv")
    for row in things:
        _check_thing(row, draft, departments)
    for row in draft.rows["places.csv"]:
        if "town" in row.fields and row["town"] not in book.entries:
            draft.faults.add(row.file, row.line, f"place {row.get('code')} has an unknown town {row['town']}")
    _check_located(draft, book)


def _check_thing(row: Row, draft: CityDraft, departments: set[str]) -> None:
    source, department = row.get("source"), row.get("department")
    if source is not None and source not in draft.source_names:
        draft.faults.add(row.file, row.line, f"{row.get('id')} has an unknown source {source}")
    elif source in draft.sources and draft.sources[source][1].format == "native" and not _is_native_id(row):
        text = f"{row['source_id']!r} cannot be a device id: letters, digits, _ and -, at most 64"
        draft.faults.add(row.file, row.line, text)
    for code in (department, row.get("owner_department")):
        if code and code not in departments:
            draft.faults.add(row.file, row.line, f"{row.get('id')} has an unknown department {code}")
    for other, _ in row.get("known_ids") or ():
        if other not in draft.source_names:
            draft.faults.add(row.file, row.line, f"{row.get('id')} has an unknown source {other}")
    code, county = row.get("object_code"), draft.header.code[:6] if draft.header else ""
    if code and len(county) == COUNTY_DIGITS and not code.startswith(county):
        draft.faults.add(row.file, row.line, f"{row.get('id')}: object code {code} is not of county {county}")


def _is_native_id(row: Row) -> bool:
    return NATIVE_ID.fullmatch(row.get("source_id", "x")) is not None


def _check_located(draft: CityDraft, book: AreaBook) -> None:
    located = [row for name in LOCATED for row in draft.rows[name] if "lon" in row.fields and "lat" in row.fields]
    for row in located:
        if not is_plausible(LonLat(row["lon"], row["lat"])):
            draft.faults.add(row.file, row.line, f"{_name(row)} has no possible place: {row['lon']}, {row['lat']}")
    possible = [row for row in located if is_plausible(LonLat(row["lon"], row["lat"]))]
    is_inside = _inside(book)
    datum = draft.header.datum if draft.header else CoordSys.WGS84
    for row in possible:
        lonlat = to_wgs84(LonLat(row["lon"], row["lat"]), datum)
        if not is_inside(lonlat):
            _refuse_outside(row, lonlat, is_inside, draft.faults)


def _inside(book: AreaBook) -> Callable[[LonLat], bool]:
    """Return the test whether a point lies in any outline, or a metre outside."""
    roots = [e.shape for e in book.entries.values() if e.area.parent is None and e.shape is not None]
    if not roots:
        return lambda _lonlat: True
    city = shapely.union_all(np.array(roots, dtype=object)).buffer(0.00001)
    shapely.prepare(city)
    return lambda lonlat: bool(shapely.intersects_xy(city, lonlat.lon, lonlat.lat))


def _refuse_outside(row: Row, lonlat: LonLat, is_inside: Callable[[LonLat], bool], faults: Faults) -> None:
    text = f"{_name(row)} lies outside the city: {row['lon']}, {row['lat']}"
    if is_inside(LonLat(lonlat.lat, lonlat.lon)):
        text += " (longitude and latitude are exchanged)"
    elif is_inside(to_wgs84(lonlat, CoordSys.GCJ02)):
        text += " (wrong datum? as GCJ-02 degrees it lies inside)"
    faults.add(row.file, row.line, text)


def _name(row: Row) -> str:
    return str(row.get("id") or row.get("code"))
