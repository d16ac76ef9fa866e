"""The tables of patrols and special tasks: what is to be looked at, by when, and what was found."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Date, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from command_center.journal.journal_tables import BigKey
from foundation.database import Base, Document, UtcDateTime


class Task(Base):
    """A special task (专项任务): ``state`` is open, closed or withdrawn; ``area`` is where it holds."""

    __tablename__ = "tasks"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text, default="")
    domain: Mapped[str] = mapped_column(String(24))
    department: Mapped[str] = mapped_column(String(64), default="")
    area: Mapped[str] = mapped_column(String(24))
    checklist: Mapped[list[dict[str, Any]]] = mapped_column(Document)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    extended: Mapped[int] = mapped_column(default=0)
    made_by: Mapped[str] = mapped_column(String(32))
    made_by_name: Mapped[str] = mapped_column(String(80))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    advice: Mapped[list[dict[str, Any]]] = mapped_column(Document)

    __table_args__ = (Index("ix_tasks_state", "state", "id"),)


class TaskItem(Base):
    """One thing to be looked at: of a special task, or (``task`` None) a patrol that a grid's duty asks for.

    ``state`` is planned, issued, done, missed or withdrawn. Where somebody stood is not kept: how far from the
    place and how exactly is.
    """

    __tablename__ = "task_items"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    task: Mapped[int | None] = mapped_column(ForeignKey("tasks.id"), index=True)
    duty: Mapped[str] = mapped_column(String(64), default="")
    key: Mapped[str | None] = mapped_column(String(160), unique=True)
    on_date: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(String(1000), default="")
    domain: Mapped[str] = mapped_column(String(24))
    checklist: Mapped[list[dict[str, Any]]] = mapped_column(Document)
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    radius_m: Mapped[float]
    area: Mapped[str] = mapped_column(String(24))
    grid: Mapped[str | None] = mapped_column(String(24))
    community: Mapped[str | None] = mapped_column(String(24))
    town: Mapped[str | None] = mapped_column(String(24), index=True)
    post: Mapped[str | None] = mapped_column(String(64))
    worker: Mapped[str | None] = mapped_column(String(64))
    incident: Mapped[int | None] = mapped_column(BigInteger, index=True)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    distance_m: Mapped[float | None]
    accuracy_m: Mapped[float | None]
    answers: Mapped[dict[str, Any]] = mapped_column(Document)

    __table_args__ = (
        Index("ix_task_items_on_date", "on_date", "state"),
        Index("ix_task_items_state", "state", "due_at"),
    )


class TaskFinding(Base):
    """An incident that was found on a patrol or in a special task."""

    __tablename__ = "task_findings"

    incident: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    item: Mapped[int] = mapped_column(ForeignKey("task_items.id"), primary_key=True)
    task: Mapped[int | None] = mapped_column(BigInteger, index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
