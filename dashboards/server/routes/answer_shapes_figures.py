"""What the routes of figures answer with, as OpenAPI describes it: indicators, months, overviews."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from dashboards.server.incidents.holder_shape import Words
from dashboards.server.routes.answer_shapes import (
    AreaNameShape,
    FigureShape,
    OnDutyShape,
    Open,
    PageShape,
    ScoreShape,
)


class KpiGroupShape(Open):
    key: str
    name: Words
    indicators: dict[str, FigureShape]
    scores: list[ScoreShape]


class KpiShape(PageShape[KpiGroupShape]):
    """The indicators of a period."""

    from_: datetime = Field(alias="from")
    to: datetime
    by: str | None
    indicators: dict[str, FigureShape]
    scores: list[ScoreShape]
    demo: bool


class KpiCaseShape(Open):
    number: int
    title: str
    title_en: str
    state: str
    opened_at: datetime
    href: str


class KpiCasesShape(PageShape[KpiCaseShape]):
    count: int


class KpiMonthShape(Open):
    month: str
    state: Literal["frozen", "published"]
    number: int
    frozen_at: datetime
    frozen_by: str
    published_at: datetime | None
    appeal_count: int


class KpiMonthWholeShape(KpiMonthShape):
    figures: dict[str, Any]
    appeals: list[dict[str, Any]]


class HourShape(Open):
    hour: str
    opened: int
    closed: int


class CountsShape(Open):
    open: int
    overdue: int
    due_soon: int
    emergency_urgency: int
    needs_person: int
    opened_today: int
    closed_today: int
    on_time_ratio: float | None


class DomainCountsShape(CountsShape):
    trend_24h: list[HourShape]


class TotalsShape(CountsShape):
    """``class_2_open``: matters that screens show as a count alone."""

    severity: dict[str, int]
    class_2_open: int


class ChildShape(AreaNameShape):
    open: int
    overdue: int
    emergency_urgency: int
    on_duty: list[OnDutyShape]


class AlarmLoadShape(Open):
    """What the seats of an area bear: alarms (特急, severity 1–4, sensitive) in ten minutes."""

    alarms_10min: int
    seats_on: int
    per_seat_10min: float
    aim_per_seat: float
    flood_per_seat: float
    is_flood: bool
    peak_10min_24h: int
    alarms_24h: int


class BoardFigureShape(Open):
    """One figure; ``value`` null: nobody tells the city, and ``why`` of its panel or row says so."""

    key: str
    value: float | None
    unit: Literal["count", "people", "m"]
    of: int | None


class BoardRowShape(Open):
    """One line of a panel; a warning or response says more of itself."""

    name: Words
    figures: list[BoardFigureShape]
    key: str | None = None
    why: Literal["no_device"] | None = None
    incident: int | None = None
    severity: int | None = None
    severity_proposed: int | None = None
    state: str | None = None
    level: int | None = None
    since: datetime | None = None
    area: AreaNameShape | None = None
    drill: bool = False


class BoardPanelShape(Open):
    key: str
    at: datetime
    figures: list[BoardFigureShape]
    rows: list[BoardRowShape]
    why: Literal["no_device", "no_reading"] | None


class BoardShape(Open):
    """The own figures of one domain; only where one domain was asked for."""

    domain: str
    panels: list[BoardPanelShape]


class OverviewShape(Open):
    """The figures of an area."""

    area: AreaNameShape | None
    at: datetime
    epoch: str
    number: int
    totals: TotalsShape
    domains: dict[str, DomainCountsShape]
    on_duty: list[OnDutyShape]
    children: list[ChildShape]
    demo: bool
    alarm_load: AlarmLoadShape
    board: BoardShape | None


class ShownShape(Open):
    """What was put up on the walls of an area."""

    id: str
    area: str
    at: datetime
    by_role: str
    incident: int | None
    camera: str | None


class PlaybackShape(Open):
    """A period as the live feed told it: frames of the live connection, each with its time."""

    snapshot: dict[str, Any] | None
    items: list[dict[str, Any]]
    next: str | None
    kept_since: datetime
