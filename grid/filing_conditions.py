"""The standards by which a matter is filed and closed: condition, closing condition, limit, evidence.

Data of the city (``conditions.csv``, or its own table through ``standards.toml``), kept as the policy
``conditions``; ``file`` chooses one, ``dispose`` and ``close`` are held to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from grid.catalogue import Limit

AREA_CLASSES = ("A", "B", "C")
EVIDENCE = ("near", "far", "reference", "before", "after")
"""Source: domain.md 2.7: near, far, reference, before, after."""


class FilingCondition(msgspec.Struct, frozen=True, kw_only=True):
    """One standard of one category. ``factors`` stretch the limit by the class of the area."""

    id: str
    zh: str
    en: str = ""
    closing_zh: str
    closing_en: str = ""
    limit: tuple[float, str]
    factors: dict[str, float] = {}
    evidence: list[str] = []

    def to_document(self) -> dict[str, Any]:
        document: dict[str, Any] = msgspec.to_builtins(self)
        return {**document, "limit": list(self.limit)}


def list_conditions(policy: Mapping[str, Any], category: str) -> list[FilingCondition]:
    """Return the standards of a category by the policy ``conditions``, in the order of the city's file."""
    return [read_condition(each) for each in policy["categories"].get(category, ())]


def read_condition(document: Mapping[str, Any]) -> FilingCondition:
    """Return a standard as an incident or a policy keeps it."""
    return msgspec.convert(document, FilingCondition)


def choose_condition(conditions: Sequence[FilingCondition], wanted: Limit | None) -> FilingCondition | None:
    """Return the standard that a rule files by: the one with the wanted limit, else the first."""
    same = (each for each in conditions if wanted is not None and tuple(each.limit) == tuple(wanted))
    return next(same, conditions[0] if conditions else None)
