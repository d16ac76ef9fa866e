"""What the routes of people, shifts, handovers, tasks and patrols answer with, as OpenAPI describes it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from dashboards.server.incidents.holder_shape import HolderShape, Words
from dashboards.server.routes.answer_shapes import (
    AreaNameShape,
    FigureShape,
    OnDutyShape,
    Open,
    PageShape,
)
from dashboards.server.routes.answer_shapes_figures import AlarmLoadShape


class SessionShape(Open):
    """Logged in or not; after a log-in the token for unsafe methods."""

    csrf_token: str | None = None
    logged_in: bool | None = None


class AssignmentShape(Open):
    role: str
    area: AreaNameShape | None
    domains: list[str] | None


class MeShape(Open):
    """Who I am, with assignments and scope."""

    username: str
    name: str
    csrf_token: str
    assignments: list[AssignmentShape]
    on_shift: bool


class AttachmentShape(Open):
    id: str


class PositionTakenShape(Open):
    worker: str
    at: datetime


class ShiftChangedShape(Open):
    """``waiting`` patrols were handed over; of who leaves, orders were ``kept`` or ``reoffered``."""

    worker: str
    on_shift: bool
    waiting: int | None = None
    kept: list[int] | None = None
    reoffered: list[int] | None = None


class DutyShape(OnDutyShape):
    """One duty; the moments stand there when a day was asked for."""

    date: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    is_now: bool | None = None
    is_changed: bool | None = None


class RosterChangedShape(Open):
    area: str
    date: str
    role: str
    seat: str
    starts: str
    ends: str
    off: bool


class SeatShape(Open):
    seat: str
    role: str
    title: Words
    on: bool
    holder: str | None
    since: datetime | None
    rostered: str | None


class SeatLoadShape(AlarmLoadShape):
    """The load of an area's seats."""

    new_cards_1h: int
    new_cards_per_seat_1h: float


class SeatsShape(PageShape[SeatShape]):
    area: AreaNameShape | None
    load: SeatLoadShape


class SeatChangedShape(Open):
    area: str | None
    seat: str | None
    on: bool


class SignatureShape(Open):
    name: str
    at: datetime


class HandoverHeadShape(Open):
    id: int
    area: AreaNameShape | None
    state: Literal["open", "handed_over", "signed"]
    epoch: str
    number: int
    made_at: datetime
    made_by: str
    until: datetime
    counts: dict[str, int]
    outgoing: SignatureShape | None
    incoming: SignatureShape | None


class HandoverLineShape(Open):
    """One line; ``href`` leads to its case, candidate or source."""

    href: str


class HandoverSectionShape(Open):
    name: str
    count: int
    items: list[HandoverLineShape]


class HandoverShape(HandoverHeadShape):
    notes: str
    sections: list[HandoverSectionShape]


class ProgressShape(Open):
    items: int
    planned: int
    issued: int
    done: int
    missed: int
    withdrawn: int
    overdue: int


class AreaProgressShape(ProgressShape):
    area: AreaNameShape | None


class PatrolShape(Open):
    """A patrol, or an item of a special task."""

    id: int
    task: int | None
    duty: str
    state: Literal["planned", "issued", "done", "missed", "withdrawn"]
    title: str
    date: str
    location: dict[str, float] | None
    radius_m: float
    area: AreaNameShape | None
    incident: int | None
    due_at: datetime
    done_at: datetime | None
    distance_m: float | None
    checklist: list[dict[str, Any]]
    answers: dict[str, Any]


class TaskHeadShape(Open):
    id: int
    state: Literal["open", "closed", "withdrawn"]
    title: str
    domain: str
    department: HolderShape | None
    area: AreaNameShape | None
    due_at: datetime
    progress: ProgressShape


class TaskShape(TaskHeadShape):
    """A task whole; ``actions`` are what this person may do with it now."""

    actions: list[Literal["assign", "extend", "withdraw", "close", "advise"]]
    advice: list[dict[str, Any]]
    items: list[PatrolShape]
    by_town: list[AreaProgressShape]
    by_community: list[AreaProgressShape]
    findings: list[int]


class AreaCoverageShape(Open):
    area: AreaNameShape | None
    patrol_coverage: FigureShape
    visits: FigureShape
    on_time_visits: FigureShape


class CoverageShape(AreaCoverageShape):
    items: list[AreaCoverageShape]
