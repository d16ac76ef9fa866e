"""What the routes of administration and of the liaison's office answer with, as OpenAPI describes it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from dashboards.server.incidents.holder_shape import Words
from dashboards.server.routes.answer_shapes import AreaNameShape, NamedShape, Open


class DepartmentNameShape(NamedShape):
    name_en: str


class AssignmentShape(Open):
    role: str
    area: AreaNameShape
    domains: list[str] | None
    department: DepartmentNameShape | None


class AccountShape(Open):
    """An account, without anything that it proves itself with."""

    username: str
    name: str
    worker: str | None
    disabled: bool
    must_change_password: bool
    created_at: datetime
    last_seen_at: datetime | None
    assignments: list[AssignmentShape]


class AccountMadeShape(AccountShape):
    """``password`` is told once; null where the same request was answered before."""

    password: str | None


class TokenShape(Open):
    name: str
    source: str
    source_name: Words | None
    created_at: datetime
    revoked_at: datetime | None


class TokenMadeShape(TokenShape):
    token: str | None
    secret: str | None


class AuditActorShape(Open):
    kind: str
    name: str
    role: str | None


class AuditEntryShape(Open):
    number: int
    at: datetime
    kind: str
    incident: int | None
    actor: AuditActorShape
    actor_kind: str
    actor_code: str
    data: dict[str, Any]
    trace_id: str
    hash: str
    text: Words


class JournalStateShape(Open):
    """``first_bad`` is null when all is well."""

    epoch: str
    number: int
    hash: str
    in_order: int
    first_bad: int | None
    anchors: int
    first_at: datetime | None
    last_at: datetime | None
    verified_at: datetime


class SettingShape(Open):
    name: str
    value: str
    type: str
    unit: str
    default: str
    origin: str
    text: str
    variable: str


class TemplateShape(Open):
    """A sentence that a department keeps for its answers."""

    id: int
    department: str
    use: Literal["", "dispose", "return", "extend", "suspend", "answer_supervision"]
    name: str
    text: str
    changed_at: datetime
