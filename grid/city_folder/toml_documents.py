"""The shapes of the TOML files of a city folder. Strict: an unknown key is a fault, so no typo is lost."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from grid.catalogue import LIMIT_MAX

Positive = Annotated[float, Meta(gt=0, le=1e12)]  # no inf
LimitValue = Annotated[float, Meta(gt=0, le=LIMIT_MAX)]
Ratio = Annotated[float, Meta(ge=0, le=1)]
HourMinute = Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
MonthDay = Annotated[str, Meta(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")]
Unit = Literal["minute", "urgent_hour", "urgent_day", "natural_day", "work_hour", "work_day"]
LimitPair = tuple[LimitValue, Unit]
CoordSysName = Literal["wgs84", "cgcs2000", "gcj02", "bd09"]
DomainName = Literal["emergency", "public_order", "urban_management", "transport"]
SourceKindName = Literal[
    "device", "camera", "hotline", "citizen", "worker", "media", "superior", "department", "warning"
]


class Strict(Struct, forbid_unknown_fields=True, kw_only=True):
    """A table in which every key must be known."""


class LevelDoc(Strict, kw_only=True):
    code: str
    zh: str
    en: str


class HeaderDoc(Strict, kw_only=True):
    """``city.toml``."""

    code: str
    name: str
    name_en: str
    timezone: str
    datum: CoordSysName
    synthetic: bool
    demo: bool
    levels: list[LevelDoc]
    overlays: list[LevelDoc] = []
    labels: dict[str, dict[str, dict[str, str]]] = {}


class SourceDoc(Strict, kw_only=True):
    """One table of ``sources.toml``."""

    kind: SourceKindName
    format: str
    transport: Literal["mqtt", "http"]
    topic_filter: str | None = None
    also_filters: list[str] = []
    http_path: str | None = None
    trust: Ratio
    coord_sys: CoordSysName
    zh: str
    en: str
    drill: bool = False
    proof: list[Literal["basic", "digest", "url"]] = []
    rate_per_s: Positive | None = None
    burst: Annotated[float, Meta(ge=1)] | None = None
    snapshot: Annotated[str, Meta(pattern=r"^https?://[^/{}\s]+/[^\s{}]*\{id\}[^\s{}]*$")] | None = None
    options: dict[str, Any] = {}


class WayInDoc(Strict, kw_only=True):
    """One rule of ``ways_in.toml``."""

    id: str
    category: str
    source: SourceKindName
    way: Literal["candidate", "verify_first", "direct"]
    min_confidence: Ratio
    min_trust: Ratio = 0.0
    reason_zh: str
    reason_en: str


class ByUrgency(Strict, kw_only=True):
    emergency: LimitPair
    urgent: LimitPair
    normal: LimitPair


class StagesDoc(Strict, kw_only=True):
    accept: ByUrgency
    dispatch: ByUrgency
    verify: ByUrgency
    sign: ByUrgency
    arrive: ByUrgency
    check: ByUrgency
    respond: ByUrgency | None = None


class CallbackDoc(Strict, kw_only=True):
    """When a reporter is called back after the closing, and what becomes of a call that nobody takes."""

    due: ByUrgency
    retry: LimitPair
    attempts_max: Annotated[int, Meta(ge=1, le=20)]


class AreaFactors(Strict, kw_only=True):
    A: Positive
    B: Positive
    C: Positive


LimitName = Literal["urgent", "normal", "max"]


class DisposalDoc(Strict, kw_only=True):
    emergency: LimitName
    urgent: LimitName
    normal: LimitName


class RegistersDoc(Strict, kw_only=True):
    """When a thing of the register reads as silent, and from how many missing numbers as losing messages."""

    silent_after_s: Positive = 86_400.0
    silent_after_s_by_kind: dict[str, Positive] = {}
    gap_alarm: Annotated[int, Meta(ge=1)] = 100


class BoardsDoc(Strict, kw_only=True):
    """What the boards of the domains show: which readings, which kinds of devices, which categories, by panel."""

    readings: dict[str, str] = {}
    devices: dict[str, list[str]] = {}
    cases: dict[str, list[str]] = {}
    fresh_s: Positive = 900.0


class LimitsDoc(Strict, kw_only=True):
    """``limits.toml``."""

    warn_ratios: list[Positive]
    return_work_hours: Positive
    area_factors: AreaFactors
    total_beyond: ByUrgency | None = None
    stages: StagesDoc
    disposal: DisposalDoc
    callback: CallbackDoc | None = None
    registers: RegistersDoc | None = None
    boards: BoardsDoc | None = None


class YearDoc(Strict, kw_only=True):
    """Dates as TOML or as text; ``check_calendar`` reads them, so that each bad one is named with its row."""

    holidays: list[Any]
    makeup_workdays: list[Any]


class SeasonDoc(Strict, kw_only=True):
    """Other hours from one day of the year to another, both included."""

    first: MonthDay
    last: MonthDay
    slots: list[tuple[HourMinute, HourMinute]]


class CalendarDoc(Strict, kw_only=True):
    """``calendar.toml``."""

    week: list[Annotated[int, Meta(ge=1, le=7)]]
    slots: list[tuple[HourMinute, HourMinute]]
    seasons: list[SeasonDoc] = []
    years: dict[str, YearDoc] = {}


class LocalCategoriesDoc(Strict, kw_only=True):
    """What the city's own matters are that no code of the catalogue fits: they become local categories."""

    domain: DomainName = "urban_management"
    level: Literal["district", "town", "community", "grid"]
    lead_department: str
    assist_departments: list[str] = []
    urgency: Literal["emergency", "urgent", "normal"] = "normal"


class StandardColumns(Strict, kw_only=True):
    """Which column of the table is what; those without a default are needed."""

    condition: str
    closing: str
    limit: str
    category: str = ""
    old_kind: str = ""
    old_class: str = ""
    old_number: str = ""
    name: str = ""
    class_name: str = ""
    id: str = ""
    condition_en: str = ""
    closing_en: str = ""
    evidence: str = ""

    def items(self) -> list[tuple[str, str]]:
        return [(name, getattr(self, name)) for name in self.__struct_fields__]


class StandardsDoc(Strict, kw_only=True):
    """``standards.toml``."""

    file: str
    encoding: Literal["utf-8", "gb18030", "gbk"] = "utf-8"
    columns: StandardColumns
    old_kinds: dict[str, Literal["component", "event"]] = {}
    local: LocalCategoriesDoc | None = None
