"""The table of places to be treated for good: where the same matter keeps coming back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from command_center.journal.journal_tables import BigKey
from foundation.database import Base, Document, UtcDateTime


class LongTermPlace(Base):
    """One place with one category (长效治理清单); ``state`` is open or settled, ``result`` a person's words."""

    __tablename__ = "long_term_places"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    state: Mapped[str] = mapped_column(String(12), default="open")
    category: Mapped[str] = mapped_column(String(16))
    domain: Mapped[str] = mapped_column(String(24))
    area: Mapped[str] = mapped_column(String(24))
    privacy_class: Mapped[int] = mapped_column(default=0)
    place_text: Mapped[str] = mapped_column(String(200), default="")
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    cases: Mapped[list[int]] = mapped_column(Document)
    rule: Mapped[str] = mapped_column(String(80))
    rule_version: Mapped[str] = mapped_column(String(64))
    listed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_by: Mapped[str | None] = mapped_column(String(80))
    result: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (Index("ix_long_term_places_state", "state", "category", "area"),)
