"""Severity and urgency of what is being opened, who must have a copy, what is sensitive. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from grid.catalogue import Category

DAILY = 5
LEAST_EMERGENCY = 4
COPIED_CLASSES = ("EM-03", "EM-04", "TR-05", "TR-06", "PO-03001")
COPIED_FAMILIES = frozenset({"fire", "gas", "crowd"})
"""Source: rule U6 as process.md narrows it: 特急 in hazardous goods, fire, crowd."""


@dataclass(frozen=True, slots=True)
class Grade:
    """``proposed`` 1–3 reads 拟定 until a duty leader confirms it; until then ``severity`` stays 4 or 5."""

    severity: int
    proposed: int | None
    urgency: str
    sensitive: bool
    copied_to_district: bool


def grade(category: Category | None, proposed: int | None) -> Grade:
    """Return how grave a thing of that category is, with what the source proposes (1–5 or None)."""
    if category is None:
        return Grade(DAILY, _proposal(DAILY, proposed), "normal", False, False)
    severity = min(DAILY, max(LEAST_EMERGENCY, category.severity))
    named = category.severity if category.severity < LEAST_EMERGENCY else None
    lowest = min((n for n in (named, proposed) if n is not None), default=None)
    return Grade(
        severity=severity,
        proposed=_proposal(severity, lowest),
        urgency=category.urgency,
        sensitive=category.sensitive,
        copied_to_district=is_copied(category, severity),
    )


def _proposal(severity: int, proposed: int | None) -> int | None:
    return proposed if proposed is not None and 1 <= proposed < severity else None


def is_copied(category: Category | None, severity: int) -> bool:
    """Return whether the district has a copy at once."""
    if severity < DAILY:
        return True
    if category is None or category.urgency != "emergency":
        return False
    return category.family in COPIED_FAMILIES or category.code.startswith(COPIED_CLASSES)
