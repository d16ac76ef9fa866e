"""Judges the rules over devices and cameras: categories that exist, thresholds that can be met and left."""

from __future__ import annotations

from grid.catalogue import Catalogue
from grid.city_folder.draft import CityDraft
from grid.city_folder.rule_documents import CameraRuleDoc, DeviceRuleDoc

FILE = "rules.toml"


def check_rules(draft: CityDraft, catalogue: Catalogue) -> None:
    """Add a fault for each rule that is contradictory, names nothing, or can never match."""
    ids: set[str] = set()
    named = [(line, r.id) for line, r in draft.device_rules] + [(line, r.id) for line, r in draft.camera_rules]
    for line, rule_id in named:
        if rule_id in ids:
            draft.faults.add(FILE, line, f"duplicate id {rule_id}")
        ids.add(rule_id)
    for line, device_rule in draft.device_rules:
        for fault in (*_device_rule_faults(device_rule, draft), *_category_fault(device_rule, catalogue)):
            draft.faults.add(FILE, line, f"{device_rule.id}: {fault}")
    for n, (line, camera_rule) in enumerate(draft.camera_rules):
        faults = [] if camera_rule.outcome == "ignore" else _category_fault(camera_rule, catalogue)
        earlier = [rule for _, rule in draft.camera_rules[:n]]
        for fault in (*faults, *_camera_rule_faults(camera_rule, earlier, draft)):
            draft.faults.add(FILE, line, f"{camera_rule.id}: {fault}")
    _check_every_camera(draft)


def _category_fault(rule: DeviceRuleDoc | CameraRuleDoc, catalogue: Catalogue) -> list[str]:
    if catalogue.find_category(rule.category) is None:
        return [f"unknown category {rule.category!r}"]
    return []


def _device_rule_faults(rule: DeviceRuleDoc, draft: CityDraft) -> list[str]:
    rises, falls = rule.above is not None, rule.below is not None
    if rises == falls:
        return ["needs either above and clear_below, or below and clear_above"]
    on, clear = (rule.above, rule.clear_below) if rises else (rule.below, rule.clear_above)
    other = rule.clear_above if rises else rule.clear_below
    if clear is None or other is not None:
        return [
            f"{'above' if rises else 'below'} needs {'clear_below' if rises else 'clear_above'}, and only that"
        ]
    faults = []
    if isinstance(on, float) and isinstance(clear, float) and (clear > on if rises else clear < on):
        faults.append(f"would end before it begins: {on:g} against {clear:g}")
    matching = [row for row in draft.rows["devices.csv"] if _fits(rule, row.fields)]
    if not matching:
        faults.append("can never match: no device fits")
    for name in (on, clear):
        if isinstance(name, str) and not all(name in row.get("parameters", {}) for row in matching):
            faults.append(f"a device that fits has no parameter {name!r}")
    return faults


def _fits(rule: DeviceRuleDoc, device: object) -> bool:
    wanted = {"kind": rule.match.kind, "source": rule.match.source, "id": rule.match.id}
    return all(value is None or device.get(key) == value for key, value in wanted.items())  # type: ignore[attr-defined]


def _camera_rule_faults(rule: CameraRuleDoc, earlier: list[CameraRuleDoc], draft: CityDraft) -> list[str]:
    faults = []
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
