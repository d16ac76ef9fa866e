"""Reads a city's own table of case standards through the mapping of its ``standards.toml``.

The table keeps its columns and codes; the mapping says which column is what. Comes out: one ``Standard`` a row,
with the code of the catalogue, or the old national one where the table has no other.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from grid.city_folder.faults import Faults
from grid.city_folder.read_toml import TomlFile
from grid.city_folder.toml_documents import StandardsDoc

MAPPING = "standards.toml"
CODECS = {"utf-8": "utf-8-sig", "gb18030": "gb18030", "gbk": "gb18030"}
"""GB 18030 holds all of GBK."""


@dataclass(frozen=True, slots=True)
class Standard:
    """One row of the table, as text. ``old_code`` is such as 部件0110 or 事件0136."""

    file: str
    line: int
    id: str
    category: str
    old_code: str
    name: str
    class_name: str
    zh: str
    en: str
    closing_zh: str
    closing_en: str
    limit: str
    evidence: str


def read_standards(folder: Path, mapping: StandardsDoc, toml: TomlFile, faults: Faults) -> list[Standard]:
    """Return the rows of the city's table, with a fault for everything that cannot be read."""
    content = _read_text(folder, mapping, toml, faults)
    return [] if content is None else _Table(mapping, toml, faults).read(content)


def _read_text(folder: Path, mapping: StandardsDoc, toml: TomlFile, faults: Faults) -> str | None:
    line = toml.find_line("", 0, "file")
    if Path(mapping.file).name != mapping.file:
        faults.add(MAPPING, line, f"file {mapping.file!r} is not in this folder")
        return None
    try:
        raw = (folder / mapping.file).read_bytes()
    except OSError as error:
        faults.add(MAPPING, line, f"file {mapping.file!r} cannot be read: {error.strerror}")
        return None
    try:
        return raw.decode(CODECS[mapping.encoding])
    except UnicodeDecodeError as error:
        row = raw[: error.start].count(b"\n") + 1
        faults.add(mapping.file, row, f"not {mapping.encoding} at byte {error.start}: set encoding in {MAPPING}")
        return None


class _Table:
    """The city's table while it is being read."""

    def __init__(self, mapping: StandardsDoc, toml: TomlFile, faults: Faults) -> None:
        self.mapping, self.toml, self.faults = mapping, toml, faults
        self.columns = {key: name for key, name in mapping.columns.items() if name}

    def read(self, content: str) -> list[Standard]:
        reader = csv.reader(io.StringIO(content, newline=""), strict=True)
        rows: list[Standard] = []
        try:
            header = [name.strip() for name in next(reader, [])]
            if not self._has_columns(header):
                return []
            begun = 2
            for fields in reader:
                if len(fields) == len(header):
                    rows.append(self._convert(begun, dict(zip(header, fields, strict=True))))
                elif fields:
                    self.faults.add(
                        self.mapping.file, begun, f"{len(fields)} fields where the header has {len(header)}"
                    )
                begun = reader.line_num + 1
        except csv.Error as error:
            self.faults.add(self.mapping.file, reader.line_num, f"not CSV: {error}")
        return rows

    def _has_columns(self, header: list[str]) -> bool:
        missing = {key: name for key, name in self.columns.items() if name not in header}
        for key, name in missing.items():
            line = self.toml.find_line("columns", 0, key)
            self.faults.add(MAPPING, line, f"{key}: {self.mapping.file} has no column {name!r}")
        return not missing

    def _convert(self, line: int, raw: dict[str, str]) -> Standard:
        def text(key: str) -> str:
            return raw[self.columns[key]].strip() if key in self.columns else ""

        return Standard(
            file=self.mapping.file,
            line=line,
            id=text("id"),
            category=text("category"),
            old_code=self._old_code(line, text("old_kind"), text("old_class") + text("old_number")),
            name=text("name"),
            class_name=text("class_name"),
            zh=text("condition"),
            en=text("condition_en"),
            closing_zh=text("closing"),
            closing_en=text("closing_en"),
            limit=text("limit"),
            evidence=text("evidence"),
        )

    def _old_code(self, line: int, kind: str, digits: str) -> str:
        if not kind and not digits:
            return ""
        known = self.mapping.old_kinds.get(kind)
        if known is None:
            self.faults.add(self.mapping.file, line, f"old_kind {kind!r} is not in old_kinds of {MAPPING}")
            return ""
        return f"{'部件' if known == 'component' else '事件'}{digits}"
