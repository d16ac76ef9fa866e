"""Finds the category of each standard of a city's own table, and makes local categories where none fits.

Old national codes are aliases in ``categories.csv``. Runs before the catalogue is judged, so that local
categories are judged, routed and let in like all others.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from grid.city_folder.draft import CityDraft
from grid.city_folder.limit_texts import read_limit_text
from grid.city_folder.read_csv import Row
from grid.city_folder.read_standards import MAPPING, Standard
from grid.city_folder.toml_documents import LocalCategoriesDoc

LENGTHS = {"minute": 60, "urgent_hour": 3600, "work_hour": 3600, "urgent_day": 86_400, "natural_day": 86_400}
WORK_DAY_S = 28_800  # eight work hours


def place_standards(draft: CityDraft) -> None:
    """Give each standard its category in ``draft.placed``; add a fault, or a remark, where that is not plain."""
    known = _known_codes(draft.rows["categories.csv"])
    local: dict[str, list[Standard]] = {}
    for standard in draft.standards:
        named = standard.category or standard.old_code
        code = known.get(named.lower()) if named else None
        if code is not None:
            draft.placed.append((code, standard))
        elif standard.category or not standard.old_code:
            said = f"unknown category {named!r}" if named else "names no category and no old code"
            draft.faults.add(standard.file, standard.line, said)
        else:
            local.setdefault(standard.old_code, []).append(standard)
    _place_local(draft, local)


def _known_codes(rows: list[Row]) -> dict[str, str]:
    known = {
        alias.lower(): str(row["code"]) for row in rows if "code" in row.fields for alias in row.get("aliases", [])
    }
    return known | {str(row["code"]).lower(): str(row["code"]) for row in rows if "code" in row.fields}


def _place_local(draft: CityDraft, local: dict[str, list[Standard]]) -> None:
    mapping = draft.standards_mapping
    for old_code, standards in local.items():
        first = standards[0]
        if mapping is None or mapping.local is None:
            text = f"{old_code} {first.name} is no category of the catalogue"
            text += f": name one, or describe [local] in {MAPPING}"
            draft.faults.add(first.file, first.line, text)
            continue
        code = _local_code(old_code)
        draft.rows["categories.csv"].append(_local_category(code, old_code, standards, mapping.local))
        draft.placed += [(code, standard) for standard in standards]
        told = f"{old_code} {first.name} fits no category of the catalogue"
        told += f": {len(standards)} standards of a local one, {code}"
        draft.remarks.add(first.file, first.line, told)


def _local_code(old_code: str) -> str:
    """Return such as UM-L0199C: a local code, of a component (C) or of an event (E)."""
    return f"UM-L{old_code[2:]}{'C' if old_code.startswith('部件') else 'E'}"


def _local_category(code: str, old_code: str, standards: list[Standard], local: LocalCategoriesDoc) -> Row:
    first = standards[0]
    urgent, normal, longest = _three_limits(standards)
    fields: dict[str, Any] = {
        "code": code,
        "domain": local.domain,
        "class_code": f"L{old_code[2:4]}",
        "class_zh": first.class_name or "本地事项",
        "class_en": "local matters",
        "zh": first.name or old_code,
        "en": "",
        "kind": "component_fault" if old_code.startswith("部件") else "matter",
        "aliases": [old_code],
        "severity": 5,
        "urgency": local.urgency,
        "level": local.level,
        "lead_department": local.lead_department,
        "assist_departments": list(local.assist_departments),
        "urgent_limit": urgent,
        "normal_limit": normal,
        "max_limit": longest,
        "privacy_class": 0,
        "sensitive": False,
        "family": code,
        "sla_profile": "",
        "standard": "local",
        "loaded": True,
    }
    return Row(first.file, first.line, fields)


def _three_limits(standards: list[Standard]) -> tuple[list[Any], list[Any], list[Any]]:
    """Return the shortest, the commonest and the longest limit of a local category."""
    limits: list[tuple[float, str]] = []
    for standard in standards:
        try:
            read = read_limit_text(standard.limit)
        except ValueError:
            continue  # named where the standards are judged
        limits.append((read.value, read.unit))
    if not limits:
        limits = [(1.0, "work_day")]
    ordered = sorted(limits, key=lambda limit: limit[0] * LENGTHS.get(limit[1], WORK_DAY_S))
    commonest = Counter(ordered).most_common(1)[0][0]
    return list(ordered[0]), list(commonest), list(ordered[-1])
