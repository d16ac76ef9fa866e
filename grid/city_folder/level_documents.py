"""The shape of ``levels.toml``: which case goes up, who is told, what nobody below may do."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from grid.city_folder.toml_documents import LimitPair, LimitValue, Positive, SourceKindName, Strict

Grade = Annotated[int, Meta(ge=1, le=4)]
ContinuousLimit = tuple[LimitValue, Literal["minute", "urgent_hour", "urgent_day"]]
Count = Annotated[int, Meta(ge=1)]
LevelName = Literal["district", "town", "community", "grid"]
UrgencyName = Literal["emergency", "urgent", "normal"]
Offer = Literal["take_over", "escalate", "hand_up"]
Told = Literal["holder", "leader", "desk_above", "duty_leader"]
CopiedTo = Literal["district", "town", "community", "department"]
StageName = Literal[
    "accept",
    "dispatch",
    "verify",
    "sign",
    "arrive",
    "dispose",
    "check",
    "respond",
    "total",
    "patrol",
    "upstream",
    "report_phone",
    "report_first",
    "report_next",
]


class RepeatsDoc(Strict, kw_only=True):
    """So many of one category within so many days, no further than so many metres apart."""

    count: Annotated[int, Meta(ge=2)]
    days: Positive
    radius_m: Positive


class WhenDoc(Strict, kw_only=True):
    """All of it must hold; a list is met by any of its members. ``ratio`` is of the limit of a stage clock."""

    categories: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    area_kinds: tuple[str, ...] = ()
    levels: tuple[LevelName, ...] = ()
    channels: tuple[SourceKindName, ...] = ()
    urgency: tuple[UrgencyName, ...] = ()
    severity_at_most: Grade | None = None
    proposed_at_most: Grade | None = None
    sensitive: bool | None = None
    unowned: bool | None = None
    crosses_towns: bool | None = None
    repeats: RepeatsDoc | None = None
    returns: Count | None = None
    reworks: Count | None = None
    stages: tuple[StageName, ...] = ()
    ratio: Positive | None = None


class ReportUpDoc(Strict, kw_only=True):
    """Reports to the level above: by telephone, in writing, then again and again until the last one."""

    to: Literal["district", "city"]
    phone: LimitPair
    written: LimitPair
    follow_up: LimitPair


class ThenDoc(Strict, kw_only=True):
    """What happens. ``allow`` only permits; ``escalate`` and ``town_responsible`` never follow from time."""

    allow: tuple[Literal["self_close"], ...] = ()
    copy_to: tuple[CopiedTo, ...] = ()
    urge: tuple[Literal["holder", "leader"], ...] = ()
    tell: tuple[Told, ...] = ()
    offer: tuple[Offer, ...] = ()
    supervise: LimitPair | None = None
    escalate: bool = False
    town_responsible: bool = False
    long_term: bool = False
    report_up: ReportUpDoc | None = None


class LevelRuleDoc(Strict, kw_only=True):
    """One ``[[rules]]``; ``of`` is the number of the rule in the process (U1 …)."""

    id: str
    of: str
    zh: str
    en: str
    when: WhenDoc
    then: ThenDoc


class DownDoc(Strict, kw_only=True):
    """Downward: whose posts never enforce, what counts as enforcing, whose phone shows no private matter."""

    never_enforce: list[LevelName]
    enforcement: list[str]
    least_told: list[LevelName]


class ResponseDoc(Strict, kw_only=True):
    """How long an instruction of an emergency response may stay in each state."""

    issued: ContinuousLimit = (10.0, "minute")
    received: ContinuousLimit = (30.0, "minute")
    executing: ContinuousLimit = (4.0, "urgent_hour")


class LevelsDoc(Strict, kw_only=True):
    """``levels.toml`` without its rules."""

    down: DownDoc
    response: ResponseDoc = msgspec.field(default_factory=ResponseDoc)
