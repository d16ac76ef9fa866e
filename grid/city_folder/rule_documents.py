"""The shapes of ``rules.toml``: rules over one device, over what a camera sees, and over several devices.

A text in place of a number names a parameter of the device. Each kind of rule has keys of its own, so that a
key of another kind is a fault. ``docs/rules.md`` explains each with an example.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from grid.city_folder.toml_documents import Ratio, Strict


class MatchDoc(Strict, kw_only=True):
    kind: str | None = None
    source: str | None = None
    id: str | None = None


class DeviceRuleDoc(Strict, kw_only=True):
    """One ``[[rules]]`` of ``rules.toml``; a text in place of a number names a parameter of the device."""

    id: str
    kind: Literal["threshold"]
    match: MatchDoc
    quantity: str
    above: float | str | None = None
    clear_below: float | str | None = None
    below: float | str | None = None
    clear_above: float | str | None = None
    hold_s: Annotated[float, Meta(ge=0)]
    clear_hold_s: Annotated[float, Meta(ge=0)] = 0.0
    category: str
    confidence: Ratio
    severity: Annotated[int, Meta(ge=1, le=5)] | None = None
    zh: str
    en: str


class CameraRuleDoc(Strict, kw_only=True):
    """One ``[[camera_rules]]`` of ``rules.toml``."""

    id: str
    camera_kind: str
    labels: list[str]
    zones: list[str]
    severity: Literal["alert", "detection"]
    category: str
    outcome: Literal["incident", "candidate", "ignore"]
    min_score: Ratio
    confidence: Ratio
    zh: str
    en: str
