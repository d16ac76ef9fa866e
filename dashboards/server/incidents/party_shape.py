"""The parts of an incident that concern several parties, as OpenAPI has them; ``party_view.py`` writes them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from dashboards.server.incidents.holder_shape import Shape, Words


class CallerShape(Shape):
    """One of those who reported, masked; ``callback_due_at`` is None while no call is owed."""

    id: int
    name: str
    phone: str
    anonymous: bool
    wants_reply: bool
    reported_at: datetime
    replied_at: datetime | None
    callback_due_at: datetime | None
    callback_attempts: int
    revisited_at: datetime | None
    satisfaction: str | None


class MergedShape(Shape):
    """A case that was merged into this one."""

    number: int
    title: str
    title_en: str
    upstream: dict[str, Any] | None


class MemberShape(Shape):
    """One who is invited to a consultation, and what they said."""

    id: int
    code: str
    post_name: Words
    kind: Literal["post", "person"]
    name: Words
    opinion: str
    opinion_at: datetime | None
    opinion_by: str


class ConsultationShape(Shape):
    """A consultation about an incident."""

    id: int
    incident: int
    state: Literal["open", "decided"]
    topic: str
    opened_by: dict[str, str]
    opened_at: datetime
    members: list[MemberShape]
    decision: str
    decided_by: dict[str, str] | None
    decided_at: datetime | None
    outcome: dict[str, Any] | None
