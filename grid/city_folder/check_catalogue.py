"""Judges the categories of a folder, and builds the catalogue that the other checks ask."""

from __future__ import annotations

from typing import Any

from grid.catalogue import Catalogue, Category, Limit, Limits
from grid.city_folder.draft import CityDraft
from grid.city_folder.faults import Faults
from grid.city_folder.read_csv import Row
from grid.city_folder.repeats import refuse_repeats

NOT_IN_DOCUMENT = ("code", "domain", "zh", "en", "loaded", "standard", "urgent_limit", "normal_limit", "max_limit")


def check_catalogue(draft: CityDraft) -> Catalogue:
    """Return the catalogue of the usable rows that are loaded, adding a fault for each thing wrong."""
    rows = draft.rows["categories.csv"]
    refuse_repeats(rows, ("code",), draft.faults)
    departments = draft.codes("departments.csv")
    aliases: dict[str, tuple[str, int]] = {}
    for row in rows:
        _check_ranges(row, draft.faults)
        _check_departments(row, departments, draft.faults)
        _check_aliases(row, aliases, draft.faults)
    return Catalogue(_category(row) for row in rows if _is_usable(row) and row["loaded"])


def _check_ranges(row: Row, faults: Faults) -> None:
    if not 1 <= row.get("severity", 5) <= 5:
        faults.add(row.file, row.line, f"severity {row['severity']} is not 1 to 5")
    if not 0 <= row.get("privacy_class", 0) <= 2:
        faults.add(row.file, row.line, f"privacy_class {row['privacy_class']} is not 0 to 2")


def _check_departments(row: Row, departments: set[str], faults: Faults) -> None:
    named = [row.get("lead_department"), *row.get("assist_departments", [])]
    for department in named:
        if department is not None and department not in departments:
            faults.add(row.file, row.line, f"category {row.get('code')} has an unknown department {department}")


def _check_aliases(row: Row, aliases: dict[str, tuple[str, int]], faults: Faults) -> None:
    for alias in row.get("aliases", []):
        key = alias.lower()
        if key in aliases:
            code, line = aliases[key]
            faults.add(row.file, row.line, f"duplicate alias {alias!r}, first of {code} in line {line}")
        else:
            aliases[key] = (str(row.get("code")), row.line)


def _is_usable(row: Row) -> bool:
    return all(name in row.fields for name in ("code", "domain", "level", "lead_department", "loaded", "urgency"))


def category_document(row: Row) -> dict[str, Any]:
    """Return what the table stores beside code, domain and names."""
    limits = {name: row.get(f"{name}_limit", [1, "work_day"]) for name in Limits._fields}
    return {**{k: v for k, v in row.fields.items() if k not in NOT_IN_DOCUMENT}, "limits": limits}


def _category(row: Row) -> Category:
    document = category_document(row)
    limits = Limits(*(Limit(*document["limits"][name]) for name in Limits._fields))
    return Category(
        code=row["code"],
        domain=row["domain"],
        class_code=row.get("class_code", ""),
        class_zh=row.get("class_zh", ""),
        class_en=row.get("class_en", ""),
        zh=row.get("zh", ""),
        en=row.get("en", ""),
        kind=row.get("kind", ""),
        aliases=tuple(row.get("aliases", [])),
        severity=row.get("severity", 5),
        urgency=row["urgency"],
        level=row["level"],
        lead_department=row["lead_department"],
        assist_departments=tuple(row.get("assist_departments", [])),
        limits=limits,
        privacy_class=row.get("privacy_class", 0),
        sensitive=row.get("sensitive", False),
        family=row.get("family", row["code"]),
        radius_m=0.0,
        window_s=0.0,
        sla_profile=row.get("sla_profile", ""),
    )
