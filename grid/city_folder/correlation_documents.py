"""The shapes of ``correlation.toml``: what joins what, how many must agree, and when a flood is one happening.

``category_store.py`` and the brain's ``signals/`` read the same documents as they stand in the policy.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, field

from grid.city_folder.toml_documents import Positive, SourceKindName, Strict

Count = Annotated[int, Meta(ge=1, le=100_000)]
LevelName = Literal["district", "town", "community", "grid", "cell"]
UrgencyName = Literal["emergency", "urgent", "normal"]


class ReachDoc(Strict, kw_only=True):
    """How far and how long something is the same happening.

    ``cells``: what lies in the same cell, or in one beside it, is near enough whatever the distance.
    ``joined_by``: the kinds of source that may join (empty: all). ``min_sources``: how many different sources
    must have seen it before it opens; until then each waits as a candidate.
    """

    radius_m: Positive
    window_s: Positive
    cells: Literal["none", "same", "adjacent"] | None = None
    joined_by: list[SourceKindName] | None = None
    min_sources: Annotated[int, Meta(ge=1, le=20)] | None = None


class StormDoc(Strict, kw_only=True):
    """One ``[[storms]]``: so many devices of an area in so little time are one incident with members.

    ``together`` counts all the families as one flood, of at least ``least_families`` kinds; else each family is
    counted by itself. ``apart``: urgencies that a flood of many kinds does not take in; each family of theirs
    becomes one case of its own.
    """

    id: str
    families: list[str]
    together: bool = False
    least_families: Count = 1
    within: LevelName
    devices: Count
    window_s: Positive
    quiet_s: Positive
    category: str = ""
    apart: tuple[UrgencyName, ...] = ()
    zh: str
    en: str


class CorrelationDoc(Strict, kw_only=True):
    """``correlation.toml``. ``compatible``: groups of families or category codes that may be one happening."""

    default: ReachDoc
    domains: dict[str, ReachDoc] = field(default_factory=dict)
    families: dict[str, ReachDoc] = field(default_factory=dict)
    categories: dict[str, ReachDoc] = field(default_factory=dict)
    compatible: tuple[tuple[str, ...], ...] = ()
    storms: tuple[StormDoc, ...] = ()
