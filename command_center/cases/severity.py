"""Severity and urgency of what is being opened, what is sensitive. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from grid.catalogue import Category

DAILY = 5
LEAST_EMERGENCY = 4


@dataclass(frozen=True, slots=True)
class Grade:
    """``proposed`` 1–3 reads 拟定 until a duty leader confirms it; until then ``severity`` stays 4 or 5."""

    severity: int
    proposed: int | None
    urgency: str
    sensitive: bool


def grade(category: Category | None, proposed: int | None) -> Grade:
    """Return how grave a thing of that category is, with what the source proposes (1–5 or None)."""
    if category is None:
        return Grade(DAILY, _proposal(DAILY, proposed), "normal", False)
    severity = min(DAILY, max(LEAST_EMERGENCY, category.severity))
    named = category.severity if category.severity < LEAST_EMERGENCY else None
    lowest = min((n for n in (named, proposed) if n is not None), default=None)
    return Grade(
        severity=severity,
        proposed=_proposal(severity, lowest),
        urgency=category.urgency,
        sensitive=category.sensitive,
    )


def _proposal(severity: int, proposed: int | None) -> int | None:
    return proposed if proposed is not None and 1 <= proposed < severity else None
