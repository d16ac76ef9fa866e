"""The tables of assessment: one row a case, kept in step by the brain, and the months that were frozen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from command_center.journal.journal_tables import BigKey
from foundation.database import Base, Document, UtcDateTime


class CaseFigure(Base):
    """What one case contributes to the indicators. Moments are Unix seconds; ``bits`` are its outcomes.

    ``bits`` is read by ``outcomes.py``: a million rows fall into some hundred kinds, which one query counts.
    """

    __tablename__ = "case_figures"

    incident: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    bits: Mapped[int] = mapped_column(BigInteger, default=0)
    domain: Mapped[str] = mapped_column(String(24))
    category: Mapped[str] = mapped_column(String(16))
    town: Mapped[str] = mapped_column(String(24), default="")
    community: Mapped[str] = mapped_column(String(24), default="")
    grid: Mapped[str] = mapped_column(String(24), default="")
    department: Mapped[str] = mapped_column(String(64), default="")
    worker: Mapped[str] = mapped_column(String(64), default="")
    opened_s: Mapped[int] = mapped_column(BigInteger)
    filed_s: Mapped[int | None] = mapped_column(BigInteger)
    dispatched_s: Mapped[int | None] = mapped_column(BigInteger)
    due_s: Mapped[int | None] = mapped_column(BigInteger)
    disposed_s: Mapped[int | None] = mapped_column(BigInteger)
    close_due_s: Mapped[int | None] = mapped_column(BigInteger)
    closed_s: Mapped[int | None] = mapped_column(BigInteger)
    accept_used_s: Mapped[int | None] = mapped_column(BigInteger)
    dispose_used_s: Mapped[int | None] = mapped_column(BigInteger)
    upstream_delay_s: Mapped[int] = mapped_column(BigInteger, default=0)
    system_delay_s: Mapped[int] = mapped_column(BigInteger, default=0)
    human_delay_s: Mapped[int] = mapped_column(BigInteger, default=0)

    __table_args__ = tuple(
        Index(f"ix_case_figures_{name}", name)
        for name in ("opened_s", "filed_s", "dispatched_s", "due_s", "disposed_s", "close_due_s", "closed_s")
    )


class KpiMonth(Base):
    """A month of assessment: ``state`` is frozen or published; ``figures`` never change again."""

    __tablename__ = "kpi_months"

    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    state: Mapped[str] = mapped_column(String(12))
    figures: Mapped[dict[str, Any]] = mapped_column(Document)
    appeals: Mapped[list[dict[str, Any]]] = mapped_column(Document)
    number: Mapped[int] = mapped_column(BigInteger)
    frozen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    frozen_by: Mapped[str] = mapped_column(String(80))
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    published_by: Mapped[str] = mapped_column(String(80), default="")
