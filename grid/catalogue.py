"""The catalogue of categories: what the city handles, how fast, and who leads.

Rows of the city folder come in through ``city``; ``ingest`` asks for a category by code or alias, the
brain for its limits, family and departments. Codes follow the national scheme, aliases are older codes
and plain words.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple


class Limit(NamedTuple):
    """How long something may take: ``unit`` is a ``LIMIT_UNITS`` member."""

    value: float
    unit: str


# urgent_* and natural_* run on without pause, work_* in working time only, 1 work_day = 8 work_hour.
# Source: the two clocks of municipal standards (紧急工作时/日 and 工作时/日).
LIMIT_MAX = 100_000  # of any unit: no limit is longer, and no end of one lies beyond the calendar
LIMIT_UNITS = ("minute", "urgent_hour", "urgent_day", "natural_day", "work_hour", "work_day")


class Limits(NamedTuple):
    """The disposal limits of a category: the shortest, the commonest and the longest."""

    urgent: Limit
    normal: Limit
    max: Limit


@dataclass(frozen=True, slots=True)
class Category:
    """One kind of incident.

    ``severity``: 1–4 for emergencies, 5 for daily matters, a proposal until confirmed. ``level``: who
    normally holds it. ``family``: categories that may be one happening share it; with ``radius_m`` and
    ``window_s`` it decides what joins an open incident. ``privacy_class``: 2 is shown as a count only.
    ``cells``: ``same`` or ``adjacent`` cells are near enough too. ``joined_by``: kinds of source (none: all).
    ``min_sources``: how many must have seen it before it opens. ``kin``: families and codes that may be it too.
    """

    code: str
    domain: str
    class_code: str
    class_zh: str
    class_en: str
    zh: str
    en: str
    kind: str
    aliases: tuple[str, ...]
    severity: int
    urgency: str
    level: str
    lead_department: str
    assist_departments: tuple[str, ...]
    limits: Limits
    privacy_class: int
    sensitive: bool
    family: str
    radius_m: float
    window_s: float
    sla_profile: str
    cells: str = "none"
    joined_by: tuple[str, ...] = ()
    min_sources: int = 1
    kin: tuple[str, ...] = ()


class Catalogue:
    """All categories of a city, by code and by alias."""

    def __init__(self, categories: Iterable[Category]) -> None:
        ordered = sorted(categories, key=lambda category: category.code)
        self._categories = {category.code: category for category in ordered}
        self._aliases = {
            alias.lower(): category.code for category in self._categories.values() for alias in category.aliases
        }
        for code in self._categories:
            self._aliases.setdefault(code.lower(), code)

    def find_category(self, code_or_alias: str) -> Category | None:
        """Return the category with this code, or with this alias in any case of letters."""
        found = self._categories.get(code_or_alias)
        if found is not None:
            return found
        return self._categories.get(self._aliases.get(code_or_alias.strip().lower(), ""))

    def get_category(self, code_or_alias: str) -> Category:
        """Return the category; raises ``KeyError`` when neither code nor alias is known."""
        found = self.find_category(code_or_alias)
        if found is None:
            raise KeyError(code_or_alias)
        return found

    def list_domain(self, domain: str) -> list[Category]:
        """Return the categories of a domain, by code."""
        return [c for c in self.list_categories() if c.domain == domain]

    def list_categories(self) -> list[Category]:
        """Return every category, by code."""
        return list(self._categories.values())

    def __len__(self) -> int:
        return len(self._categories)
