"""The tables of what more than one person decides, and of the time that wrong hands cost.

Written by the brain (``moves/approvals.py``, ``moves/order_steps.py``); read with the incident by the windows.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from command_center.journal.journal_tables import BigKey
from foundation.database import Base, Document, UtcDateTime


class Approval(Base):
    """A request that others must agree to before it takes effect.

    ``state`` is pending, approved, declined, expired or lapsed (the case moved on). ``stages`` name who must
    agree, in this order; ``decisions`` are those made so far. ``incident`` None: it is about many incidents.
    """

    __tablename__ = "approvals"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    incident: Mapped[int | None] = mapped_column(ForeignKey("incidents.number"), index=True)
    order: Mapped[int | None] = mapped_column("order_id", BigInteger)
    action: Mapped[str] = mapped_column(String(24))
    state: Mapped[str] = mapped_column(String(12))
    stages: Mapped[list[str]] = mapped_column(Document)
    asked_by: Mapped[str] = mapped_column(String(64))
    asked_name: Mapped[str] = mapped_column(String(80))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    data: Mapped[dict[str, Any]] = mapped_column(Document)
    decisions: Mapped[list[dict[str, Any]]] = mapped_column(Document)

    __table_args__ = (Index("ix_approvals_state", "state", "incident"),)

    @property
    def stage(self) -> str | None:
        """Return who must decide next; None once it is decided."""
        return self.stages[len(self.decisions)] if len(self.decisions) < len(self.stages) else None

    def deciders(self) -> set[str]:
        """Return the accounts that have had their say: none of them has a second one."""
        return {self.asked_by, *(str(decision["account"]) for decision in self.decisions)}


class LostTime(Base):
    """Time spent in wrong hands: ``cause`` is wrong_dispatch or late_return, ``holder_code`` bears it.

    ``lost_s`` is time that ran on; ``stage_s`` is what it took of the stage's own ``calendar``, pauses left out.
    """

    __tablename__ = "lost_times"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    incident: Mapped[int] = mapped_column(ForeignKey("incidents.number"), index=True)
    order: Mapped[int | None] = mapped_column("order_id", BigInteger)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    cause: Mapped[str] = mapped_column(String(16))
    holder_kind: Mapped[str] = mapped_column(String(16))
    holder_code: Mapped[str] = mapped_column(String(64))
    lost_s: Mapped[int]
    stage_s: Mapped[int] = mapped_column(default=0, server_default="0")
    calendar: Mapped[str] = mapped_column(String(12), default="continuous", server_default="continuous")
    reason_code: Mapped[str] = mapped_column(String(24))
    rule: Mapped[str | None] = mapped_column(String(64))
    rule_version: Mapped[str | None] = mapped_column(String(64))
