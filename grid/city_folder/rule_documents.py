"""The shapes of ``rules.toml``: rules over one device, over what a camera sees, and over several devices.

A text in place of a number names a parameter of the device. Each kind of rule has keys of its own, so that a
key of another kind is a fault. ``docs/rules.md`` explains each with an example.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from grid.city_folder.toml_documents import Positive, Ratio, Strict

Seconds = Annotated[float, Meta(ge=0)]
Severity = Annotated[int, Meta(ge=1, le=5)]
Count = Annotated[int, Meta(ge=1, le=100_000)]
Minute = Annotated[str, Meta(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")]


class MatchDoc(Strict, kw_only=True):
    """Which devices or cameras: every key that is given must fit."""

    kind: str | None = None
    source: str | None = None
    id: str | None = None


class WindowDoc(Strict, kw_only=True):
    """When a rule watches, in the city's time; ``days`` 1 is Monday. Past midnight it belongs to its first day."""

    days: list[Annotated[int, Meta(ge=1, le=7)]]
    begins: Minute
    ends: Minute


class BlackoutDoc(Strict, kw_only=True):
    """One ``[[blackouts]]``: from a moment to a moment these rules (none: all) begin nothing for these devices."""

    id: str
    match: MatchDoc
    rules: tuple[str, ...] = ()
    begins_at: datetime
    ends_at: datetime
    zh: str
    en: str


class RuleDoc(Strict, kw_only=True):
    """What every rule over one device has. ``shadow``: it only says what it would have done."""

    id: str
    match: MatchDoc
    category: str
    confidence: Ratio
    severity: Severity | None = None
    during: tuple[WindowDoc, ...] = ()
    shadow: bool = False
    zh: str
    en: str


class ThresholdDoc(RuleDoc, kw_only=True):
    """A quantity beyond a threshold for a while, until it is back beyond another."""

    kind: Literal["threshold"] = "threshold"
    quantity: str
    above: float | str | None = None
    clear_below: float | str | None = None
    below: float | str | None = None
    clear_above: float | str | None = None
    hold_s: Seconds
    clear_hold_s: Seconds = 0.0


class RateDoc(RuleDoc, kw_only=True):
    """A quantity that rises, falls or changes by so much within a while, until it moves less than ``clear_by``.

    ``median_of``: each value counts as the median of so many, itself the last: a single false one moves nothing.
    """

    kind: Literal["rate"]
    quantity: str
    rises_by: float | str | None = None
    falls_by: float | str | None = None
    changes_by: float | str | None = None
    within_s: Positive
    clear_by: float | str
    median_of: Literal[1, 3, 5, 7, 9] = 1


class SilenceDoc(RuleDoc, kw_only=True):
    """A device that should have spoken, by our own clock; it ends with its next message."""

    kind: Literal["silence"]
    silent_s: Annotated[float, Meta(ge=5)]


class SequenceGapDoc(RuleDoc, kw_only=True):
    """Messages that are missing by the device's own numbering; it ends when none was missing for ``clear_s``."""

    kind: Literal["sequence_gap"]
    missing: Count
    within_s: Positive
    clear_s: Positive


class FlappingDoc(RuleDoc, kw_only=True):
    """A device that begins and ends too often: told once, and what it flaps with is held back until it is calm."""

    kind: Literal["flapping"]
    changes: Annotated[int, Meta(ge=3, le=1000)]
    within_s: Positive
    quiet_s: Positive


DeviceRuleDoc = ThresholdDoc | RateDoc | SilenceDoc | SequenceGapDoc | FlappingDoc
RULE_KINDS: dict[str, type[RuleDoc]] = {
    "threshold": ThresholdDoc,
    "rate": RateDoc,
    "silence": SilenceDoc,
    "sequence_gap": SequenceGapDoc,
    "flapping": FlappingDoc,
}


class GroupRuleDoc(Strict, kw_only=True):
    """One ``[[group_rules]]``: several devices within a window are one happening of another kind.

    ``n_of_m``: so many of the devices of ``match``; ``area_count``: so many different devices in one area of the
    level ``within``. What counts are beginnings of ``watched`` categories or families.
    """

    id: str
    kind: Literal["n_of_m", "area_count"]
    match: MatchDoc | None = None
    watched: list[str]
    within: Literal["district", "town", "community", "grid", "cell"] | None = None
    count: Annotated[int, Meta(ge=2, le=100_000)]
    window_s: Positive
    min_trust: Ratio = 0.0
    category: str
    confidence: Ratio
    severity: Severity | None = None
    shadow: bool = False
    zh: str
    en: str


class CameraRuleDoc(Strict, kw_only=True):
    """One ``[[camera_rules]]`` of ``rules.toml``.

    ``loiter_s``: only what has been seen that long; ``min_count`` for ``count_hold_s``: only so many at once, for
    so long; ``stationary_once``: what stands where one was told of is not told again, whatever its new id.
    """

    id: str
    camera_kind: str
    labels: list[str]
    zones: list[str]
    severity: Literal["alert", "detection"]
    category: str
    outcome: Literal["incident", "candidate", "ignore"]
    min_score: Ratio
    confidence: Ratio
    loiter_s: Seconds = 0.0
    min_count: Count = 1
    count_hold_s: Seconds = 0.0
    stationary_once: bool = False
    during: tuple[WindowDoc, ...] = ()
    shadow: bool = False
    zh: str
    en: str
