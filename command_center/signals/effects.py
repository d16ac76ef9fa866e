"""What can come of one observation: the words that receipts, counts and signals use for it."""

from __future__ import annotations

from dataclasses import dataclass

RECORDED, DUPLICATE, QUARANTINED, PARKED = "recorded", "duplicate", "quarantined", "parked"
SHADOWED = "shadow"


class UnknownCategory(ValueError):
    """Refused: the observation names a category that the city does not have."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What came of one observation; ``candidate`` where a person must judge it."""

    outcome: str
    incident: int | None = None
    candidate: str | None = None
