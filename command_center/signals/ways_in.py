"""By which path a report comes in: a candidate, verified first, or direct. Pure; the table is the city's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from grid.catalogue import Category
from grid.city import City
from grid.routing_rules import find_way_in
from ingest.observation import UNREGISTERED, Observation

CANDIDATE, VERIFY_FIRST, DIRECT = "candidate", "verify_first", "direct"
UNLISTED = "W-UNLISTED"
MIN_SOURCES = "correlate.min-sources"
ASKS_A_PERSON = "candidate"
"""A flag of the senses: the camera rule wants a person to look first."""


@dataclass(frozen=True, slots=True)
class WayIn:
    path: str
    rule: str
    version: str
    reason: Mapping[str, str]


def choose_way_in(
    city: City, category: Category, source_kind: str, confidence: float | None, *, trust: float | None = None
) -> WayIn:
    """Return the path for a category seen by a kind of source; what no row names, a person judges."""
    version = city.policy_version("ways_in")
    rule = find_way_in(city.policy("ways_in")["rules"], category, source_kind)
    if rule is None:
        reason = {
            "zh": "未列明的来源，由人工研判",
            "en": "a kind of source that is not listed is judged by a person",
        }
        return WayIn(CANDIDATE, UNLISTED, version, reason)
    path, reason = str(rule["way"]), {"zh": str(rule["reason_zh"]), "en": str(rule["reason_en"])}
    least = float(rule["min_confidence"])
    if path == DIRECT and confidence is not None and confidence < least:
        reason = {
            "zh": f"置信度 {confidence:.2f} 低于 {least:.2f}，由人工研判",
            "en": f"confidence {confidence:.2f} is below {least:.2f}: a person judges",
        }
        path = CANDIDATE
    wanted = float(rule.get("min_trust", 0))
    if path == DIRECT and trust is not None and trust < wanted:
        reason = {
            "zh": f"来源可信度 {trust:.2f} 低于 {wanted:.2f}，由人工研判",
            "en": f"the source's trust {trust:.2f} is below {wanted:.2f}: a person judges",
        }
        path = CANDIDATE
    return WayIn(path, str(rule["id"]), version, reason)


def no_place(version: str) -> WayIn:
    """Return the way of what neither message nor register places."""
    reason = {
        "zh": "位置不明，由人工研判",
        "en": "no place: neither the message nor the register knows one in the city",
    }
    return WayIn(CANDIDATE, "W-NO-PLACE", version, reason)


def asked(rule: str | None, version: str) -> WayIn:
    """Return the way of what the source's own rule leaves to a person."""
    reason = {"zh": "按来源规则须人工研判", "en": "the source's own rule asks for a person's judgement"}
    return WayIn(CANDIDATE, rule or "W-SOURCE-ASKS", version, reason)


def too_late(version: str) -> WayIn:
    """Return the way of what comes more than a day late."""
    reason = {"zh": "迟报超过一天，由人工研判", "en": "told more than a day late: a person judges"}
    return WayIn(CANDIDATE, "W-LATE", version, reason)


def too_few(seen: int, wanted: int, version: str) -> WayIn:
    """Return the way of what opens only when more different sources have seen it."""
    reason = {
        "zh": f"需 {wanted} 个不同来源印证，现有 {seen} 个",
        "en": f"needs {wanted} different sources, seen by {seen}",
    }
    return WayIn(CANDIDATE, MIN_SOURCES, version, reason)


def unregistered(version: str) -> WayIn:
    """Return the way of what a device says that the register does not know: a person judges."""
    reason = {"zh": "设备未登记，由人工研判", "en": "the register does not know the device: a person judges"}
    return WayIn(CANDIDATE, "W-UNREGISTERED", version, reason)


def why_to_wait(observation: Observation, version: str, *, is_late: bool, path: str) -> WayIn | None:
    """Return the way to a person that the message itself asks for, whatever its category's way in is."""
    if is_late:
        return too_late(version)
    if UNREGISTERED in observation.flags:
        return unregistered(version)
    if ASKS_A_PERSON in observation.flags and path != CANDIDATE:
        return asked(observation.rule, version)
    return None
