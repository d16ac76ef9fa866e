"""The shape of ``patrol.toml``: which kinds of places are looked at, how often, and what is asked there."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, field

from grid.city_folder.toml_documents import HourMinute, Positive, Strict


class QuestionDoc(Strict, kw_only=True):
    """One question of a checklist."""

    key: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,30}$")]
    kind: Literal["yes_no", "text", "number"]
    zh: str
    en: str
    required: bool = True


class PatrolDutyDoc(Strict, kw_only=True):
    """One ``[[duties]]`` of ``patrol.toml``: a kind of place, how often, how near a visit must be."""

    id: Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,40}$")]
    place_kind: str
    domain: Literal["emergency", "public_order", "urban_management", "transport"]
    times: Annotated[int, Meta(ge=1, le=7)]
    per: Literal["day", "week"]
    radius_m: Positive
    zh: Annotated[str, Meta(max_length=400)]
    en: str
    checklist: list[QuestionDoc] = field(default_factory=list)


class PatrolDoc(Strict, kw_only=True):
    """``patrol.toml``; a city without it has no routine patrol."""

    accuracy_max_m: Positive = 100.0
    starts: HourMinute = "08:30"
    ends: HourMinute = "18:00"
    duties: list[PatrolDutyDoc] = field(default_factory=list)
