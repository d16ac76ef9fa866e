"""The tables of work and time: orders, clocks, timers, and the workers' present state."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from command_center.journal.journal_tables import BigKey
from foundation.database import Base, Document, UtcDateTime

OPEN_PROMISE, KEPT_PROMISE = text("fired_at IS NULL"), text("fired_at IS NOT NULL")


class Order(Base):
    """One task for one post or worker.

    ``state`` is issued, received, read, signed, arrived, feedback (a clerk must confirm), done, cannot_handle,
    returned or cancelled.
    """

    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    incident: Mapped[int] = mapped_column(ForeignKey("incidents.number"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(16))
    is_lead: Mapped[bool] = mapped_column(default=False)
    task: Mapped[str] = mapped_column(String(400), default="")
    holder_kind: Mapped[str] = mapped_column(String(16))
    holder_code: Mapped[str] = mapped_column(String(64))
    area: Mapped[str | None] = mapped_column(String(24))
    worker: Mapped[str | None] = mapped_column(String(64))
    issued_by: Mapped[str] = mapped_column(String(80))
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    received_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    signed_by: Mapped[str | None] = mapped_column(String(80))
    arrived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    result: Mapped[dict[str, Any]] = mapped_column(Document)
    assigned_by: Mapped[str | None] = mapped_column(String(80))
    """The account that gave it to the worker; None where a rule did."""
    extensions: Mapped[int] = mapped_column(default=0, server_default="0")
    whistle: Mapped[dict[str, Any] | None] = mapped_column(Document)
    """Of a department that a town whistled for: ``{reason_type, town, responded_at}``."""
    round: Mapped[int] = mapped_column(default=1, server_default="1")
    """In which handling of its incident it was given."""
    changed_version: Mapped[int] = mapped_column(default=0)
    """The incident's version at the last act on this order: an act that saw it or a later one is no loser."""

    __table_args__ = (
        Index("ix_orders_worker_state", "worker", "state"),
        Index("ix_orders_holder_state", "holder_kind", "holder_code", "state"),
    )


class ClockRow(Base):
    """One stage clock: what is left of it follows from ``due_at``, ``paused_at`` and the calendar.

    ``moved_at`` is its last change; every change is a ``ClockMove``, from which the same follows.
    """

    __tablename__ = "clocks"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    incident: Mapped[int] = mapped_column(ForeignKey("incidents.number"), index=True)
    order: Mapped[int | None] = mapped_column("order_id", ForeignKey("orders.id"))
    stage: Mapped[str] = mapped_column(String(12))
    calendar: Mapped[str] = mapped_column(String(12))
    limit_s: Mapped[int]
    holder_kind: Mapped[str] = mapped_column(String(16))
    holder_code: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    paused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    stopped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    missed: Mapped[bool] = mapped_column(default=False)
    moved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (Index("ix_clocks_incident_stage", "incident", "stage"),)


class ClockMove(Base):
    """One line in the ledger of clocks, only ever added: start, pause, resume, extend, reset, stop, restore, miss.

    ``amount_s`` is what the line adds to the limit, in the clock's own calendar (start and reset: the whole);
    ``due_at`` is the clock's after it; ``why`` is the action or the rule behind it.
    """

    __tablename__ = "clock_moves"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    clock: Mapped[int] = mapped_column(BigInteger)
    incident: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    kind: Mapped[str] = mapped_column(String(12))
    amount_s: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    calendar: Mapped[str] = mapped_column(String(12))
    why: Mapped[str] = mapped_column(String(80), default="")

    __table_args__ = (Index("ix_clock_moves_clock", "clock"), Index("ix_clock_moves_incident", "incident"))


class Timer(Base):
    """A promise of the future as a row: what is due happens once, also after an outage.

    The open ones are indexed apart from the kept ones: SQLite would take ``fired_at IS NULL`` for the rarer
    half of a condition, and look through every promise of the city to silence one clock.
    """

    __tablename__ = "timers"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    kind: Mapped[str] = mapped_column(String(20))
    incident: Mapped[int | None] = mapped_column(BigInteger)
    order: Mapped[int | None] = mapped_column("order_id", BigInteger)
    clock: Mapped[int | None] = mapped_column(BigInteger)
    data: Mapped[dict[str, Any]] = mapped_column(Document)
    fired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index("ix_timers_due", "due_at", sqlite_where=OPEN_PROMISE, postgresql_where=OPEN_PROMISE),
        Index("ix_timers_clock", "clock", sqlite_where=OPEN_PROMISE, postgresql_where=OPEN_PROMISE),
        Index("ix_timers_fired_at", "fired_at", sqlite_where=KEPT_PROMISE, postgresql_where=KEPT_PROMISE),
    )


class WorkerState(Base):
    """Where a worker stands now: latest position wins; on shift or not. Positions live seven days at most."""

    __tablename__ = "worker_states"

    worker: Mapped[str] = mapped_column(String(64), primary_key=True)
    on_shift: Mapped[bool] = mapped_column(default=False)
    shift_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    accuracy_m: Mapped[float | None]
    at: Mapped[datetime | None] = mapped_column(UtcDateTime)
