"""The tables of the rules: how each has fared, what those in shadow would have done, what devices add up to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base, UtcDateTime


class RuleCount(Base):
    """How often a rule spoke (really, and in shadow), and how people judged the candidates that it made."""

    __tablename__ = "rule_counts"

    rule: Mapped[str] = mapped_column(String(80), primary_key=True)
    told: Mapped[int] = mapped_column(BigInteger, default=0)
    shadow: Mapped[int] = mapped_column(BigInteger, default=0)
    confirmed: Mapped[int] = mapped_column(BigInteger, default=0)
    dismissed: Mapped[int] = mapped_column(BigInteger, default=0)
    last_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ShadowTelling(Base):
    """What a rule in shadow would have done: ``would`` is open, join, candidate, continue or refuse."""

    __tablename__ = "shadow_tellings"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    rule: Mapped[str] = mapped_column(String(80))
    rule_version: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    device: Mapped[str | None] = mapped_column(String(64))
    phase: Mapped[str] = mapped_column(String(8))
    category: Mapped[str] = mapped_column(String(16))
    area: Mapped[str | None] = mapped_column(String(24))
    would: Mapped[str] = mapped_column(String(12))
    incident: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (Index("ix_shadow_tellings_rule", "rule", "at"),)


class GroupHit(Base):
    """When a device last spoke for a rule over several devices, in one place; a replay counts by itself.

    ``ended_at``: its alarm is over; within the window it still counts.
    """

    __tablename__ = "group_hits"

    rule: Mapped[str] = mapped_column(String(40), primary_key=True)
    place: Mapped[str] = mapped_column(String(24), primary_key=True)
    device: Mapped[str] = mapped_column(String(160), primary_key=True)
    replay: Mapped[bool] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (Index("ix_group_hits_at", "rule", "place", "at"),)


class GroupTelling(Base):
    """The alarm that a rule over several devices has told of a place, so that one happening is told once.

    ``alarm_id`` is empty when it is over.
    """

    __tablename__ = "group_tellings"

    rule: Mapped[str] = mapped_column(String(40), primary_key=True)
    place: Mapped[str] = mapped_column(String(24), primary_key=True)
    replay: Mapped[bool] = mapped_column(primary_key=True)
    alarm_id: Mapped[str] = mapped_column(String(128))
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
    devices: Mapped[int] = mapped_column(default=0)
