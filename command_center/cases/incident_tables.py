"""The tables of an incident: the projection of the journal that screens and rules read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from command_center.journal.journal_tables import BigKey
from foundation.database import Base, Document, Shape, UtcDateTime


class Incident(Base):
    """Something the city handles, from report to archive. ``version`` counts people's changes only.

    ``storm_rule``: it is the parent of a storm, of ``members`` sources, over an area and (None: any) a family.
    """

    __tablename__ = "incidents"

    number: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text, default="")
    domain: Mapped[str] = mapped_column(String(24))
    also_domains: Mapped[list[str]] = mapped_column(Document, default=list, server_default="[]")
    """Further domains whose boards see it; ``domain`` stays the one that answers for it."""
    category: Mapped[str] = mapped_column(String(16))
    family: Mapped[str] = mapped_column(String(24))
    privacy_class: Mapped[int] = mapped_column(default=0)
    severity: Mapped[int] = mapped_column(default=5)
    severity_proposed: Mapped[int | None]
    urgency: Mapped[str] = mapped_column(String(12))
    sensitive: Mapped[bool] = mapped_column(default=False)
    drill: Mapped[bool] = mapped_column(default=False)
    replay: Mapped[bool] = mapped_column(default=False)
    patrol: Mapped[bool] = mapped_column(default=False, server_default=false())
    """A patrol or an item of a special task: on the same road, but no incident (decision on patrols)."""
    state: Mapped[str] = mapped_column(String(16))
    level: Mapped[str] = mapped_column(String(16))
    area: Mapped[str] = mapped_column(String(24))
    grid: Mapped[str | None] = mapped_column(String(24))
    cell: Mapped[str | None] = mapped_column(String(24))
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    point: Mapped[BaseGeometry | None] = mapped_column(Shape("POINT"))
    accuracy_m: Mapped[float | None]
    located_how: Mapped[str] = mapped_column(String(24))
    place_text: Mapped[str] = mapped_column(String(200), default="")
    holder_kind: Mapped[str] = mapped_column(String(16))
    holder_code: Mapped[str] = mapped_column(String(64))
    supervised_by: Mapped[str | None] = mapped_column(String(64))
    copied_to_district: Mapped[bool] = mapped_column(default=False)
    way_in: Mapped[str] = mapped_column(String(16))
    channel: Mapped[str] = mapped_column(String(16))
    returns: Mapped[int] = mapped_column(default=0)
    reworks: Mapped[int] = mapped_column(default=0)
    is_overdue: Mapped[bool] = mapped_column(default=False)
    is_due_soon: Mapped[bool] = mapped_column(default=False)
    reply: Mapped[str] = mapped_column(Text, default="")
    upstream: Mapped[dict[str, Any] | None] = mapped_column(Document)
    copied_to: Mapped[list[str]] = mapped_column(Document, default=list, server_default="[]")
    """Posts that see the case without an order, by a level rule."""
    unowned: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Nobody is responsible for such a thing: the town answers for it (U10)."""
    handed_up: Mapped[dict[str, Any] | None] = mapped_column(Document)
    """The case's number in the city platform: {system, number, due_at, at}."""
    reports_up: Mapped[dict[str, Any]] = mapped_column(Document, default=dict, server_default="{}")
    """What must be reported upward, by addressee: {from, follow_up, next, phone_at, first_at, final_at}."""
    response: Mapped[int | None] = mapped_column(BigInteger)
    """The emergency response that it belongs to while that lasts: its clocks run without pause."""
    supervision: Mapped[dict[str, Any] | None] = mapped_column(Document)
    """The last supervision: {by, rule, version, asked_at, due_at, answered_at, told_at, lifted_at}."""
    level_marks: Mapped[list[dict[str, Any]]] = mapped_column(Document, default=list, server_default="[]")
    """The level rules that have fired: {rule, of, version, occasion, at, zh, en}."""
    alarm: Mapped[dict[str, Any] | None] = mapped_column(Document)
    """What was done with its alarm: {acknowledged_at, acknowledged_by, shelved_until, shelved_by, shelved_why}"""
    upstream_state: Mapped[str | None] = mapped_column(String(12))
    """``waiting`` or ``replied`` where a platform above has the case, to find it by."""
    policy_version: Mapped[str] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(default=1)
    filing_condition: Mapped[dict[str, Any] | None] = mapped_column(Document)
    """The standard by which it was filed, as it read then (``grid.filing_conditions``)."""
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    exempt_from_check: Mapped[bool] = mapped_column(default=False)
    needs_arbitration: Mapped[bool] = mapped_column(default=False)
    checked_passed: Mapped[bool] = mapped_column(default=False)
    clock_suspect: Mapped[bool] = mapped_column(default=False)
    merged_into: Mapped[int | None] = mapped_column(BigInteger)
    storm_rule: Mapped[str | None] = mapped_column(String(40))
    storm_area: Mapped[str | None] = mapped_column(String(24))
    storm_family: Mapped[str | None] = mapped_column(String(24))
    members: Mapped[int] = mapped_column(default=0, server_default="0")
    before_merge: Mapped[dict[str, Any] | None] = mapped_column(Document)
    """How it stood when it was merged, for the way back (``moves/merge_steps.py``)."""
    guests: Mapped[dict[str, Any] | None] = mapped_column(Document)
    """Who is invited to the consultation under way (``consultations/guests.py``); None while there is none."""
    round: Mapped[int] = mapped_column(default=1, server_default="1")
    rounds: Mapped[list[dict[str, Any]]] = mapped_column(Document, default=list, server_default="[]")
    """The handlings before this one, each as it was when the case was reopened."""
    last_signal_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    filed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    dispatched_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    disposed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    frozen_by: Mapped[int | None] = mapped_column(BigInteger)
    """The emergency response that halts it (``freezing.py``); None: it runs."""
    suspended_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    suspensions: Mapped[int] = mapped_column(default=0, server_default="0")
    appealed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    timeout_exempt: Mapped[bool] = mapped_column(default=False, server_default=false())
    is_forced: Mapped[bool] = mapped_column(default=False, server_default=false())
    audit: Mapped[str | None] = mapped_column(String(8))
    returned: Mapped[dict[str, Any] | None] = mapped_column(Document)
    """The return that waits to be put right: by, reason_code, at, corrected, rule, rule_version."""
    routed_rule: Mapped[str | None] = mapped_column(String(64))
    routed_version: Mapped[str | None] = mapped_column(String(64))
    lost_s: Mapped[int] = mapped_column(default=0, server_default="0")
    approvals_pending: Mapped[int] = mapped_column(default=0, server_default="0")

    __table_args__ = (
        Index("ix_incidents_family_state", "family", "state"),
        Index("ix_incidents_family_last_signal_at", "family", "last_signal_at"),
        Index("ix_incidents_last_signal_at", "last_signal_at"),
        Index("ix_incidents_state", "state", "number"),
        Index("ix_incidents_opened_at", "opened_at"),
        Index("ix_incidents_closed_at", "closed_at"),
        Index("ix_incidents_updated_at", "updated_at"),
        Index("ix_incidents_category_area", "category", "area", "opened_at"),
        Index("ix_incidents_merged_into", "merged_into"),
        Index("ix_incidents_frozen_by", "frozen_by"),
    )


class IncidentSource(Base):
    """One source of an incident: one alarm, call or report, through all its phases."""

    __tablename__ = "incident_sources"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    incident: Mapped[int] = mapped_column(ForeignKey("incidents.number"))
    kind: Mapped[str] = mapped_column(String(16))
    source: Mapped[str] = mapped_column(String(64))
    device: Mapped[str | None] = mapped_column(String(64))
    alarm_id: Mapped[str] = mapped_column(String(128))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_seq: Mapped[int | None] = mapped_column(BigInteger)
    signals: Mapped[int] = mapped_column(default=1)
    confidence: Mapped[float | None]
    text: Mapped[str] = mapped_column(Text, default="")
    evidence: Mapped[list[str]] = mapped_column(Document)
    rule: Mapped[str | None] = mapped_column(String(80))
    category: Mapped[str | None] = mapped_column(String(16))
    flags: Mapped[list[str]] = mapped_column(Document, default=list, server_default="[]")
    home: Mapped[int | None] = mapped_column(BigInteger)
    """The incident that it came to, where a merge moved it; None: it never moved."""

    __table_args__ = (
        Index("ix_incident_sources_alarm", "alarm_id", "source", "device"),
        Index("ix_incident_sources_incident", "incident", "id"),  # the first and the last of a storm's thousands
    )


class IncidentAudience(Base):
    """Who may see an incident, one row a reason; written by the brain, read by ``Scope`` in SQL.

    ``kind`` is ``area`` (the incident's own path), ``shared`` (an area asked to assist),
    ``department``, ``worker``, or ``domain`` (one besides the incident's own).
    """

    __tablename__ = "incident_audience"

    incident: Mapped[int] = mapped_column(ForeignKey("incidents.number"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    code: Mapped[str] = mapped_column(String(64), primary_key=True)

    __table_args__ = (Index("ix_incident_audience_code", "kind", "code", "incident"),)


class Reporter(Base):
    """Who called, apart from the incident so that it can be masked, unmasked and erased."""

    __tablename__ = "reporters"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    incident: Mapped[int] = mapped_column(ForeignKey("incidents.number"), index=True)
    name: Mapped[str] = mapped_column(String(80), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    is_anonymous: Mapped[bool] = mapped_column(default=False)
    wants_reply: Mapped[bool] = mapped_column(default=False)
    reported_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revisited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    satisfaction: Mapped[str | None] = mapped_column(String(24))
    replied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    callback_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """By when a call-back is owed; None while none is (``cases/callbacks.py``)."""
    callback_attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    callback_tried_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    home: Mapped[int | None] = mapped_column(BigInteger)
    """The incident that they reported, where a merge moved them; None: they never moved."""

    __table_args__ = (Index("ix_reporters_callback_due_at", "callback_due_at"),)
