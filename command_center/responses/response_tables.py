"""The tables of an emergency response: the response, its incidents, its instructions, what it made public."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from command_center.journal.journal_tables import BigKey
from foundation.database import Base, Document, UtcDateTime


class EmergencyResponse(Base):
    """One response (应急响应). ``state`` is monitor, warning, response, recovery or ended; ``level`` 4 to 1.

    ``proposal`` waits for a second person: {action, level, by, at, leader}. ``version`` counts its changes.
    """

    __tablename__ = "responses"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    area: Mapped[str] = mapped_column(String(24))
    domain: Mapped[str] = mapped_column(String(24))
    state: Mapped[str] = mapped_column(String(12))
    level: Mapped[int | None]
    drill: Mapped[bool] = mapped_column(default=False)
    proposal: Mapped[dict[str, Any] | None] = mapped_column(Document)
    opened_by: Mapped[str] = mapped_column(String(80))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    activated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    terminated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reports: Mapped[dict[str, Any]] = mapped_column(Document, default=dict)
    evaluation: Mapped[str] = mapped_column(Text, default="")
    evaluated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)
    frozen: Mapped[list[str]] = mapped_column(Document, default=list, server_default="[]")
    """Classes of ordinary cases that it halts (``cases/freezing.py``)."""

    __table_args__ = (Index("ix_responses_state", "state", "id"),)


class Instruction(Base):
    """One instruction (指令) of a response to a post. ``state`` is issued, received, executing, done or failed.

    ``due_at`` is when the present state must have been left; ``copied_to`` the town's desk that was passed over.
    """

    __tablename__ = "instructions"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    response: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(12))
    holder_code: Mapped[str] = mapped_column(String(64))
    copied_to: Mapped[str | None] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text)
    result: Mapped[str] = mapped_column(Text, default="")
    issued_by: Mapped[str] = mapped_column(String(80))
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    late: Mapped[int] = mapped_column(default=0)
    received_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    executing_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index("ix_instructions_response", "response", "id"),
        Index("ix_instructions_holder_code", "holder_code", "state"),
    )


class ResponseRelease(Base):
    """What a response told the public, by which channel."""

    __tablename__ = "response_releases"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    response: Mapped[int] = mapped_column(BigInteger, index=True)
    channel: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(80))
