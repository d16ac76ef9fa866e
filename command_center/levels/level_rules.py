"""Which rules of the city's ``levels.toml`` fit a case at a moment. Pure.

Comes in: the policy ``level_rules`` under which the case was opened, and its facts. Goes out: the rules, in the
order of the file. ``level_effects.py`` carries them out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec

from command_center.cases.policy_key import PolicyKey
from grid.city_folder.level_documents import LevelRuleDoc, RepeatsDoc, WhenDoc
from grid.routing_rules import category_fit

Count = Callable[[RepeatsDoc], int]
"""Counts the cases of the same matter at the same place; only asked where everything else fits."""


@dataclass(frozen=True, kw_only=True)
class CaseFacts:
    """What the rules may ask of a case. ``path`` are its areas, root first; ``kinds`` the kinds of these."""

    category: str
    domain: str
    family: str
    department: str
    path: tuple[str, ...]
    kinds: frozenset[str]
    level: str
    channel: str
    urgency: str
    severity: int
    proposed: int | None
    sensitive: bool
    unowned: bool
    crosses_towns: bool
    returns: int
    reworks: int


@dataclass(frozen=True)
class Warning:
    """A stage clock has used this part of its limit."""

    stage: str
    ratio: float


@lru_cache(maxsize=32)
def _read(key: PolicyKey) -> tuple[LevelRuleDoc, ...]:
    return tuple(msgspec.convert(key.document.get("rules", []), list[LevelRuleDoc]))


def read_rules(document: Mapping[str, Any]) -> tuple[LevelRuleDoc, ...]:
    """Return the rules of the policy, read once for each version."""
    return _read(PolicyKey(document))


def find_warned(rules: Iterable[LevelRuleDoc], facts: CaseFacts, warning: Warning) -> list[LevelRuleDoc]:
    """Return the rules that fit when a limit has been used so far."""
    return [
        rule
        for rule in rules
        if rule.when.ratio == warning.ratio
        and (not rule.when.stages or warning.stage in rule.when.stages)
        and _fits(rule.when, facts)
    ]


def find_standing(
    rules: Iterable[LevelRuleDoc], facts: CaseFacts, count: Count | None = None
) -> list[LevelRuleDoc]:
    """Return the rules that fit what the case is now; those about repeats only where ``count`` can tell."""
    return [
        rule
        for rule in rules
        if rule.when.ratio is None and _fits(rule.when, facts) and _is_repeated(rule.when, count)
    ]


def _is_repeated(when: WhenDoc, count: Count | None) -> bool:
    return when.repeats is None or (count is not None and count(when.repeats) >= when.repeats.count)


def _fits(when: WhenDoc, facts: CaseFacts) -> bool:
    return _fits_matter(when, facts) and _fits_place(when, facts) and _fits_state(when, facts)


def _fits_matter(when: WhenDoc, facts: CaseFacts) -> bool:
    return (
        (not when.categories or any(category_fit(p, facts.category, facts.domain) >= 0 for p in when.categories))
        and (not when.families or facts.family in when.families)
        and (not when.departments or facts.department in when.departments)
        and (not when.channels or facts.channel in when.channels)
        and when.sensitive in (None, facts.sensitive)
    )


def _fits_place(when: WhenDoc, facts: CaseFacts) -> bool:
    return (
        (not when.areas or not set(when.areas).isdisjoint(facts.path))
        and (not when.area_kinds or not facts.kinds.isdisjoint(when.area_kinds))
        and (not when.levels or facts.level in when.levels)
        and when.crosses_towns in (None, facts.crosses_towns)
    )


def _fits_state(when: WhenDoc, facts: CaseFacts) -> bool:
    return (
        (not when.urgency or facts.urgency in when.urgency)
        and (when.severity_at_most is None or facts.severity <= when.severity_at_most)
        and (when.proposed_at_most is None or (facts.proposed or 9) <= when.proposed_at_most)
        and when.unowned in (None, facts.unowned)
        and (when.returns is None or facts.returns >= when.returns)
        and (when.reworks is None or facts.reworks >= when.reworks)
    )


def occasion_of(rule: LevelRuleDoc, facts: CaseFacts) -> str:
    """Return by what a rule is known to have fired already: a further return or rework is a further occasion."""
    if rule.when.returns is not None:
        return f"{rule.id}:{facts.returns}"
    if rule.when.reworks is not None:
        return f"{rule.id}:{facts.reworks}"
    return rule.id


def may_by_rule(document: Mapping[str, Any], facts: CaseFacts, permission: str) -> bool:
    """Return whether a rule of the city allows that; a city that says nothing about it allows it."""
    rules = [rule for rule in read_rules(document) if permission in rule.then.allow]
    return not rules or any(_fits(rule.when, facts) for rule in rules)
