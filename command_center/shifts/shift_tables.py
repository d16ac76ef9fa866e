"""The tables of the shift: changes of the roster, who sits at which seat, and the handover sheets."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Date, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from command_center.journal.journal_tables import BigKey
from foundation.database import Base, Document, UtcDateTime


class RosterChange(Base):
    """One duty of one day, in place of the line of the city's roster with the same key; ``is_off``: nobody."""

    __tablename__ = "roster_changes"
    __table_args__ = (UniqueConstraint("on_date", "area", "role", "seat", "starts"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    on_date: Mapped[date] = mapped_column(Date, index=True)
    area: Mapped[str] = mapped_column(String(24))
    role: Mapped[str] = mapped_column(String(24))
    seat: Mapped[str] = mapped_column(String(20))
    starts: Mapped[str] = mapped_column(String(5))
    ends: Mapped[str] = mapped_column(String(5))
    person: Mapped[str] = mapped_column(String(80))
    is_off: Mapped[bool] = mapped_column(default=False)
    changed_by: Mapped[str] = mapped_column(String(32))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SeatHolding(Base):
    """A seat that is on: one row a seat, so that two people cannot hold it; a seat that is off has none."""

    __tablename__ = "seat_holdings"

    area: Mapped[str] = mapped_column(String(24), primary_key=True)
    seat: Mapped[str] = mapped_column(String(48), primary_key=True)
    account: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Handover(Base):
    """A handover sheet, frozen at a number of the journal. ``state`` is open, handed_over or signed."""

    __tablename__ = "handovers"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    area: Mapped[str] = mapped_column(String(24))
    state: Mapped[str] = mapped_column(String(12))
    epoch: Mapped[str] = mapped_column(String(32))
    number: Mapped[int] = mapped_column(BigInteger)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(String(80))
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    sheet: Mapped[dict[str, Any]] = mapped_column(Document)
    notes: Mapped[str] = mapped_column(Text, default="")
    outgoing: Mapped[str | None] = mapped_column(String(32))
    outgoing_name: Mapped[str] = mapped_column(String(80), default="")
    handed_over_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    incoming: Mapped[str | None] = mapped_column(String(32))
    incoming_name: Mapped[str] = mapped_column(String(80), default="")
    signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (Index("ix_handovers_area", "area", "id"),)
