"""A city folder as read: every file in its declared shape, nothing yet judged against anything else.

``read_draft`` fills it from the readers; the ``check_…`` modules judge it; ``table_rows`` turns a faultless
one into rows for the database.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import shapely

from grid.area_tree import DEFAULT_LEVELS
from grid.city_folder.correlation_documents import CorrelationDoc
from grid.city_folder.csv_columns import CSV_COLUMNS, OPTIONAL_COLUMNS
from grid.city_folder.faults import Faults
from grid.city_folder.level_documents import LevelRuleDoc, LevelsDoc
from grid.city_folder.patrol_documents import PatrolDoc
from grid.city_folder.read_csv import Row, read_rows
from grid.city_folder.read_geojson import Feature, read_features
from grid.city_folder.read_standards import MAPPING, Standard, read_standards
from grid.city_folder.read_toml import TomlFile, convert, convert_each, read_toml, refuse_other_keys
from grid.city_folder.rule_documents import (
    RULE_KINDS,
    BlackoutDoc,
    CameraRuleDoc,
    DeviceRuleDoc,
    GroupRuleDoc,
)
from grid.city_folder.score_documents import AssessmentDoc
from grid.city_folder.toml_documents import (
    CalendarDoc,
    HeaderDoc,
    LimitsDoc,
    SourceDoc,
    StandardsDoc,
    WayInDoc,
)
from grid.lifecycle import LifecycleDoc
from grid.source_options import OPTIONS

OPTIONAL = frozenset({"grids.csv", "duty_list.csv", "conditions.csv"})


@dataclass(slots=True)
class CityDraft:
    """What the files say. A file that could not be read is empty or None, and a fault."""

    faults: Faults = field(default_factory=Faults)
    header: HeaderDoc | None = None
    rows: dict[str, list[Row]] = field(default_factory=dict)
    outlines: list[Feature] = field(default_factory=list)
    cells: list[Feature] = field(default_factory=list)
    orientation: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, tuple[int, SourceDoc]] = field(default_factory=dict)
    source_names: set[str] = field(default_factory=set)
    ways_in: list[tuple[int, WayInDoc]] = field(default_factory=list)
    device_rules: list[tuple[int, DeviceRuleDoc]] = field(default_factory=list)
    camera_rules: list[tuple[int, CameraRuleDoc]] = field(default_factory=list)
    group_rules: list[tuple[int, GroupRuleDoc]] = field(default_factory=list)
    blackouts: list[tuple[int, BlackoutDoc]] = field(default_factory=list)
    level_rules: list[tuple[int, LevelRuleDoc]] = field(default_factory=list)
    levels_doc: tuple[int, LevelsDoc] | None = None
    limits: LimitsDoc | None = None
    correlation: CorrelationDoc | None = None
    calendar: CalendarDoc | None = None
    standards_mapping: StandardsDoc | None = None
    standards: list[Standard] = field(default_factory=list)
    placed: list[tuple[str, Standard]] = field(default_factory=list)
    """The rows of the city's own table with the code of their category."""
    conditions: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    remarks: Faults = field(default_factory=Faults)
    """What is in order and should be known: an odd limit, a local category."""
    files: dict[str, TomlFile] = field(default_factory=dict)
    """The TOML files as they were read, to find a line in."""
    lifecycle: LifecycleDoc | None = None
    patrol: PatrolDoc | None = None
    assessment: AssessmentDoc | None = None

    @property
    def levels(self) -> tuple[str, ...]:
        return tuple(level.code for level in self.header.levels) if self.header else DEFAULT_LEVELS

    @property
    def overlays(self) -> tuple[str, ...]:
        return tuple(level.code for level in self.header.overlays) if self.header else ()

    def find_line(self, name: str, table: str = "", nth: int = 0, key: str | None = None) -> int:
        """Return the line of a table, or a key of it, in a TOML file; 0 where the file was not read."""
        file = self.files.get(name)
        return file.find_line(table, nth, key) if file is not None else 0

    def codes(self, file: str, column: str = "code") -> set[str]:
        """Return the values of a column of a CSV file."""
        return {row[column] for row in self.rows[file] if column in row.fields}


def read_draft(folder: Path) -> CityDraft:
    """Return what the folder says, with a fault for everything that cannot be read."""
    draft = CityDraft()
    if not folder.is_dir():
        draft.faults.add(str(folder), 0, "there is no such folder")
        draft.rows = {name: [] for name in CSV_COLUMNS}
        return draft
    draft.header = _read_whole(folder, draft, "city.toml", HeaderDoc)
    datum = draft.header.datum if draft.header else "wgs84"
    for name, columns in CSV_COLUMNS.items():
        is_needed = name not in OPTIONAL or (folder / name).exists()
        is_needed = is_needed or (name == "grids.csv" and "grid" in draft.levels)
        draft.rows[name] = (
            read_rows(folder, name, columns, draft.faults, optional=OPTIONAL_COLUMNS.get(name))
            if is_needed
            else []
        )
    draft.outlines = read_features(folder, "areas.geojson", datum, draft.faults)
    if "cell" in draft.levels or (folder / "cells.geojson").exists():
        draft.cells = read_features(folder, "cells.geojson", datum, draft.faults)
    draft.orientation = _read_orientation(folder, datum, draft.faults)
    draft.limits = _read_whole(folder, draft, "limits.toml", LimitsDoc)
    draft.correlation = _read_whole(folder, draft, "correlation.toml", CorrelationDoc)
    draft.calendar = _read_whole(folder, draft, "calendar.toml", CalendarDoc)
    if (folder / "lifecycle.toml").exists():
        draft.lifecycle = _read_whole(folder, draft, "lifecycle.toml", LifecycleDoc)
    if (folder / MAPPING).exists():
        draft.standards_mapping = _read_whole(folder, draft, MAPPING, StandardsDoc)
        if draft.standards_mapping is not None:
            draft.standards = read_standards(folder, draft.standards_mapping, draft.files[MAPPING], draft.faults)
    draft.patrol = _read_if_there(folder, draft, "patrol.toml", PatrolDoc)
    draft.assessment = _read_if_there(folder, draft, "assessment.toml", AssessmentDoc)
    _read_sources(folder, draft)
    _read_rules(folder, draft)
    _read_levels(folder, draft)
    return draft


def _read_whole(folder: Path, draft: CityDraft, name: str, shape: Any) -> Any:
    file = read_toml(folder, name, draft.faults)
    if file is None:
        return None
    draft.files[name] = file
    return convert(file.document, shape, file, draft.faults)


def _read_if_there(folder: Path, draft: CityDraft, name: str, shape: Any) -> Any:
    return _read_whole(folder, draft, name, shape) if (folder / name).exists() else None


def _read_sources(folder: Path, draft: CityDraft) -> None:
    file = read_toml(folder, "sources.toml", draft.faults)
    if file is None:
        return
    draft.source_names = set(file.document)
    for name, table in file.document.items():
        source = convert(table, SourceDoc, file, draft.faults, table=name)
        if source is not None:
            draft.sources[name] = (file.find_line(name), source)
            shape = OPTIONS.get(source.format)
            if shape is not None:
                convert(source.options, shape, file, draft.faults, table=f"{name}.options")


def _read_rules(folder: Path, draft: CityDraft) -> None:
    ways = read_toml(folder, "ways_in.toml", draft.faults)
    if ways is not None:
        refuse_other_keys(ways, ("rules",), draft.faults)
        draft.ways_in = convert_each(ways, "rules", WayInDoc, draft.faults)
    rules = read_toml(folder, "rules.toml", draft.faults)
    if rules is not None:
        refuse_other_keys(rules, ("rules", "camera_rules", "group_rules", "blackouts"), draft.faults)
        draft.device_rules = _read_device_rules(rules, draft.faults)
        draft.group_rules = convert_each(rules, "group_rules", GroupRuleDoc, draft.faults)
        draft.blackouts = convert_each(rules, "blackouts", BlackoutDoc, draft.faults)
        draft.camera_rules = convert_each(rules, "camera_rules", CameraRuleDoc, draft.faults)


def _read_levels(folder: Path, draft: CityDraft) -> None:
    file = read_toml(folder, "levels.toml", draft.faults)
    if file is None:
        return
    draft.files[file.name] = file
    draft.level_rules = convert_each(file, "rules", LevelRuleDoc, draft.faults)
    rest = {name: table for name, table in file.document.items() if name != "rules"}
    document = convert(rest, LevelsDoc, file, draft.faults)
    draft.levels_doc = (file.find_line("down"), document) if document is not None else None


def _read_device_rules(file: TomlFile, faults: Faults) -> list[tuple[int, DeviceRuleDoc]]:
    """Return the rules over one device, each in the shape of its own kind."""
    found: list[tuple[int, DeviceRuleDoc]] = []
    tables = file.document.get("rules", [])
    for n, table in enumerate(tables if isinstance(tables, list) else []):
        kind = table.get("kind") if isinstance(table, dict) else None
        shape = RULE_KINDS.get(str(kind))
        if shape is None:
            faults.add(file.name, file.find_line("rules", n), f"kind {kind!r} is none of {', '.join(RULE_KINDS)}")
            continue
        rule: Any = convert(table, shape, file, faults, table="rules", nth=n)
        if rule is not None:
            found.append((file.find_line("rules", n), rule))
    return found


def _read_orientation(folder: Path, datum: str, faults: Faults) -> dict[str, Any]:
    if not (folder / "orientation.geojson").exists():
        return {"type": "FeatureCollection", "features": []}
    features = read_features(folder, "orientation.geojson", datum, faults)
    drawn = [
        {
            "type": "Feature",
            "properties": found.properties,
            "geometry": json.loads(shapely.to_geojson(found.shape)),
        }
        for found in features
    ]
    return {"type": "FeatureCollection", "features": drawn}
