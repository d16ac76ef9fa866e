"""The city's rules, bound to its devices: whose quantity is watched, with that device's own numbers.

Comes in: the policy document ``rules`` and the register. Goes out: for each device its threshold rules, and
the camera rules in order. Built once when the city is loaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from grid.city import City
from grid.registers import Camera, Device
from ingest.rules.sighting import CameraRule
from ingest.rules.threshold import ThresholdRule

ANY = "*"


class RuleBook:
    """Every rule of the city; ``version`` is what an observation cites beside the rule's id."""

    def __init__(self, city: City) -> None:
        document = city.policy("rules")
        self.version = city.policy_version("rules")
        rules = [rule for rule in document.get("rules", ()) if rule.get("kind", "threshold") == "threshold"]
        things: list[Device | Camera] = [*city.register.list_devices(), *city.register.list_cameras()]
        self._by_device = {thing.id: bound for thing in things if (bound := tuple(_bind(rules, thing)))}
        self.camera_rules = tuple(_camera_rule(rule) for rule in document.get("camera_rules", ()))

    def list_for(self, device_id: str) -> tuple[ThresholdRule, ...]:
        """Return the rules that watch this device."""
        return self._by_device.get(device_id, ())

    def find_rule(self, device_id: str, rule_id: str) -> ThresholdRule | None:
        return next((rule for rule in self.list_for(device_id) if rule.id == rule_id), None)


def _bind(rules: Iterable[Mapping[str, Any]], device: Device | Camera) -> Iterable[ThresholdRule]:
    for rule in rules:
        match = rule.get("match", {})
        if all(getattr(device, key) == wanted for key, wanted in match.items()):
            yield _threshold_rule(rule, device.parameters)


def _threshold_rule(rule: Mapping[str, Any], parameters: Mapping[str, Any]) -> ThresholdRule:
    rises = "above" in rule
    beyond, back = ("above", "clear_below") if rises else ("below", "clear_above")
    return ThresholdRule(
        id=rule["id"],
        quantity=rule["quantity"],
        beyond=_number(rule[beyond], parameters),
        back=_number(rule.get(back, rule[beyond]), parameters),
        sign=1 if rises else -1,
        hold_s=_number(rule.get("hold_s", 0), parameters),
        clear_hold_s=_number(rule.get("clear_hold_s", 0), parameters),
        category=rule["category"],
        confidence=rule.get("confidence"),
        severity=rule.get("severity"),
        zh=rule.get("zh", ""),
        en=rule.get("en", ""),
    )


def _number(value: Any, parameters: Mapping[str, Any]) -> float:
    """Return a number, or the device's parameter that the rule names instead of one."""
    return float(parameters[value] if isinstance(value, str) and value in parameters else value)


def _camera_rule(rule: Mapping[str, Any]) -> CameraRule:
    return CameraRule(
        id=rule["id"],
        camera_kind=rule.get("camera_kind") or ANY,
        labels=frozenset(set(rule.get("labels", ())) - {ANY}),
        zones=frozenset(set(rule.get("zones", ())) - {ANY}),
        severity=rule.get("severity", "alert"),
        category=rule.get("category", ""),
        outcome=rule.get("outcome", "incident"),
        min_score=float(rule.get("min_score", 0)),
        confidence=rule.get("confidence"),
        zh=rule.get("zh", ""),
        en=rule.get("en", ""),
    )
