"""The tables of consultations (会商): what was asked, who was invited, what each said, what was decided."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from command_center.journal.journal_tables import BigKey
from foundation.database import Base, Document, UtcDateTime


class Consultation(Base):
    """One consultation about one incident; ``state`` is open or decided."""

    __tablename__ = "consultations"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    incident: Mapped[int] = mapped_column(ForeignKey("incidents.number"), index=True)
    state: Mapped[str] = mapped_column(String(12), index=True)
    topic: Mapped[str] = mapped_column(Text)
    opened_by: Mapped[str] = mapped_column(String(32))
    opener: Mapped[dict[str, str]] = mapped_column(Document)
    """``{name (masked), role}`` of who opened it."""
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decision: Mapped[str] = mapped_column(Text, default="")
    decider: Mapped[dict[str, str] | None] = mapped_column(Document)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[dict[str, Any] | None] = mapped_column(Document)
    """What followed: ``{lead, assistants, orders, limit_s}``."""


class ConsultationMember(Base):
    """One who is invited: a post (department, town, team), or a person at their post."""

    __tablename__ = "consultation_members"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    consultation: Mapped[int] = mapped_column(ForeignKey("consultations.id"), index=True)
    code: Mapped[str] = mapped_column(String(64))
    account: Mapped[str | None] = mapped_column(String(32))
    name: Mapped[dict[str, str]] = mapped_column(Document)
    opinion: Mapped[str] = mapped_column(Text, default="")
    opinion_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opinion_by: Mapped[str] = mapped_column(String(80), default="")
    """The masked name of who gave it."""
