"""Codes as people read them: areas, posts, departments, categories, workers, out of the city in memory."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import Row

from command_center.cases.incident_tables import Incident
from command_center.people.masking import mask_name
from grid.city import City
from grid.policies import Policies

RULE_TABLES = ("rules", "camera_rules", "group_rules")


def name_area(city: City, code: str | None) -> dict[str, Any] | None:
    """Return ``{code, name, name_en, level}`` of an area, or None."""
    area = city.tree.find_area(code) if code else None
    if area is None:
        return None
    return {"code": area.code, "name": area.name, "name_en": area.name_en, "level": area.level}


def name_place(city: City, code: str | None) -> dict[str, Any] | None:
    """Return ``{code, name, name_en}`` of an area, or None."""
    area = city.tree.find_area(code) if code else None
    return None if area is None else {"code": area.code, "name": area.name, "name_en": area.name_en}


def path_of(city: City, code: str) -> tuple[str, ...]:
    """Return the codes from the root to the area; the code alone where the tree does not know it."""
    area = city.tree.find_area(code)
    return city.tree.path(area.code) if area is not None else (code,)


def name_holder(city: City, code: str) -> tuple[str, str]:
    """Return the Chinese and English name of a post, a department or an area that holds something."""
    found = city.posts.find_post(code) or city.departments.get(code) or city.tree.find_area(code)
    return (found.name, found.name_en) if found is not None else (code, code)


def holder(city: City, kind: str, code: str) -> dict[str, Any]:
    """Return ``{kind, code, name, name_en}``."""
    name, name_en = name_holder(city, code)
    return {"kind": kind, "code": code, "name": name, "name_en": name_en}


def name_category(city: City, code: str) -> dict[str, str]:
    """Return the Chinese and English name of a category."""
    category = city.catalogue.find_category(code)
    return {"zh": category.zh, "en": category.en} if category is not None else {"zh": code, "en": code}


def name_title(city: City, incident: Incident | Row[*tuple[Any, ...]]) -> dict[str, str]:
    """Return ``{title, title_en}``: in English a case is called by its category."""
    return {"title": incident.title, "title_en": name_category(city, incident.category)["en"]}


def told_in_english(city: City, text: str) -> str:
    """Return the English words of the rule that told this; empty for what people and producers wrote."""
    told, colon, more = text.partition("：")
    words = _words_of_rules(city.policies).get(told, "")
    return f"{words}: {more}" if words and colon else words


@lru_cache(maxsize=2)
def _words_of_rules(policies: Policies) -> dict[str, str]:
    document = policies.get_policy("rules").document
    return {rule["zh"]: rule["en"] for table in RULE_TABLES for rule in document.get(table, ())}


def worker_name(city: City, worker: str | None) -> str:
    """Return a worker's masked name; their id where the roster does not know them."""
    found = city.workers.find_worker(worker) if worker else None
    return mask_name(found.name) if found is not None else (worker or "")
