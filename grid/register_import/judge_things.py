"""Judges one thing of a register: every field by itself, its place, and what it says of the rest of the city.

Comes in: fields as text (an import) or as JSON (a person's change). Goes out: the document that a
``RegisterEntry`` keeps, or the faults, each naming its field and the mend.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from grid.city import City
from grid.city_folder.read_csv import listed, maybe, number, object_code, one_of, parameters, short, source_ids
from grid.coordinates import CoordSys, LonLat, is_plausible, to_wgs84
from grid.datums import BadPlace, datum_to_wgs84, is_projected, read_datum
from grid.registers import OK, STATES

ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
NATIVE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
COUNTY_DIGITS = 6
KM_50 = 50_000.0


def _identity(raw: str) -> str:
    if not ID.fullmatch(raw):
        raise ValueError(f"{raw[:40]!r} can be no id: letters, digits, . _ and -, at most 64")
    return raw


def _between(low: float, high: float, what: str) -> Callable[[str], float]:
    def convert(raw: str) -> float:
        value = number(raw)
        if not low <= value <= high:
            raise ValueError(f"{value:g} is not {what} ({low:g} to {high:g})")
        return value

    return convert


TEXTS: Mapping[str, Callable[[str], Any]] = {
    "id": _identity,
    "name": short(100),
    "name_en": maybe(200),
    "kind": short(40),
    "source": maybe(64),
    "source_id": maybe(128),
    "topic": maybe(256),
    "department": maybe(64),
    "owner_department": maybe(64),
    "object_code": object_code,
    "known_ids": source_ids,
    "state": one_of(*STATES),
    "parameters": parameters,
}
CAMERA_TEXTS: Mapping[str, Callable[[str], Any]] = {
    "zones": listed,
    "heading_deg": _between(0, 360, "a bearing in degrees"),
    "fov_deg": _between(1, 360, "an angle in degrees"),
    "range_m": _between(1, KM_50, "a range in metres"),
}
OTHER_NAMES = {
    "maintenance_department": "department",
    "bearing_deg": "heading_deg",
    "angle_deg": "fov_deg",
    "lng": "lon",
    "longitude": "lon",
    "latitude": "lat",
    "e": "easting",
    "n": "northing",
}
STATUS = {"in_service": OK, "out_of_service": "maintenance"}
"""The city folder's column ``status``, in words of ``state``."""

PLACES = (("lon", "lat"), ("easting", "northing"), ("x", "y"))
PLACED = frozenset([*(name for pair in PLACES for name in pair), "datum"])
NEEDED = ("id", "name", "kind")
Faults = dict[str, str]


class Judged(msgspec.Struct, frozen=True):
    """What a thing is: its id and document, or what is wrong with which field."""

    id: str
    fields: dict[str, Any]
    faults: Faults


def judge_thing(raw: Mapping[str, str], city: City, *, is_camera: bool, datum: str, is_new: bool = True) -> Judged:
    """Return the thing that the texts describe; without ``is_new`` what is not said stays as it was."""
    faults: Faults = {}
    said = _name_fields(raw)
    converters = _converters(is_camera=is_camera)
    fields = _convert(said, converters, faults, is_camera=is_camera)
    place = _place(said, datum, city, faults)
    if is_new:
        for name in NEEDED:
            if name not in said:
                faults[name] = "is missing"
        if place is None and not any(name in faults for pair in PLACES for name in pair):
            faults["lon"] = "there is no place: lon and lat, or easting and northing"
    fields |= place or {}
    _check_city(fields, city, faults)
    return Judged(str(fields.pop("id", said.get("id", ""))), fields, faults)


def _name_fields(raw: Mapping[str, str]) -> dict[str, str]:
    """Return the texts under our own names; ``state`` beats its other name ``status``."""
    said = {OTHER_NAMES.get(name, name): value for name, value in raw.items()}
    status = said.pop("status", None)
    if status is not None:
        said.setdefault("state", STATUS.get(status, status))
    return said


def _converters(*, is_camera: bool) -> Mapping[str, Callable[[str], Any]]:
    return {**TEXTS, **(CAMERA_TEXTS if is_camera else {})}


def known_fields(*, is_camera: bool) -> frozenset[str]:
    """Return every name under which a file may say something."""
    return frozenset([*_converters(is_camera=is_camera), *PLACED, *OTHER_NAMES, "status"])


def no_such_field(*, is_camera: bool) -> str:
    """Return the fault of a field that means nothing."""
    return f"there is no such field; known are {', '.join(sorted({*_converters(is_camera=is_camera), *PLACED}))}"


def _convert(
    said: Mapping[str, str], converters: Mapping[str, Callable[[str], Any]], faults: Faults, *, is_camera: bool
) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in said.items():
        if name in PLACED:
            continue
        convert = converters.get(name)
        if convert is None:
            faults[name] = no_such_field(is_camera=is_camera)
            continue
        try:
            fields[name] = convert(value)
        except ValueError as error:
            faults[name] = str(error)
    return fields


def _place(said: Mapping[str, str], datum: str, city: City, faults: Faults) -> dict[str, Any] | None:
    """Return position, cell and the place as written, None where none is said or it cannot be."""
    pairs = [pair for pair in PLACES if any(name in said for name in pair)]
    if not pairs:
        return None
    first, second = pairs[0]
    try:
        own = read_datum(said.get("datum", datum))
        x, y = number(said.get(first, "")), number(said.get(second, ""))
        if first == "easting" and not is_projected(own):
            raise ValueError(f"metres in {own}: name the zone as the datum, such as EPSG:4548")
        lonlat = datum_to_wgs84(own, x, y)
        cell = _find_cell(lonlat, city)
    except BadPlace as error:
        faults[first] = str(error)
        return None
    except ValueError as error:
        faults["datum" if "datum" in str(error) and "no datum" in str(error) else first] = str(error)
        return None
    return {"lon": lonlat.lon, "lat": lonlat.lat, "area": cell, "original": {"datum": own, "x": x, "y": y}}


def _find_cell(lonlat: LonLat, city: City) -> str:
    if not is_plausible(lonlat):
        raise BadPlace(f"{lonlat.lon:.6f}, {lonlat.lat:.6f} is no possible place")
    place = city.map.locate(lonlat)
    if place is not None:
        return place.cell or place.path[-1]
    hint = ""
    if city.map.locate(LonLat(lonlat.lat, lonlat.lon)) is not None:
        hint = "longitude and latitude are exchanged"
    elif city.map.locate(to_wgs84(lonlat, CoordSys.GCJ02)) is not None:
        hint = "wrong datum? as GCJ-02 degrees it lies inside"
    told = f"{lonlat.lon:.6f}, {lonlat.lat:.6f}"
    raise BadPlace(f"{told} lies outside the city ({hint})" if hint else f"{told} lies outside the city")


def _check_city(fields: Mapping[str, Any], city: City, faults: Faults) -> None:
    for name in ("department", "owner_department"):
        if fields.get(name) and fields[name] not in city.departments:
            faults[name] = f"the city has no department {fields[name]}"
    _check_names(fields, city, faults)
    code, county = fields.get("object_code"), city.code[:6]
    if code and len(county) == COUNTY_DIGITS and not code.startswith(county):
        faults["object_code"] = f"{code} begins with county {code[:6]}, this city is {county}"


def _check_names(fields: Mapping[str, Any], city: City, faults: Faults) -> None:
    source, source_id = fields.get("source"), fields.get("source_id")
    if source and source not in city.sources:
        faults["source"] = f"the city has no source {source}"
    elif source and city.sources[source].format == "native" and source_id and not NATIVE_ID.fullmatch(source_id):
        faults["source_id"] = f"{source_id[:40]!r} can be no device id: letters, digits, _ and -, at most 64"
    for other, _ in fields.get("known_ids", ()):
        if other not in city.sources:
            faults["known_ids"] = f"the city has no source {other}"


def judge_clashes(id: str, fields: Mapping[str, Any], city: City) -> Faults:
    """Return which names of the thing belong to another one of the register already."""
    faults: Faults = {}
    own = [("source_id", fields.get("source"), fields.get("source_id"))]
    for name, source, source_id in [*own, *(("known_ids", s, i) for s, i in fields.get("known_ids", ()))]:
        other = city.register.find_spelled(source, source_id) if source and source_id else None
        if other is not None and other.id != id:
            faults[name] = f"{source}:{source_id} is {other.id} already"
    code = fields.get("object_code")
    other = city.register.find_by_object_code(code) if code else None
    if other is not None and other.id != id:
        faults["object_code"] = f"{code} is {other.id} already"
    return faults
