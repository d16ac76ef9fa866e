"""Picks the row of a city's tables: by which route a case goes, by which way a report comes in.

The documents ``routing`` and ``ways_in`` of ``policies`` and the facts of a case come in, the one row that
fits best goes out. The brain's ``route`` and ``ways_in`` act on it; ``city check`` proves that a row exists.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from grid.area_tree import AreaTree
from grid.catalogue import Category

Row = Mapping[str, Any]


def category_fit(pattern: str, code: str, domain: str) -> int:
    """Return how closely a pattern names a category: -1 not at all, more is closer.

    A pattern is a code, the beginning of one (``UM-06``, ``PO``), a domain, or ``*``.
    """
    if pattern == "*":
        return 0
    if pattern == domain:
        return 1
    return 1 + len(pattern) if code.startswith(pattern) else -1


def find_routing_rule(
    rules: Iterable[Row], category: Category, *, area: str, urgency: str, tree: AreaTree
) -> Row | None:
    """Return the rule for a category at an area (the most particular one known, such as its grid).

    The longest category pattern wins, then the most particular area, then a rule for this urgency.
    """
    best: tuple[tuple[int, int, int], Row] | None = None
    for rule in rules:
        closeness = category_fit(rule["category"], category.code, category.domain)
        if closeness < 0:
            continue
        fit = (closeness, area_fit(rule["area"], area, tree), _urgency_fit(rule["urgency"], urgency))
        if min(fit) >= 0 and (best is None or fit > best[0]):
            best = (fit, rule)
    return best[1] if best else None


def area_fit(pattern: str, area: str, tree: AreaTree) -> int:
    """Return how closely a pattern names an area: a code on its path beats a kind, a kind a class."""
    if not pattern:
        return 0
    path = tree.path(area)
    if pattern in path:
        return 10 + path.index(pattern)
    if any(tree.get_area(code).kind == pattern for code in path):
        return 2
    return 1 if tree.get_area(area).area_class == pattern else -1


def _urgency_fit(pattern: str, urgency: str) -> int:
    if not pattern:
        return 0
    return 1 if pattern == urgency else -1


def find_way_in(rules: Iterable[Row], category: Category, source_kind: str) -> Row | None:
    """Return the row of ways in for a category seen by a kind of source."""
    best: tuple[int, Row] | None = None
    for rule in rules:
        fit = category_fit(rule["category"], category.code, category.domain)
        if rule["source"] == source_kind and fit >= 0 and (best is None or fit > best[0]):
            best = (fit, rule)
    return best[1] if best else None


def holder_level(rule: Row, category: Category) -> str:
    """Return the level that a rule gives a case: its own, or the category's."""
    return str(rule["level"] or category.level)
