"""Reads the TOML files of a city folder strictly; every unknown key and bad value is a fault with its line."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from grid.city_folder.faults import Faults
from grid.city_folder.read_csv import read_text

T = TypeVar("T")


class TomlFile:
    """One parsed file that can still tell on which line a table or key stands."""

    def __init__(self, name: str, content: str, document: dict[str, Any]) -> None:
        self.name = name
        self.document = document
        self._lines = content.splitlines()

    def find_line(self, table: str, nth: int = 0, key: str | None = None) -> int:
        """Return the line of a key below the nth ``[table]`` or ``[[table]]`` header (empty: the top)."""
        start = 0
        if table:
            header = re.compile(rf"^\s*\[\[?\s*{re.escape(table)}[\s\].]")
            starts = [i for i, line in enumerate(self._lines) if header.match(line)]
            start = starts[min(nth, len(starts) - 1)] if starts else 0
        if key is None:
            return start + 1
        wanted = re.compile(rf"^\s*(\[+\s*)?([\w-]+\.)*{re.escape(key)}\s*[=.\]]")
        found = (i for i in range(start, len(self._lines)) if wanted.match(self._lines[i]))
        return next(found, start) + 1

    def find_path(self, path: str) -> int:
        """Return the line of a value by its dotted path, such as ``stages.accept.normal``."""
        parts = [part.split("[")[0] for part in path.split(".")]
        item = re.match(r"(\w+)\[(\d+)\](?:\.(\w+))?", path)
        listed = self.document.get(item[1]) if item is not None else None
        if item is not None and isinstance(listed, list):
            is_table = any(isinstance(one, dict) for one in listed)
            return self.find_line(item[1], int(item[2]), item[3]) if is_table else self.find_line("", 0, item[1])
        for depth in range(len(parts) - 1, 0, -1):
            table = ".".join(parts[:depth])
            if re.search(rf"(?m)^\s*\[\[?\s*{re.escape(table)}\s*\]", "\n".join(self._lines)):
                return self.find_line(table, 0, parts[depth])
        return self.find_line("", 0, parts[-1] or None)

    def find_text(self, text: str, first_line: int, nth: int = 0) -> int:
        """Return the line where a text stands for the nth time from a line on, else that line itself."""
        for number, line in enumerate(self._lines[first_line - 1 :], start=first_line):
            nth -= line.count(text)
            if nth < 0:
                return number
        return first_line


def read_toml(folder: Path, name: str, faults: Faults) -> TomlFile | None:
    """Return the parsed file, or None with a fault."""
    content = read_text(folder, name, faults)
    if content is None:
        return None
    try:
        return TomlFile(name, content, tomllib.loads(content))
    except RecursionError:
        faults.add_unread(name, 0, "not TOML: nested too deeply")
        return None
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        faults.add_unread(name, int(found[1]) if found else 0, f"not TOML: {error}")
        return None


def convert(
    value: Any, shape: type[T], file: TomlFile, faults: Faults, *, table: str = "", nth: int = 0
) -> T | None:
    """Return the value in its declared shape, or None with one fault for each unknown key or bad value."""
    value, unknown = _without_unknown(value, shape)
    for key in unknown:
        faults.add(file.name, file.find_line(table, nth, key), f"unknown key {key!r}")
    try:
        return msgspec.convert(value, shape, strict=False)
    except msgspec.ValidationError as error:
        message = str(error)
        where = re.search(r"`\$\.?([^`]*)`$", message)
        path = where[1] if where else ""
        missing = re.search(r"required field `([^`]*)`", message)
        unknown_field = re.search(r"unknown field `([^`]*)`", message)
        if unknown_field is not None:
            path = f"{path}.{unknown_field[1]}"
        last = path.rsplit(".", 1)[-1].split("[")[0]
        line = file.find_line(table, nth, last or None) if table else file.find_path(path)
        named = f"key {missing[1]!r} is missing" if missing else _in_words(message.split(" - at", maxsplit=1)[0])
        named = f"unknown key {unknown_field[1]!r}" if unknown_field is not None else named
        faults.add(file.name, line, f"{path}: {named}" if path else named)
        return None


def _in_words(fault: str) -> str:
    """Say a time of day that is none in words, not as a pattern."""
    return "is no time of day from 00:00 to 23:59" if r"[0-5]\\d$" in fault else fault


def _without_unknown(value: Any, shape: Any) -> tuple[Any, list[str]]:
    """Take the unknown keys out of a table, so that the rest can still be judged."""
    if not (isinstance(value, dict) and isinstance(shape, type) and issubclass(shape, msgspec.Struct)):
        return value, []
    fields = {f.encode_name: f.type for f in msgspec.structs.fields(shape)}
    unknown = [key for key in value if key not in fields]
    kept: dict[str, Any] = {}
    for key, inner in value.items():
        if key in fields:
            kept[key], below = _without_unknown(inner, fields[key])
            unknown += below
    return kept, unknown


def convert_each(file: TomlFile, table: str, shape: type[T], faults: Faults) -> list[tuple[int, T]]:
    """Return every ``[[table]]`` that is in order, with its line."""
    items = file.document.get(table, [])
    if not isinstance(items, list):
        faults.add(file.name, file.find_line(table), f"{table} must be [[{table}]]")
        return []
    converted = [(n, convert(item, shape, file, faults, table=table, nth=n)) for n, item in enumerate(items)]
    return [(file.find_line(table, n), item) for n, item in converted if item is not None]


def refuse_other_keys(file: TomlFile, known: tuple[str, ...], faults: Faults) -> None:
    """Add a fault for each key at the top of the file that is not known."""
    for key in file.document:
        if key not in known:
            faults.add(file.name, file.find_line("", 0, key), f"unknown key {key!r}")
