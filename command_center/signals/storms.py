"""When a flood of alarms is one happening: so many devices of an area in so little time. Pure.

The rules are the city's (``correlation.toml``, ``[[storms]]``); ``storm_watch.py`` applies them to a batch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

import msgspec

from grid.catalogue import Category
from grid.city import City

ANY = "*"


class StormRule(msgspec.Struct, frozen=True, kw_only=True):
    """One ``[[storms]]`` as ``grid/city_folder/correlation_documents.py`` describes it."""

    id: str
    families: tuple[str, ...]
    together: bool = False
    least_families: int = 1
    within: str
    devices: int
    window_s: float
    quiet_s: float
    category: str = ""
    apart: tuple[str, ...] = ()
    zh: str
    en: str

    def fits(self, category: Category) -> bool:
        return ANY in self.families or category.family in self.families

    def is_apart(self, category: Category) -> bool:
        """Return whether a flood of many kinds leaves this one a case of its own."""
        return self.together and category.urgency in self.apart


class StormKey(NamedTuple):
    """Which flood: a rule in an area, of one family or (None) of all, and not mixed with replays and drills."""

    rule: str
    area: str
    family: str | None
    replay: bool = False
    drill: bool = False


class Heard(NamedTuple):
    """One device that began an alarm; ``device`` names it among the others."""

    at: datetime
    device: str
    family: str


@lru_cache(maxsize=4)
def _read(version: str, document: bytes) -> tuple[StormRule, ...]:
    return tuple(msgspec.json.decode(document, type=list[StormRule]))


def list_storm_rules(city: City) -> tuple[StormRule, ...]:
    """Return the city's storm rules, the first that fits first."""
    return _read(city.version, msgspec.json.encode(city.policy("correlation").get("storms", [])))


def has_surged(rule: StormRule, heard: Iterable[Heard]) -> bool:
    """Return whether at some moment enough different devices (and families) spoke within the rule's window."""
    window = timedelta(seconds=rule.window_s)
    ordered = sorted(heard)
    devices: Counter[str] = Counter()
    families: Counter[str] = Counter()
    first = 0
    for one in ordered:
        devices[one.device] += 1
        families[one.family] += 1
        while one.at - ordered[first].at > window:
            _take_off(devices, ordered[first].device)
            _take_off(families, ordered[first].family)
            first += 1
        if len(devices) >= rule.devices and len(families) >= rule.least_families:
            return True
    return False


def _take_off(counts: Counter[str], name: str) -> None:
    counts[name] -= 1
    if not counts[name]:
        del counts[name]
