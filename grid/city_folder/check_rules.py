"""Judges the rules over devices and cameras: categories that exist, thresholds that can be met and left."""

from __future__ import annotations

from typing import Any

from grid.catalogue import Catalogue
from grid.city_folder.check_device_rules import (
    check_blackouts,
    device_rule_faults,
    group_rule_faults,
    window_faults,
)
from grid.city_folder.draft import CityDraft
from grid.city_folder.rule_documents import CameraRuleDoc, DeviceRuleDoc, GroupRuleDoc

FILE = "rules.toml"


def check_rules(draft: CityDraft, catalogue: Catalogue) -> None:
    """Add a fault for each rule that is contradictory, names nothing, or can never match."""
    _refuse_repeats(draft)
    for line, device_rule in draft.device_rules:
        for fault in (*device_rule_faults(device_rule, draft), *_category_fault(device_rule, catalogue)):
            draft.faults.add(FILE, line, f"{device_rule.id}: {fault}")
    for n, (line, camera_rule) in enumerate(draft.camera_rules):
        faults = [] if camera_rule.outcome == "ignore" else _category_fault(camera_rule, catalogue)
        earlier = [rule for _, rule in draft.camera_rules[:n]]
        for fault in (*faults, *_camera_rule_faults(camera_rule, earlier, draft)):
            draft.faults.add(FILE, line, f"{camera_rule.id}: {fault}")
    for line, group_rule in draft.group_rules:
        for fault in (*group_rule_faults(group_rule, catalogue, draft), *_category_fault(group_rule, catalogue)):
            draft.faults.add(FILE, line, f"{group_rule.id}: {fault}")
    check_blackouts(draft)
    _check_every_camera(draft)


def _refuse_repeats(draft: CityDraft) -> None:
    ids: set[str] = set()
    tables: tuple[Any, ...] = (draft.device_rules, draft.camera_rules, draft.group_rules)
    for line, rule in (pair for table in tables for pair in table):
        if rule.id in ids:
            draft.faults.add(FILE, line, f"duplicate id {rule.id}")
        ids.add(rule.id)


def _category_fault(rule: DeviceRuleDoc | CameraRuleDoc | GroupRuleDoc, catalogue: Catalogue) -> list[str]:
    if catalogue.find_category(rule.category) is None:
        return [f"unknown category {rule.category!r}"]
    return []


def _camera_rule_faults(rule: CameraRuleDoc, earlier: list[CameraRuleDoc], draft: CityDraft) -> list[str]:
    faults = window_faults(rule.during)
    if rule.count_hold_s and rule.min_count == 1:
        faults.append("count_hold_s only means something with min_count")
    if rule.min_count > 1 and rule.loiter_s:
        faults.append("min_count and loiter_s exclude each other: one counts many, the other times one")
    kinds = draft.codes("cameras.csv", "kind")
    if rule.camera_kind != "*" and rule.camera_kind not in kinds:
        faults.append(f"can never match: no camera of kind {rule.camera_kind!r}")
    zones = {zone for row in draft.rows["cameras.csv"] for zone in row.get("zones", [])}
    for zone in rule.zones:
        if zone not in zones:
            faults.append(f"can never match: no camera has a zone {zone!r}")
    for before in earlier:
        if _takes_all(before, rule):
            faults.append(f"can never match: {before.id} before it takes everything")
            break
    return faults


def _takes_all(before: CameraRuleDoc, rule: CameraRuleDoc) -> bool:
    return (
        before.severity == rule.severity
        and before.camera_kind in ("*", rule.camera_kind)
        and (not before.labels or (bool(rule.labels) and set(rule.labels) <= set(before.labels)))
        and (not before.zones or (bool(rule.zones) and set(rule.zones) <= set(before.zones)))
        and before.min_score <= rule.min_score
        and before.min_count == 1
        and not (before.loiter_s or before.during or before.shadow)
    )


def _check_every_camera(draft: CityDraft) -> None:
    """An alert of any camera must become something, whatever its label and zone."""
    whole = {
        rule.camera_kind
        for _, rule in draft.camera_rules
        if rule.severity == "alert" and not rule.labels and not rule.zones
    }
    for row in draft.rows["cameras.csv"]:
        if "*" not in whole and row.get("kind") not in whole:
            draft.faults.add(row.file, row.line, f"no camera rule takes every alert of a {row.get('kind')} camera")
