"""Answers as JSON, written by ``msgspec``: aware times become RFC 3339, nothing is converted twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response

_ENCODER = msgspec.json.Encoder()


def answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return the value as a JSON response."""
    return raw_answer(_ENCODER.encode(value), status, headers)


def raw_answer(encoded: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return JSON that is already encoded."""
    return Response(encoded, status_code=status, media_type="application/json", headers=dict(headers or {}))


def problem(document: dict[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """Return a problem document. Source: RFC 9457."""
    return Response(
        _ENCODER.encode(document),
        status_code=document["status"],
        media_type="application/problem+json",
        headers=dict(headers or {}),
    )
