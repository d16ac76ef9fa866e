"""Lists in pages: ``{"items", "next"}``, an opaque cursor, at most 500 a page."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import Query

from dashboards.server.errors import Refused
from dashboards.server.moments import FIRST_YEAR, LAST_YEAR

LIMIT_MAX = 500
WHOLE_MAX = 2**63 - 1
Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX)]
Cursor = Annotated[str | None, Query(max_length=200)]


def encode_cursor(position: Any) -> str:
    """Return a position in a list as opaque text."""
    return base64.urlsafe_b64encode(msgspec.json.encode(position)).decode().rstrip("=")


def decode_cursor(cursor: str, kind: Any) -> Any:
    """Return the position that ``encode_cursor`` wrote.

    Raises:
        Refused: The cursor is not one of ours.
    """
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        position = msgspec.json.decode(raw, type=kind)
        _check_numbers(position)
        return position
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise Refused("invalid", "The cursor is not one of ours.", fields={"cursor": "not a cursor"}) from error


def _check_numbers(position: Any) -> None:
    """Raise ``ValueError`` for a number or a time that no database holds."""
    parts = position if isinstance(position, (list, tuple)) else (position,)
    for part in parts:
        if isinstance(part, int) and not -WHOLE_MAX <= part <= WHOLE_MAX:
            raise ValueError("a number beyond 64 bits")
        if isinstance(part, str) and "\0" in part:
            raise ValueError("a NUL character")
        if isinstance(part, datetime) and not FIRST_YEAR < part.year < LAST_YEAR:
            raise ValueError("a time beyond all records")


def page(items: list[Any], next: str | None = None) -> dict[str, Any]:
    """Return the shape of every list."""
    return {"items": items, "next": next}


def page_of(everything: list[Any], limit: int, cursor: str | None) -> dict[str, Any]:
    """Return one page of a list that stands in memory; the cursor is an offset."""
    start = max(0, decode_cursor(cursor, int)) if cursor else 0
    end = start + limit
    return page(everything[start:end], encode_cursor(end) if end < len(everything) else None)
