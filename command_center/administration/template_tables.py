"""The table of reply templates: sentences that a department keeps for its answers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from command_center.journal.journal_tables import BigKey
from foundation.database import Base, UtcDateTime


class ReplyTemplate(Base):
    """One sentence; ``use`` is the action that it is meant for, empty where it fits any."""

    __tablename__ = "reply_templates"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    department: Mapped[str] = mapped_column(String(64), index=True)
    use: Mapped[str] = mapped_column(String(24), default="")
    name: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(String(1000))
    changed_by: Mapped[str] = mapped_column(String(32))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
