"""What routes answer with, as OpenAPI describes it: lists, registers, figures.

For documents and for whoever generates types; answers themselves are not passed through these models. A test
asks the routes and holds the answers against them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from dashboards.server.incidents.holder_shape import Words
from dashboards.server.incidents.incident_shape import IncidentShape, LocationShape

Item = TypeVar("Item")


class Open(BaseModel):
    """At least what is listed: members may be added, none is taken away."""

    model_config = ConfigDict(extra="ignore")


class PageShape(Open, Generic[Item]):
    """A page of a list; ``next`` is the cursor of the following one."""

    items: list[Item]
    next: str | None = None


class NamedShape(Open):
    code: str
    name: str


class AreaNameShape(NamedShape):
    name_en: str
    level: str


class NearShape(IncidentShape):
    """An open incident nearby."""

    model_config = ConfigDict(extra="ignore")

    distance_m: float


class OfferShape(Open):
    """What this person may do now; ``schema`` is the JSON Schema of its form."""

    action: str
    order: int | None
    label: Words
    irreversible: bool
    schema_: dict[str, Any] = Field(alias="schema")


class EntryShape(Open):
    """A journal entry, with its sentence."""

    number: int
    at: datetime
    kind: str
    actor: dict[str, Any]
    data: dict[str, Any]


class DecisionShape(Open):
    """One step of judgement: rule, version, candidates refused and why."""

    step: str
    rule: str
    version: str
    reason: dict[str, str]
    candidates: list[dict[str, Any]]


class FeatureCollectionShape(Open):
    """GeoJSON."""

    type: Literal["FeatureCollection"]
    features: list[dict[str, Any]]


class LocatedShape(Open):
    """The areas that hold a point; None where the city has none there."""

    cell: NamedShape | None
    grid: NamedShape | None
    community: NamedShape | None
    town: NamedShape | None
    district: NamedShape | None


class PlaceShape(NamedShape):
    kind: str
    lon: float
    lat: float


class CategoryShape(Open):
    code: str
    domain: str


class DeviceShape(Open):
    """A device or camera of the register."""

    id: str
    name: str
    kind: str
    source: str
    source_id: str
    topic: str
    lon: float
    lat: float
    area: str
    status: str
    last_seen_at: datetime | None


class PostShape(NamedShape):
    kind: str


class SourceStatusShape(Open):
    name: str
    zh: str
    en: str
    format: str
    transport: str
    topic_filter: str | None
    http_path: str | None
    last_message_at: datetime | None
    accepted: int | None
    duplicate: int | None
    quarantined: int | None


class WorkerShape(Open):
    id: str
    name: str
    role: str
    post: str
    area: AreaNameShape | None
    skills: list[str]
    on_shift: bool
    lon: float | None
    lat: float | None
    open_orders: int


class QuarantinedShape(Open):
    id: str
    state: str
    source: str
    transport: str
    topic: str
    reason: str
    detail: str
    received_at: datetime
    attempts: int


class CandidateShape(Open):
    id: str
    state: str
    at: datetime
    category: str
    category_name: Words
    domain: str
    location: LocationShape | dict[str, float] | None
    source: str
    confidence: float | None
    incident: int | None


class FigureShape(Open):
    """An indicator: a count, or a ratio or mean with what it is made of; ``cases`` opens its cases."""

    value: float | None
    numerator: float | None = None
    denominator: float | None = None
    cases: str | None = None


class ScoreShape(Open):
    """A score by the city's formula."""

    id: str
    zh: str
    en: str
    value: float | None


class OnDutyShape(Open):
    role: str
    title: Words
    seat: str
    name: str
    area: AreaNameShape | None
