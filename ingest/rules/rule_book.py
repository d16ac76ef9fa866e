"""The city's rules, bound to its devices: whose quantity is watched, with that device's own numbers.

Comes in: the policy document ``rules`` and the register. Goes out: for each device its threshold rules, and
the camera rules in order. Built once when the city is loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from foundation.ids import sha256_hex
from grid.city import City
from grid.registers import Camera, Device
from ingest.rules.schedule import Times, bind_times, fits
from ingest.rules.sighting import CameraRule
from ingest.rules.threshold import ThresholdRule
from ingest.rules.watch_rules import WatchRule, bind_watch

ANY = "*"


NUMBERS = (
    "rises_by",
    "falls_by",
    "changes_by",
    "clear_by",
    "missing",
    "changes",
    "within_s",
    "silent_s",
    "clear_s",
    "quiet_s",
)
THRESHOLD = "threshold"


class RuleBook:
    """Every rule of the city; ``version`` is what an observation cites beside the rule's id."""

    def __init__(self, city: City) -> None:
        document = city.policy("rules")
        self.version = city.policy_version("rules")
        self._city, self._blackouts = city, document.get("blackouts", ())
        rules = [_marked(rule) for rule in document.get("rules", ())]
        self._by_device: dict[str, tuple[ThresholdRule, ...]] = {}
        self._watching: dict[str, tuple[WatchRule, ...]] = {}
        for thing in (*city.register.list_devices(), *city.register.list_cameras()):
            self._bind(thing, [(rule, mark) for rule, mark in rules if fits(rule.get("match", {}), thing)])
        self.camera_rules = tuple(_camera_rule(rule) for rule in document.get("camera_rules", ()))
        self._during = {rule["id"]: rule for rule in document.get("camera_rules", ())}
        self._camera_times: dict[tuple[str, str], Times | None] = {}

    def _bind(self, thing: Device | Camera, rules: list[tuple[Mapping[str, Any], str]]) -> None:
        thresholds, watching = [], []
        for rule, mark in rules:
            times = bind_times(rule, thing, self._blackouts, self._city.timezone)
            if rule.get("kind", THRESHOLD) == THRESHOLD:
                thresholds.append(_threshold_rule(rule, thing.parameters, times))
            else:
                numbers = {name: _number(rule[name], thing.parameters) for name in NUMBERS if name in rule}
                watching.append(bind_watch(rule, mark, times, numbers))
        if thresholds:
            self._by_device[thing.id] = tuple(thresholds)
        if watching:
            self._watching[thing.id] = tuple(watching)

    def list_for(self, device_id: str) -> tuple[ThresholdRule, ...]:
        """Return the threshold rules that watch this device."""
        return self._by_device.get(device_id, ())

    def list_watching(self, device_id: str) -> tuple[WatchRule, ...]:
        """Return the rules of the other kinds that watch this device."""
        return self._watching.get(device_id, ())

    def list_watched(self) -> list[str]:
        """Return the devices that rules of the other kinds watch."""
        return list(self._watching)

    def find_rule(self, device_id: str, rule_id: str) -> ThresholdRule | None:
        return next((rule for rule in self.list_for(device_id) if rule.id == rule_id), None)

    def find_watch(self, device_id: str, mark: str) -> WatchRule | None:
        """Return the rule of this mark, or None when the city has changed or dropped it."""
        return next((rule for rule in self.list_watching(device_id) if rule.mark == mark), None)

    def find_closed(self, rule: CameraRule, camera: Camera, at: datetime) -> str | None:
        """Return why a camera rule begins nothing at this moment, or None."""
        key = (rule.id, camera.id)
        if key not in self._camera_times:
            self._camera_times[key] = bind_times(
                self._during[rule.id], camera, self._blackouts, self._city.timezone
            )
        times = self._camera_times[key]
        return times.find_closed(at) if times is not None else None


def _marked(rule: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
    """Return the rule with its mark: its id and what its settings come to, so that memory fits the rule."""
    return rule, f"{rule['id']}#{sha256_hex(msgspec.json.encode(rule))[:8]}"


def _threshold_rule(rule: Mapping[str, Any], parameters: Mapping[str, Any], times: Times | None) -> ThresholdRule:
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
        times=times,
        shadow=rule.get("shadow", False),
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
        loiter_s=float(rule.get("loiter_s", 0)),
        min_count=int(rule.get("min_count", 1)),
        count_hold_s=float(rule.get("count_hold_s", 0)),
        stationary_once=rule.get("stationary_once", False),
        shadow=rule.get("shadow", False),
    )
