"""The shape of a board: panels of figures and rows, each with when it was true, or why there is none. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

NO_DEVICE = "no_device"
"""No producer of this city speaks for it yet."""
NO_READING = "no_reading"
"""There are devices, and none has said its value lately."""


def figure(key: str, value: float | None, unit: str = "count", *, of: int | None = None) -> dict[str, Any]:
    """Return one figure; ``of`` is the whole that it is a part of. A value of None is told in words."""
    return {"key": key, "value": value, "unit": unit, "of": of}


def panel(
    key: str,
    at: datetime,
    figures: list[dict[str, Any]],
    *,
    rows: list[dict[str, Any]] | None = None,
    why: str | None = None,
) -> dict[str, Any]:
    """Return one panel; ``why`` says which figure has no source."""
    return {"key": key, "at": at, "figures": figures, "rows": rows or [], "why": why}


def row(zh: str, en: str, figures: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """Return one line of a panel."""
    return {"name": {"zh": zh, "en": en or zh}, "figures": figures, **more}
