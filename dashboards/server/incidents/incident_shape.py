"""The incident and its parts as OpenAPI describes them; ``incident_view.py`` writes them, a test holds both equal.

For documents and for whoever generates types; answers themselves are not passed through these models.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

from dashboards.server.incidents.course_shape import ApprovalShape, LostTimeShape, ReturnedShape, RoutedByShape
from dashboards.server.incidents.holder_shape import HolderShape, Shape, Words
from dashboards.server.incidents.party_shape import CallerShape, ConsultationShape, MergedShape


class AreaShape(Shape):
    """The area of responsibility; ``path`` are codes, district first."""

    code: str
    name: str
    name_en: str
    level: str | None
    path: list[str]
    names: list[str]
    names_en: list[str]


class LocationShape(Shape):
    """WGS-84 degrees and how they are known."""

    lon: float
    lat: float
    accuracy_m: float | None
    how: str


class ClockShape(Shape):
    """A running stage clock; ``remaining_s`` counts in its own calendar and is absent in live frames.

    ``counts_now``: whether it runs at this moment; of working time, whether these are working hours.
    """

    stage: str
    order: int | None
    due_at: datetime
    remaining_s: int | None = None
    counts_now: bool | None = None
    paused: bool
    calendar: Literal["continuous", "working"]
    started_at: datetime
    limit_s: int
    missed: bool


class AssigneeShape(Shape):
    """A worker, the name masked."""

    id: str
    name: str


class OrderShape(Shape):
    """One task for one post or worker."""

    id: int
    incident: int
    kind: Literal["verify", "attend", "dispose", "check", "patrol"]
    state: str
    is_lead: bool
    task: str
    holder: HolderShape
    assignee: AssigneeShape | None
    area: str | None
    clocks: list[ClockShape]
    extensions: int
    extensions_left: int
    issued_at: datetime
    received_at: datetime | None
    read_at: datetime | None
    signed_at: datetime | None
    arrived_at: datetime | None
    ended_at: datetime | None
    result: dict[str, Any]
    round: int
    whistle: dict[str, Any] | None


class StandardShape(Shape):
    """The standard by which it was filed; ``limit`` is [value, unit]."""

    id: str
    condition: Words
    closing: Words
    limit: list[float | str]
    evidence: list[str]


class SourceShape(Shape):
    """One source through all its phases; ``id`` is the producer's own."""

    kind: str
    source: str
    id: str
    at: datetime
    ended_at: datetime | None
    device: str | None
    name: str | None
    name_en: str | None
    confidence: float | None
    text: str
    text_en: str
    evidence: list[str]
    flags: list[str]
    rule: str | None


class PhotoShape(Shape):
    """A photo at ``/attachments/{id}``."""

    id: str
    content_type: str
    name: str


class ReporterShape(Shape):
    """The first of those who called, masked; ``count`` is how many did."""

    name: str
    phone: str
    anonymous: bool
    wants_reply: bool
    satisfaction: str | None
    count: int


class IncidentShape(Shape):
    """An incident as this person may see it; ``partial`` when it was shared for their own order alone."""

    number: int
    title: str
    title_en: str
    text: str
    text_en: str
    domain: Literal["emergency", "public_order", "urban_management", "transport"]
    category: str
    category_name: Words
    severity: int
    severity_proposed: int | None
    filing_condition: StandardShape | None
    urgency: Literal["emergency", "urgent", "normal"]
    sensitive: bool
    drill: bool
    replay: bool
    patrol: bool
    state: str
    is_open: bool
    level: str
    way_in: str
    channel: str
    privacy_class: int
    copied_to_district: bool
    is_overdue: bool
    is_due_soon: bool
    returns: int
    reworks: int
    reply: str
    version: int
    opened_at: datetime
    updated_at: datetime
    filed_at: datetime | None
    dispatched_at: datetime | None
    disposed_at: datetime | None
    closed_at: datetime | None
    area: AreaShape
    grid: str | None
    grid_name: str | None
    grid_name_en: str | None
    cell: str | None
    cell_name: str | None
    location: LocationShape | None
    located_how: str
    place_text: str
    holder: HolderShape
    supervised_by: str | None
    supervised_by_name: Words | None
    supervision: dict[str, Any] | None
    copied_to: list[str]
    unowned: bool
    handed_up: dict[str, Any] | None
    reports_up: dict[str, Any]
    levels: list[dict[str, Any]]
    orders: list[OrderShape]
    clocks: list[ClockShape]
    sources: list[SourceShape]
    source_count: int
    storm: bool
    members: int
    attachments: list[PhotoShape]
    reporter: ReporterShape | None
    upstream: dict[str, Any] | None
    domains: list[Literal["emergency", "public_order", "urban_management", "transport"]]
    round: int
    rounds: list[dict[str, Any]]
    merged_into: int | None
    merged: list[MergedShape]
    reporters: list[CallerShape]
    consultations: list[ConsultationShape]
    partial: bool
    needs_arbitration: bool
    alarm: dict[str, str] | None
    timeout_exempt: bool
    appealed_at: datetime | None
    suspended_until: datetime | None
    suspensions: int
    frozen_by: int | None
    is_forced: bool
    audit: Literal["due", "passed", "failed"] | None
    archived_at: datetime | None
    returned: ReturnedShape | None
    routed_by: RoutedByShape | None
    lost_s: int
    lost_time: list[LostTimeShape]
    approvals: list[ApprovalShape]


class IncidentPage(Shape):
    """A page of incidents."""

    items: list[IncidentShape]
    next: str | None


class ProblemShape(BaseModel):
    """A refusal. Source: RFC 9457; further members depend on the type."""

    type: str
    title: str
    status: int
    detail: str
    trace_id: str


ONE: dict[int | str, dict[str, Any]] = {200: {"model": IncidentShape}}
CREATED: dict[int | str, dict[str, Any]] = {201: {"model": IncidentShape}}
MANY: dict[int | str, dict[str, Any]] = {200: {"model": IncidentPage}}
PROBLEMS: dict[int | str, dict[str, Any]] = {"4XX": {"model": ProblemShape, "description": "Refused, and why"}}
