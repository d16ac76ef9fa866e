"""Fills in the form of an action: the product says with a JSON Schema what each needs.

Comes in: the schema from ``GET …/actions`` and what the person knows. Goes out: the fields to send. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

WORDS = "演示：已按规定办理"


def fill_form(schema: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Return every field that is required or known, as far as the schema has it.

    A required field that nobody knows gets its default, its first choice, or words that say 演示.
    """
    properties: Mapping[str, Any] = schema.get("properties", {})
    required = set(schema.get("required", ()))
    filled: dict[str, Any] = {}
    for name, field in properties.items():
        if known.get(name) is not None and _fits(field, known[name]):
            filled[name] = known[name]
        elif name in required:
            filled[name] = _invent(field)
    return filled


def _fits(field: Mapping[str, Any], value: Any) -> bool:
    choices = list_choices(field)
    return not choices or value in choices


def list_choices(field: Mapping[str, Any]) -> list[Any]:
    """Return what a field may be, where the schema lists it; empty when it is free."""
    if "enum" in field:
        return list(field["enum"])
    if "const" in field:
        return [field["const"]]
    return [choice for part in field.get("oneOf", field.get("anyOf", ())) for choice in list_choices(part)]


def _invent(field: Mapping[str, Any]) -> Any:
    if "default" in field:
        return field["default"]
    choices = [choice for choice in list_choices(field) if choice is not None]
    if choices:
        return choices[0]
    return _invent_type(field)


def _invent_type(field: Mapping[str, Any]) -> Any:
    kind = field.get("type")
    if kind == "array":
        return [_invent(field["items"])] if field.get("minItems", 0) and "items" in field else []
    plain: dict[Any, Any] = {"string": WORDS, "boolean": True, "integer": field.get("minimum", 1), "number": 1.0}
    return plain.get(kind, {} if kind == "object" else WORDS)
