"""Reads the CSV files of a city folder by their declared columns; every bad field is a fault with its row."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Any

from grid.catalogue import LIMIT_MAX, LIMIT_UNITS
from grid.city_folder.faults import Faults

Convert = Callable[[str], Any]

MOST_NAMES = 20
NUMBER_CODE = re.compile(r"\d+(\.\d+)?[eE]\+?\d+|\d{17}\.0*", re.ASCII)
"""What a spreadsheet makes of 17 digits: it keeps 15 of them."""
OBJECT_CODE = re.compile(r"(\d{6})(\d{2})(\d{3})(\d{6})", re.ASCII)
WHOLE_MAX = 1_000_000  # no count or code number of a city comes near it


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a CSV file, its fields converted. A field that could not be converted is absent."""

    file: str
    line: int
    fields: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.fields[name]

    def get(self, name: str, default: Any = None) -> Any:
        return self.fields.get(name, default)


def read_text(folder: Path, name: str, faults: Faults) -> str | None:
    """Return a file as text, or None with a fault: it is missing or not UTF-8."""
    path = folder / name
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        faults.add_unread(name, 0, "file is missing")
        return None
    except OSError as error:
        faults.add_unread(name, 0, f"cannot be read: {error.strerror}")
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        faults.add_unread(name, raw[: error.start].count(b"\n") + 1, f"not UTF-8 at byte {error.start}")
        return None


def read_rows(
    folder: Path,
    name: str,
    columns: Mapping[str, Convert],
    faults: Faults,
    *,
    optional: Mapping[str, Convert] | None = None,
) -> list[Row]:
    """Return the rows that have the right number of fields, in the order of the file."""
    content = read_text(folder, name, faults)
    return [] if content is None else _Table(name, columns, faults, optional or {}).read(content)


class _Table:
    """One CSV file while it is being read."""

    def __init__(
        self, name: str, columns: Mapping[str, Convert], faults: Faults, optional: Mapping[str, Convert]
    ) -> None:
        self.name, self.columns, self.faults, self.optional = name, columns, faults, optional

    def read(self, content: str) -> list[Row]:
        reader = csv.reader(io.StringIO(content, newline=""), strict=True)
        rows: list[Row] = []
        try:
            header = next(reader, [])
            if not self._check_header(header):
                self.faults.unread.add(self.name)
                return []
            for fields in reader:
                if fields and len(fields) != len(header):
                    self._add(reader.line_num, f"{len(fields)} fields where the header has {len(header)}")
                elif fields:
                    rows.append(self._convert(reader.line_num, dict(zip(header, fields, strict=True))))
        except csv.Error as error:
            self.faults.add_unread(self.name, reader.line_num, f"not CSV: {error}")
        return rows

    def _add(self, line: int, fault: str) -> None:
        self.faults.add(self.name, line, fault)

    def _check_header(self, header: list[str]) -> bool:
        missing = [c for c in self.columns if c not in header]
        for column in missing:
            self._add(1, f"column {column!r} is missing")
        for column in header:
            if column not in self.columns and column not in self.optional:
                self._add(1, f"unknown column {column!r}")
        repeated = sorted({c for c in header if header.count(c) > 1})
        for column in repeated:
            self._add(1, f"column {column!r} stands twice")
        return not missing and not repeated

    def _convert(self, line: int, raw: dict[str, str]) -> Row:
        fields: dict[str, Any] = {}
        for column, convert in {**self.columns, **self.optional}.items():
            if column not in raw:
                continue
            try:
                fields[column] = convert(raw[column].strip())
            except ValueError as error:
                self._add(line, f"{column}: {error}")
        return Row(self.name, line, fields)


def text(raw: str) -> str:
    """Return any text, also none."""
    if "\x00" in raw:
        raise ValueError("holds a NUL")
    return raw


def word(raw: str) -> str:
    """Return text that must not be empty."""
    if not text(raw):
        raise ValueError("is empty")
    return raw


def short(length: int) -> Convert:
    """Return a converter for text that must not be empty nor longer than the database takes."""

    def convert(raw: str) -> str:
        if len(word(raw)) > length:
            raise ValueError(f"{raw[:20]!r}… has {len(raw)} characters, at most {length} are taken")
        return raw

    return convert


def maybe(length: int) -> Convert:
    """Return a converter for text that may be empty, and not longer than the database takes."""
    return lambda raw: short(length)(raw) if raw else ""


def code_or_none(raw: str) -> str | None:
    return short(24)(raw) if raw else None


def number(raw: str) -> float:
    try:
        value = float(raw)
    except ValueError:
        raise ValueError(f"{raw!r} is not a number") from None
    if not math.isfinite(value):
        raise ValueError(f"{raw!r} is not a finite number")
    return value


def whole(raw: str) -> int:
    try:
        value = int(raw)
    except ValueError:
        raise ValueError(f"{raw[:40]!r} is not a whole number") from None
    if abs(value) > WHOLE_MAX:
        raise ValueError(f"{value} is too large")
    return value


def flag(raw: str) -> bool:
    if raw not in ("true", "false"):
        raise ValueError(f"{raw!r} is neither true nor false")
    return raw == "true"


def listed(raw: str) -> list[str]:
    return [part.strip() for part in text(raw).split(";") if part.strip()]


def one_of(*allowed: str) -> Convert:
    """Return a converter that admits only these words."""

    def convert(raw: str) -> str:
        if raw not in allowed:
            raise ValueError(f"{raw!r} is none of {', '.join(word or 'nothing' for word in allowed)}")
        return raw

    return convert


def limit(raw: str) -> list[Any]:
    """Return ``[value, unit]`` of a text such as ``2 urgent_hour``."""
    value, _, unit = raw.partition(" ")
    if unit not in LIMIT_UNITS:
        raise ValueError(f"{raw!r} has no unit of {', '.join(LIMIT_UNITS)}")
    if number(value) <= 0:
        raise ValueError(f"the limit {raw!r} is not above 0")
    if number(value) > LIMIT_MAX:
        raise ValueError(f"the limit {raw!r} is longer than {LIMIT_MAX} of any unit can be")
    return [number(value), unit]


def clock_time(raw: str) -> time:
    try:
        return time.fromisoformat(raw)
    except ValueError:
        raise ValueError(f"{raw!r} is not a time HH:MM") from None


def day(raw: str) -> date:
    try:
        return date.fromisoformat(raw)
    except ValueError:
        raise ValueError(f"{raw!r} is not a date YYYY-MM-DD") from None


def parameters(raw: str) -> dict[str, Any]:
    """Return ``key=value`` pairs; a value that reads as a number is one."""
    pairs: dict[str, Any] = {}
    for part in listed(raw):
        key, sign, value = part.partition("=")
        if not sign or not key.strip():
            raise ValueError(f"{part!r} is not key=value")
        try:
            pairs[key.strip()] = number(value.strip())
        except ValueError:
            pairs[key.strip()] = value.strip()
    return pairs


def source_ids(raw: str) -> list[list[str]]:
    """Return further names of a thing, written ``source:id;source:id``."""
    pairs = [part.partition(":") for part in listed(raw)]
    if len(pairs) > MOST_NAMES or any(not source or not id or len(id) > 128 for source, _, id in pairs):
        raise ValueError(f"write source:id;source:id, at most {MOST_NAMES}")
    return [[source, id] for source, _, id in pairs]


def object_code(raw: str) -> str:
    """Return a standard object code, or nothing.

    Source: GB/T 30428.5 (管理部件标识码): 6 digits county, 2 large class, 3 small class, 6 sequence.
    """
    if not raw:
        return ""
    found = OBJECT_CODE.fullmatch(raw)
    if found is None and NUMBER_CODE.fullmatch(raw):
        raise ValueError(
            f"{raw[:20]!r} is a number and has lost digits: make the column text, and fill it in anew"
        )
    if found is None:
        raise ValueError(f"{raw[:20]!r} has not 17 digits: 6 county, 2 large class, 3 small class, 6 sequence")
    names = ("large class", "small class", "sequence")
    empty = [name for name, digits in zip(names, found.groups()[1:], strict=True) if not int(digits)]
    if empty:
        raise ValueError(
            f"{raw}: its {empty[0]} is zero (a spreadsheet that takes it for a number makes the last digits 0)"
        )
    return raw
