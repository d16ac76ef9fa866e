"""Judges the standards of a folder, and gathers them by category: its ``conditions.csv``, its own table first."""

from __future__ import annotations

from typing import Any

from grid.catalogue import Catalogue
from grid.city_folder.draft import CityDraft
from grid.city_folder.faults import Faults
from grid.city_folder.limit_texts import read_limit_text
from grid.city_folder.read_csv import Row
from grid.city_folder.read_standards import Standard
from grid.filing_conditions import AREA_CLASSES, EVIDENCE

FILE = "conditions.csv"
ID_MAX = 40


def check_conditions(draft: CityDraft, catalogue: Catalogue) -> None:
    """Fill ``draft.conditions``, adding a fault for each thing wrong; the city's own table comes first."""
    ids: dict[str, str] = {}
    for code, standard in draft.placed:
        count = len(draft.conditions.get(code, [])) + 1
        document = _read_standard(standard, f"{code}-{count}", draft)
        if document is not None and _is_new(document["id"], f"{standard.file}:{standard.line}", ids, draft):
            draft.conditions.setdefault(code, []).append(document)
    own, ids = set(draft.conditions), {}
    codes = draft.codes("categories.csv")
    for row in draft.rows[FILE]:
        if row.get("category") not in codes and "category" in row.fields:
            draft.faults.add(FILE, row.line, f"unknown category {row['category']}")
        is_sound = _is_new(str(row.get("id")), f"{FILE}:{row.line}", ids, draft) and _is_whole(row, draft.faults)
        if is_sound and row["category"] not in own and catalogue.find_category(row["category"]) is not None:
            draft.conditions.setdefault(row["category"], []).append(_read_row(row))


def _is_new(id: str, where: str, ids: dict[str, str], draft: CityDraft) -> bool:
    if id in ids:
        file, line = where.rsplit(":", 1)
        draft.faults.add(file, int(line), f"duplicate id {id}, first in {ids[id]}")
        return False
    ids[id] = where
    return True


def _is_whole(row: Row, faults: Faults) -> bool:
    for name in row.get("evidence", []):
        if name not in EVIDENCE:
            faults.add(FILE, row.line, f"evidence {name!r} is none of {', '.join(EVIDENCE)}")
    for name in (f"factor_{letter.lower()}" for letter in AREA_CLASSES):
        if row.get(name, 1.0) <= 0:
            faults.add(FILE, row.line, f"{name} {row[name]} is not above 0")
    return all(name in row.fields for name in ("category", "zh", "closing_zh", "limit"))


def _read_row(row: Row) -> dict[str, Any]:
    factors = {letter: row.get(f"factor_{letter.lower()}", 1.0) for letter in AREA_CLASSES}
    return {
        "id": row["id"],
        "zh": row["zh"],
        "en": row.get("en", ""),
        "closing_zh": row["closing_zh"],
        "closing_en": row.get("closing_en", ""),
        "limit": row["limit"],
        "factors": factors,
        "evidence": row.get("evidence", []),
    }


def _read_standard(standard: Standard, made_id: str, draft: CityDraft) -> dict[str, Any] | None:
    """Return a row of the city's own table as a standard; None where it says no limit, condition or closing."""
    faults = draft.faults
    for name, text in (("condition", standard.zh), ("closing", standard.closing_zh)):
        if not text:
            faults.add(standard.file, standard.line, f"{name}: is empty")
    id = standard.id or made_id
    if len(id) > ID_MAX:
        faults.add(
            standard.file, standard.line, f"id {id[:20]!r}… has {len(id)} characters, at most {ID_MAX} are taken"
        )
    try:
        limit = read_limit_text(standard.limit)
    except ValueError as error:
        faults.add(standard.file, standard.line, f"limit: {error}")
        return None
    if limit.odd:
        read = f"limit {standard.limit!r} is read as {limit.value:g} {limit.unit}"
        draft.remarks.add(standard.file, standard.line, f"{read}; {limit.odd!r} is no part of a limit")
    return {
        "id": id,
        "zh": standard.zh,
        "en": standard.en,
        "closing_zh": standard.closing_zh,
        "closing_en": standard.closing_en,
        "limit": [limit.value, limit.unit],
        "factors": {},
        "evidence": [name for name in standard.evidence.split(";") if name in EVIDENCE],
    }
