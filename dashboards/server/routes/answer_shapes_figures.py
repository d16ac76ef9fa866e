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
    severity: dict[str, int]


class ChildShape(AreaNameShape):
    open: int
    overdue: int
    emergency_urgency: int
    on_duty: list[OnDutyShape]


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
