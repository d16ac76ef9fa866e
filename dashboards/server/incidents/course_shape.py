"""Where a case stands in its life, as OpenAPI describes it; ``incident_course.py`` writes it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from dashboards.server.incidents.holder_shape import HolderShape, Shape


class ReturnedShape(Shape):
    """A return that waits to be put right: the case may only be corrected, handed back or dispatched anew."""

    by: HolderShape
    reason_code: str
    at: datetime
    corrected: bool


class RoutedByShape(Shape):
    """The routing rule that sent the case where it is; ``editable``: the table in force still has it."""

    rule: str
    version: str | None
    editable: bool


class LostTimeShape(Shape):
    """Time spent in wrong hands, and who bears it; ``stage_s`` is counted in the stage's own calendar."""

    cause: Literal["wrong_dispatch", "late_return"]
    holder: HolderShape
    lost_s: int
    stage_s: int
    calendar: Literal["continuous", "working"]
    reason_code: str
    order: int | None
    rule: str | None
    at: datetime


class DecisionShape(Shape):
    """One person's word about a request; the name is masked."""

    stage: str
    name: str
    agrees: bool
    at: datetime
    reason: str


class ApprovalShape(Shape):
    """A request that waits for others; ``stage`` is who must decide next."""

    id: int
    action: str
    order: int | None
    stage: str | None
    stages: list[str]
    asked_by: str
    asked_at: datetime
    expires_at: datetime
    reason: str
    until: str | None
    decisions: list[DecisionShape]
