"""Holds a person's fields against the form of an action, and names each that is wrong. Pure.

Only what ``move_forms.py`` uses of JSON Schema; a library for all of it would be the larger risk.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]


def check_fields(schema: Schema, data: Mapping[str, Any]) -> dict[str, str]:
    """Return what is wrong, by field; empty when all is well."""
    fields: Mapping[str, Schema] = schema["properties"]
    faults = {name: "is not a field of this action" for name in data if name not in fields}
    chosen = [rule["then"] for rule in schema.get("allOf", ()) if _is_chosen(rule["if"], data)]
    for name in (*schema["required"], *(name for then in chosen for name in then.get("required", ()))):
        if _is_blank(data.get(name)):
            faults[name] = "is needed"
    for name, value in data.items():
        if name in fields and name not in faults and value is not None:
            fault = _fault(fields[name], value)
            if fault is not None:
                faults[name] = fault
    for then in chosen:
        faults |= {name: fault for name, fault in _list_narrowed(then, data) if name not in faults}
    return faults


def _is_chosen(chosen: Schema, data: Mapping[str, Any]) -> bool:
    """Return whether the fields have the values that a rule of ``allOf`` is about."""
    return all(data.get(name) == field["const"] for name, field in chosen["properties"].items())


def _list_narrowed(then: Schema, data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the fields whose value is not among the fewer choices that are left."""
    fields: Mapping[str, Schema] = then.get("properties", {})
    return [
        (name, f"must be one of {', '.join(field['enum'])} here")
        for name, field in fields.items()
        if not _is_blank(data.get(name)) and data[name] not in field["enum"]
    ]


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _fault(field: Schema, value: Any) -> str | None:
    check = _CHECKS[field["type"]]
    return check(field, value)


def _check_string(field: Schema, value: Any) -> str | None:
    if not isinstance(value, str):
        return "must be text"
    if "enum" in field and value not in (*field["enum"], *field.get("x-also", ())):
        return f"must be one of {', '.join(field['enum'])}"
    if "\x00" in value:
        return "must not contain a NUL character"
    return (
        f"must have at most {field['maxLength']} characters"
        if len(value) > field.get("maxLength", 10**6)
        else None
    )


def _check_boolean(_field: Schema, value: Any) -> str | None:
    return None if isinstance(value, bool) else "must be true or false"


def _check_integer(field: Schema, value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return "must be a whole number"
    if "enum" in field and value not in field["enum"]:
        return f"must be one of {', '.join(map(str, field['enum']))}"
    return _check_range(field, value)


def _check_number(field: Schema, value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return "must be a number"
    return _check_range(field, value)


def _check_range(field: Schema, value: float) -> str | None:
    if not field["minimum"] <= value <= field["maximum"]:
        return f"must be from {field['minimum']} to {field['maximum']}"
    return None


def _check_array(field: Schema, value: Any) -> str | None:
    if not isinstance(value, list):
        return "must be a list"
    if len(value) > field["maxItems"]:
        return f"must have at most {field['maxItems']} items"
    if len(value) < field.get("minItems", 0):
        return f"must have at least {field['minItems']} items"
    return next((fault for fault in (_fault(field["items"], item) for item in value) if fault is not None), None)


_CHECKS = {
    "string": _check_string,
    "boolean": _check_boolean,
    "integer": _check_integer,
    "number": _check_number,
    "array": _check_array,
}
