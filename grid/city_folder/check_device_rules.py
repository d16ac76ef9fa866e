"""Judges each rule over one device or several: thresholds that can be met and left, windows that have an end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

from grid.catalogue import Catalogue
from grid.city_folder.draft import CityDraft
from grid.city_folder.read_csv import Row
from grid.city_folder.rule_documents import (
    BlackoutDoc,
    DeviceRuleDoc,
    GroupRuleDoc,
    MatchDoc,
    RateDoc,
    ThresholdDoc,
    WindowDoc,
)

FILE = "rules.toml"
DEVICES, CAMERAS = "devices.csv", "cameras.csv"
DAY_MIN = 24 * 60


def device_rule_faults(rule: DeviceRuleDoc, draft: CityDraft) -> list[str]:
    """Return what is wrong with a rule over one device."""
    faults = window_faults(rule.during)
    if isinstance(rule, ThresholdDoc):
        faults += _threshold_faults(rule)
    if isinstance(rule, RateDoc):
        faults += _rate_faults(rule)
    matching = list_matching(rule.match, draft)
    if not matching:
        faults.append("can never match: no device fits")
    for name in _named_numbers(rule):
        if not all(name in row.get("parameters", {}) for row in matching):
            faults.append(f"a device that fits has no parameter {name!r}")
    return faults


def _threshold_faults(rule: ThresholdDoc) -> list[str]:
    rises, falls = rule.above is not None, rule.below is not None
    if rises == falls:
        return ["needs either above and clear_below, or below and clear_above"]
    on, clear = (rule.above, rule.clear_below) if rises else (rule.below, rule.clear_above)
    other = rule.clear_above if rises else rule.clear_below
    if clear is None or other is not None:
        return [
            f"{'above' if rises else 'below'} needs {'clear_below' if rises else 'clear_above'}, and only that"
        ]
    if isinstance(on, float) and isinstance(clear, float) and (clear > on if rises else clear < on):
        return [f"would end before it begins: {on:g} against {clear:g}"]
    return []


def _rate_faults(rule: RateDoc) -> list[str]:
    given = [by for by in (rule.rises_by, rule.falls_by, rule.changes_by) if by is not None]
    if len(given) != 1:
        return ["needs exactly one of rises_by, falls_by and changes_by"]
    by, clear = given[0], rule.clear_by
    faults = []
    if isinstance(by, float) and by <= 0:
        faults.append(f"can never be left: a change by {by:g} is none")
    if isinstance(clear, float) and clear < 0:
        faults.append(f"can never end: nothing moves less than {clear:g}")
    if isinstance(by, float) and isinstance(clear, float) and clear >= by:
        faults.append(f"would end as it begins: clear_by {clear:g} is not below {by:g}")
    return faults


def _named_numbers(rule: DeviceRuleDoc) -> list[str]:
    """Return the parameters of a device that stand in place of numbers."""
    names = ("above", "clear_below", "below", "clear_above", "rises_by", "falls_by", "changes_by", "clear_by")
    return [value for name in names if isinstance(value := getattr(rule, name, None), str)]


def list_matching(match: MatchDoc, draft: CityDraft) -> list[Row]:
    """Return the rows of the registers that fit."""
    wanted = {"kind": match.kind, "source": match.source, "id": match.id}
    rows = [*draft.rows[DEVICES], *draft.rows[CAMERAS]]
    return [row for row in rows if all(value is None or row.get(key) == value for key, value in wanted.items())]


def window_faults(windows: Sequence[WindowDoc]) -> list[str]:
    """Return what is wrong with the hours in which a rule watches."""
    faults = []
    for window in windows:
        if window.begins == window.ends or not window.days:
            faults.append(f"the window {window.begins}–{window.ends} is empty")
    spans = [(n, span) for n, window in enumerate(windows) for span in _spans(window)]
    for (n, one), (m, other) in combinations(spans, 2):
        if n != m and one[0] < other[1] and other[0] < one[1]:
            faults.append(
                f"windows overlap: {windows[n].begins}–{windows[n].ends} and {windows[m].begins}–{windows[m].ends}"
            )
    return list(dict.fromkeys(faults))


def _spans(window: WindowDoc) -> Iterable[tuple[int, int]]:
    """Yield begin and end in minutes of the week; what passes the end of Sunday goes on with Monday."""
    begins, ends = _minutes(window.begins), _minutes(window.ends)
    for day in window.days:
        start = (day - 1) * DAY_MIN + begins
        end = start + (ends - begins if ends > begins else DAY_MIN - begins + ends)
        yield (start, min(end, 7 * DAY_MIN))
        if end > 7 * DAY_MIN:
            yield (0, end - 7 * DAY_MIN)


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def check_blackouts(draft: CityDraft) -> None:
    """Add a fault for each blackout without a proper end, and for two that overlap."""
    rules = {rule.id for _, rule in draft.device_rules} | {rule.id for _, rule in draft.camera_rules}
    seen: set[str] = set()
    for line, blackout in draft.blackouts:
        for fault in _blackout_faults(blackout, rules, draft):
            draft.faults.add(FILE, line, f"{blackout.id}: {fault}")
        if blackout.id in seen:
            draft.faults.add(FILE, line, f"duplicate id {blackout.id}")
        seen.add(blackout.id)
    for (_, one), (line, other) in combinations(draft.blackouts, 2):
        if _overlap(one, other):
            draft.faults.add(FILE, line, f"{other.id}: overlaps the blackout {one.id}")


def _blackout_faults(blackout: BlackoutDoc, rules: set[str], draft: CityDraft) -> list[str]:
    faults = [f"unknown rule {name!r}" for name in blackout.rules if name not in rules]
    if any(moment.tzinfo is None for moment in (blackout.begins_at, blackout.ends_at)):
        return [*faults, "begins_at and ends_at need an offset, such as 2026-12-01T08:00:00+08:00"]
    if blackout.ends_at <= blackout.begins_at:
        faults.append("ends before it begins")
    if not list_matching(blackout.match, draft):
        faults.append("can never match: no device fits")
    return faults


def _overlap(one: BlackoutDoc, other: BlackoutDoc) -> bool:
    if any(moment.tzinfo is None for b in (one, other) for moment in (b.begins_at, b.ends_at)):
        return False
    same_rules = not one.rules or not other.rules or bool(set(one.rules) & set(other.rules))
    return (
        same_rules and one.match == other.match and one.begins_at < other.ends_at and other.begins_at < one.ends_at
    )


def group_rule_faults(rule: GroupRuleDoc, catalogue: Catalogue, draft: CityDraft) -> list[str]:
    """Return what is wrong with a rule over several devices."""
    faults = []
    families = {category.family for category in catalogue.list_categories()}
    for name in rule.watched:
        if name not in families and catalogue.find_category(name) is None:
            faults.append(f"watched {name!r} is neither a family nor a category")
    if not rule.watched:
        faults.append("watched must name categories or families")
    if rule.kind == "area_count" and (rule.within is None or rule.within not in draft.levels):
        faults.append(f"area_count needs within, one of {', '.join(draft.levels)}")
    if rule.kind == "n_of_m" and rule.match is None:
        faults.append("n_of_m needs match: the devices of which so many must agree")
    if rule.match is not None:
        fitting = len(list_matching(rule.match, draft))
        if fitting < rule.count:
            faults.append(f"can never be met: {rule.count} of {fitting} devices")
    return faults
