"""Reads a CSV or GeoJSON file of devices or cameras into rows of text; nothing of it is believed yet.

Comes in: bytes. Goes out: ``RawThing``s with the number of their row, those that cannot be read with their fault.
``judge_things.py`` is next.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from typing import Any

import msgspec

MOST_ROWS = 20_000
COMPOUND = ("parameters", "known_ids", "zones")


class RowFault(msgspec.Struct, frozen=True):
    """What is wrong in which row; ``field`` is empty where it is the row itself, ``row`` 0 the file."""

    row: int
    field: str
    fault: str

    def __str__(self) -> str:
        where = f"row {self.row}" if self.row else "file"
        return f"{where}{f', {self.field}' if self.field else ''}: {self.fault}"


class RawThing(msgspec.Struct, frozen=True):
    """One thing as written: field → text. ``x``, ``y`` are its place as its datum writes it.

    ``fault`` says why the row is no thing at all; it has no fields then, and the others are judged all the same.
    """

    row: int
    fields: dict[str, str] = {}
    fault: str = ""


class Unreadable(ValueError):
    """The file as a whole cannot be read; ``fault`` says where."""

    def __init__(self, row: int, fault: str) -> None:
        super().__init__(fault)
        self.fault = RowFault(row, "", fault)


def read_things(content: bytes) -> list[RawThing]:
    """Return the rows of a file, CSV or GeoJSON by its looks.

    Raises:
        Unreadable: It is neither, or too long.
    """
    text = decode_text(content)
    rows = list(_read_geojson(text) if text.lstrip().startswith("{") else _read_csv(text))
    if len(rows) > MOST_ROWS:
        raise Unreadable(0, f"{len(rows)} rows: at most {MOST_ROWS} at a time, divide the file")
    return rows


def decode_text(content: bytes) -> str:
    """Return the text: UTF-8, GB 18030 as office programs in China write it, or their "Unicode text"."""
    is_utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if is_utf16 else ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable(0, "neither UTF-8 nor GB 18030: save it as CSV UTF-8")


def _read_csv(text: str) -> Iterator[RawThing]:
    head = text.partition("\n")[0]
    delimiter = next((sign for sign in ",\t;" if sign in head), ",")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    try:
        header = _without_empty_end([name.strip() for name in next(reader, [])])
        _check_header(header)
        for cells in reader:
            fields = [cell.strip() for cell in cells]
            if not any(fields):
                continue
            if len(fields) < len(header) or any(fields[len(header) :]):
                fault = f"{len(fields)} fields where the header has {len(header)}"
                yield RawThing(reader.line_num, fault=fault)
                continue
            named = zip(header, fields, strict=False)  # empty cells after the last column are no harm
            yield RawThing(reader.line_num, {name: value for name, value in named if value})
    except csv.Error as error:
        raise Unreadable(reader.line_num, f"not CSV: {error}") from error


def _without_empty_end(cells: list[str]) -> list[str]:
    """Return the cells up to the last that holds something: spreadsheets write empty columns behind it."""
    while cells and not cells[-1]:
        cells = cells[:-1]
    return cells


def _check_header(header: list[str]) -> None:
    repeated = sorted({name for name in header if name and header.count(name) > 1})
    if not header:
        raise Unreadable(1, "there is no header")
    if "" in header:
        raise Unreadable(1, f"column {header.index('') + 1} has no name")
    if repeated:
        raise Unreadable(1, f"columns stand twice: {', '.join(repeated)}")


def _read_geojson(text: str) -> Iterator[RawThing]:
    try:
        document: Any = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Unreadable(0, f"not JSON: {error}") from error
    features = document.get("features") if document.get("type") == "FeatureCollection" else None
    if not isinstance(features, list):
        raise Unreadable(0, "a FeatureCollection is wanted")
    for row, feature in enumerate(features, start=1):
        yield _read_feature(row, feature)


def _read_feature(row: int, feature: object) -> RawThing:
    if not isinstance(feature, dict):
        return RawThing(row, fault="a Feature is wanted")
    geometry, properties = feature.get("geometry"), feature.get("properties") or {}
    position = geometry.get("coordinates") if isinstance(geometry, dict) else None
    if not isinstance(geometry, dict) or geometry.get("type") != "Point" or not isinstance(position, list):
        return RawThing(row, fault="its geometry is no Point")
    if not isinstance(properties, dict):
        return RawThing(row, fault="its properties are no object")
    fields = {name: as_text(name, value) for name, value in properties.items()}
    fields = {name: value for name, value in fields.items() if value}
    if "id" in feature and "id" not in fields:
        fields["id"] = str(feature["id"])
    x, y = ([*position, "", ""])[:2]
    return RawThing(row, {**fields, "x": as_text("x", x), "y": as_text("y", y)})


def as_text(name: str, value: Any) -> str:
    """Return a property as a CSV file would write it."""
    if value is None:
        return ""
    if isinstance(value, dict):
        return ";".join(f"{key}={inner}" for key, inner in value.items())
    if isinstance(value, list):
        return ";".join(_pair(name, inner) for inner in value)
    return str(value).strip()


def _pair(name: str, value: Any) -> str:
    if name == "known_ids" and isinstance(value, dict):
        return f"{value.get('source', '')}:{value.get('id', '')}"
    if name == "known_ids" and isinstance(value, list):
        return ":".join(str(part) for part in value)
    return str(value)
