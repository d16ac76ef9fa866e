"""Inputs that nobody sends on purpose, for every parameter and every field that OpenAPI names."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import msgspec

HUGE = 10**30
NUL, SURROGATE = "a\0b", "\ud800"
DATES = (
    "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00",
    "0001-01", "9999-12", "9999-12-31", "0001-01-01", "2026-02-30", "-2026-01-01", "2026-01-01T00:00:00", "1e9",
)  # fmt: skip
IN_QUERIES = (
    "", NUL, str(HUGE), "-1", "0", str(2**63), str(-(2**63) - 1), "1e400",
    "nan", "inf", "null", "true", "x" * 3000,
    "%", "_", "\\", "'; DROP TABLE incidents --", "../../etc/passwd", "\u202e",
    "\U0001f600",
    "[]", "{}", ",", ",,,", "1,2,3,4",
    "nan,nan,nan,nan", "1e308,1e308,1e308,1e308", "a.b.c", *DATES,
)  # fmt: skip
STRANGE = ("====", "x", "\u00e9")
CURSORS = tuple(
    one if one in STRANGE else base64.urlsafe_b64encode(msgspec.json.encode(one)).decode().rstrip("=")
    for one in (
        HUGE,
        -1,
        0,
        2**63,
        [],
        [HUGE, HUGE],
        ["9999-12-31T23:59:59Z", HUGE],
        {},
        "x",
        NUL,
        None,
        [1, 2],
        1.5,
        *STRANGE,
    )
)
IN_BODIES: tuple[Any, ...] = (
    None, True, 0, -1, HUGE, -HUGE, 2**63, 1.5, float("nan"), float("inf"), 1e308, "", " ", NUL, SURROGATE,
    "x" * 50_000, "\u202e<script>", [], [None], [[]], {}, {"a": None}, [HUGE], [SURROGATE],
    {SURROGATE: 1}, *DATES,
)  # fmt: skip
BODIES: tuple[tuple[bytes, str], ...] = (
    (b"", "application/json"),
    (b"{", "application/json"),
    (b"null", "application/json"),
    (b"[]", "application/json"),
    (b'"x"', "application/json"),
    (b"1" * 5000, "application/json"),
    (b"\xff\xfe{}", "application/json"),
    (b'{"a":"\xff"}', "application/json"),
    (b'{"a":"\\ud800"}', "application/json"),
    (b'{"a":1,"a":2}', "application/json"),
    (b"[" * 100_000, "application/json"),
    (b'{"a":' * 20_000 + b"1" + b"}" * 20_000, "application/json"),
    (b"{}", "text/plain"),
    (b"a=1", "application/x-www-form-urlencoded"),
    (b"--x\r\n\r\n", "multipart/form-data; boundary=x"),
    (b"{}", "application/json; charset=utf-16"),
)


def resolve(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema without references at its top."""
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    for branch in schema.get("anyOf", ()):
        if branch.get("type") != "null":
            return resolve(document, branch)
    return schema


def sample(document: dict[str, Any], schema: dict[str, Any]) -> Any:
    """Return something that fits a schema, more or less."""
    schema = resolve(document, schema)
    for name in ("const", "default"):
        if schema.get(name) is not None:
            return schema[name]
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object":
        wanted = schema.get("required", ())
        return {
            name: sample(document, one) for name, one in schema.get("properties", {}).items() if name in wanted
        }
    if kind == "array":
        return [sample(document, schema.get("items", {}))]
    if kind in ("integer", "number"):
        return max(1, schema.get("minimum", 1))
    if kind == "boolean":
        return True
    by_format = {"date-time": "2026-03-01T08:00:00+08:00", "date": "2026-03-01"}
    return by_format.get(schema.get("format", ""), "x" * max(1, schema.get("minLength", 1)))


def odd_bodies(document: dict[str, Any], schema: dict[str, Any]) -> Iterator[Any]:
    """Yield bodies that fit but for one field."""
    base, whole = sample(document, schema), resolve(document, schema)
    for name, inner in whole.get("properties", {}).items():
        for odd in IN_BODIES:
            yield {**base, name: odd}
        found = resolve(document, inner)
        if found.get("type") == "array":
            found = resolve(document, found.get("items", {}))
            wrap = [found]
        else:
            wrap = []
        for deep in found.get("properties", {}):
            for odd in IN_BODIES[:12]:
                thing = {**sample(document, found), deep: odd}
                yield {**base, name: [thing] if wrap else thing}
