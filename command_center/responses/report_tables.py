"""The table of reports to the level above (信息报送): a person's words, which the journal has none of."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from command_center.journal.journal_tables import BigKey
from foundation.database import Base, Document, UtcDateTime


class UpwardReport(Base):
    """One report: ``kind`` is phone, first, follow_up or final; ``no`` counts the follow-ups of one addressee."""

    __tablename__ = "upward_reports"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    incident: Mapped[int | None] = mapped_column(BigInteger)
    response: Mapped[int | None] = mapped_column(BigInteger)
    to: Mapped[str] = mapped_column("to_level", String(16))
    kind: Mapped[str] = mapped_column(String(12))
    no: Mapped[int] = mapped_column(default=0)
    drill: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    account: Mapped[str] = mapped_column(String(80))
    words: Mapped[dict[str, Any]] = mapped_column(Document)

    __table_args__ = (
        Index("ix_upward_reports_incident", "incident", "id"),
        Index("ix_upward_reports_response", "response", "id"),
    )
