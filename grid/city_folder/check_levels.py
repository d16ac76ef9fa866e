"""Judges the level rules of a folder: names that exist, rules that can match and do something.

Time alone never moves a case: a rule that would let it is refused here.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from grid.catalogue import Catalogue, Category
from grid.city_folder.draft import CityDraft
from grid.city_folder.faults import Faults
from grid.city_folder.level_documents import LevelRuleDoc, WhenDoc
from grid.routing_rules import category_fit

FILE = "levels.toml"
MOVING = ("escalate", "town_responsible")


def check_levels(draft: CityDraft, catalogue: Catalogue) -> None:
    """Add a fault for each rule that names nothing, can never match, does nothing, or lets time move a case."""
    ids: set[str] = set()
    for line, rule in draft.level_rules:
        if rule.id in ids:
            draft.faults.add(FILE, line, f"duplicate id {rule.id}")
        ids.add(rule.id)
        for fault in (*_unknown_names(rule.when, draft, catalogue), *_contradictions(rule, draft, catalogue)):
            draft.faults.add(FILE, line, f"{rule.id}: {fault}")
    _check_written(draft)
    urged = {rule.when.ratio for _, rule in draft.level_rules if rule.then.urge}
    for ratio in draft.limits.warn_ratios if draft.limits is not None else ():
        if ratio not in urged:
            draft.faults.add(
                FILE, 0, f"nobody is urged at {ratio:g} of warn_ratios in limits.toml: a rule must say who"
            )
    if draft.levels_doc is not None:
        _check_down(draft, catalogue, draft.faults)


def _check_written(draft: CityDraft) -> None:
    """Add a fault for each list of a condition that is written and empty: no case is any of nothing."""
    file = draft.files.get(FILE)
    for nth, rule in enumerate(file.document.get("rules", ()) if file is not None else ()):
        when = rule.get("when") if isinstance(rule, dict) else None
        for name, value in when.items() if isinstance(when, dict) else ():
            if file is not None and value == []:
                line = file.find_line("rules", nth, "when")
                draft.faults.add(FILE, line, f"{rule.get('id')}: can never match: {name} is an empty list")


def _unknown_names(when: WhenDoc, draft: CityDraft, catalogue: Catalogue) -> Iterator[str]:
    for pattern in when.categories:
        if not _fitting(pattern, catalogue):
            yield f"can never match: no category {pattern!r}"
    known = {
        "family": (when.families, {category.family for category in catalogue.list_categories()}),
        "department": (when.departments, draft.codes("departments.csv")),
        "area": (when.areas, draft.codes("areas.csv") | draft.codes("grids.csv")),
        "kind of area": (when.area_kinds, draft.codes("areas.csv", "kind")),
        "level": (when.levels, set(draft.levels)),
    }
    for what, (names, there) in known.items():
        for name in names:
            if name not in there:
                yield f"can never match: unknown {what} {name!r}"


def _contradictions(rule: LevelRuleDoc, draft: CityDraft, catalogue: Catalogue) -> Iterator[str]:
    when, then = rule.when, rule.then
    by_time = when.ratio is not None
    moments = [name for name in ("ratio", "returns", "reworks", "repeats") if getattr(when, name) is not None]
    ratios = draft.limits.warn_ratios if draft.limits is not None else [when.ratio]
    faults = {
        "does nothing: then is empty": not _said(then),
        "needs a condition: when is empty": not _said(when),
        f"can never match: {' and '.join(moments)} are never the same moment": len(moments) > 1,
        "can never match: stages needs the ratio of their limit": bool(when.stages) and not by_time,
        f"can never match: ratio {when.ratio} is none of warn_ratios in limits.toml": by_time
        and when.ratio not in ratios,
        "time alone never moves a case: escalate and town_responsible cannot follow from a ratio": by_time
        and any(getattr(then, name) for name in MOVING),
        "can never match: urge needs the ratio of a limit": bool(then.urge) and not by_time,
        "can never match: nothing is above the district, offer hand_up instead": then.escalate
        and when.levels == ("district",),
        "long_term needs repeats": then.long_term and when.repeats is None,
        "can never match: no category has all of this": not _any_category(when, catalogue),
    }
    yield from (text for text, is_so in faults.items() if is_so)


def _said(table: msgspec.Struct) -> list[str]:
    return [name for name in table.__struct_fields__ if getattr(table, name) not in (None, (), False)]


def _any_category(when: WhenDoc, catalogue: Catalogue) -> bool:
    """Return whether a category could meet every condition that only categories decide."""
    return any(_may_meet(when, category) for category in catalogue.list_categories())


def _may_meet(when: WhenDoc, category: Category) -> bool:
    fits = not when.categories or any(
        category_fit(pattern, category.code, category.domain) >= 0 for pattern in when.categories
    )
    return (
        fits
        and (not when.families or category.family in when.families)
        and (not when.departments or category.lead_department in when.departments)
        and when.sensitive in (None, category.sensitive)
    )


def _fitting(pattern: str, catalogue: Catalogue) -> bool:
    return any(category_fit(pattern, c.code, c.domain) >= 0 for c in catalogue.list_categories())


def _check_down(draft: CityDraft, catalogue: Catalogue, faults: Faults) -> None:
    line, document = draft.levels_doc or (0, None)
    if document is None:
        return
    for pattern in document.down.enforcement:
        if not _fitting(pattern, catalogue):
            faults.add(FILE, line, f"down.enforcement can never match: no category {pattern!r}")
    below = {"grid", "community"} & set(document.down.never_enforce)
    for row in draft.rows["routing.csv"]:
        orders = row.get("orders", [])
        wrong = [word for word in orders if word.startswith("dispose=") and word.removeprefix("dispose=") in below]
        if wrong and any(
            category_fit(pattern, row.get("category", ""), "") >= 0 and pattern != "*"
            for pattern in document.down.enforcement
        ):
            faults.add(
                row.file, row.line, f"{row['id']}: {wrong[0]} would enforce, which levels.toml forbids there"
            )
