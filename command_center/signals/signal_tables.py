"""The tables of what came in: signals that took effect once, candidates, quarantine, counts by source."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base, Document, UtcDateTime

IS_JOINED = text("incident IS NOT NULL")


class Signal(Base):
    """One observation that took effect; its key makes the effect happen once."""

    __tablename__ = "signals"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    source: Mapped[str] = mapped_column(String(64))
    device: Mapped[str | None] = mapped_column(String(64))
    alarm_id: Mapped[str] = mapped_column(String(128))
    phase: Mapped[str] = mapped_column(String(8))
    seq: Mapped[int | None] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    outcome: Mapped[str] = mapped_column(String(16))
    incident: Mapped[int | None] = mapped_column(BigInteger)
    candidate: Mapped[str | None] = mapped_column(String(32))
    observation: Mapped[dict[str, Any]] = mapped_column(Document)

    __table_args__ = (
        Index("ix_signals_alarm", "alarm_id", "source", "device"),
        # those without an incident are many: whoever asks for them among a few alarms must not read them all
        Index("ix_signals_incident", "incident", sqlite_where=IS_JOINED, postgresql_where=IS_JOINED),
    )


class Candidate(Base):
    """What a person must judge before it becomes an incident: ``state`` is open, confirmed or dismissed.

    ``rule`` is the way in that asks for the judgement.
    """

    __tablename__ = "candidates"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    state: Mapped[str] = mapped_column(String(12), index=True)
    source: Mapped[str] = mapped_column(String(64))
    device: Mapped[str | None] = mapped_column(String(64))
    alarm_id: Mapped[str] = mapped_column(String(128))
    category: Mapped[str] = mapped_column(String(16))
    domain: Mapped[str] = mapped_column(String(24))
    area: Mapped[str] = mapped_column(String(24), index=True)
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    confidence: Mapped[float | None]
    text: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[dict[str, str]] = mapped_column(Document)
    rule: Mapped[str | None] = mapped_column(String(80))
    observation: Mapped[dict[str, Any]] = mapped_column(Document)
    signals: Mapped[int] = mapped_column(default=1)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[str | None] = mapped_column(String(80))
    incident: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (Index("ix_candidates_alarm", "alarm_id", "source", "device"),)


class QuarantineRow(Base):
    """What nobody could decode: ``state`` is open or retried; ``sender`` an unknown thing as its producer says."""

    __tablename__ = "quarantine"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    state: Mapped[str] = mapped_column(String(12), index=True)
    source: Mapped[str] = mapped_column(String(64))
    transport: Mapped[str] = mapped_column(String(8))
    topic: Mapped[str] = mapped_column(String(400))
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    reason: Mapped[str] = mapped_column(String(40))
    detail: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    retried_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    retried_by: Mapped[str | None] = mapped_column(String(80))
    attempts: Mapped[int] = mapped_column(default=0)
    request: Mapped[dict[str, Any] | None] = mapped_column(Document)
    sender: Mapped[str | None] = mapped_column(String(128))

    __table_args__ = (
        Index("ix_quarantine_received_at", "received_at"),
        Index("ix_quarantine_sender", "source", "sender"),
    )


class SourceCount(Base):
    """What became of each source's messages, and when the last one came."""

    __tablename__ = "source_counts"

    source: Mapped[str] = mapped_column(String(64), primary_key=True)
    accepted: Mapped[int] = mapped_column(BigInteger, default=0)
    duplicate: Mapped[int] = mapped_column(BigInteger, default=0)
    quarantined: Mapped[int] = mapped_column(BigInteger, default=0)
    candidate: Mapped[int] = mapped_column(BigInteger, default=0)
    confirmed: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    dismissed: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    last_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DeviceState(Base):
    """When a device was last heard, in steps of some seconds; written in batches.

    ``lon``, ``lat``, ``placed_at``: where a vehicle is, seven days at most; the register places all else.
    """

    __tablename__ = "device_states"

    device: Mapped[str] = mapped_column(String(64), primary_key=True)
    status: Mapped[str] = mapped_column(String(16))
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seq: Mapped[int | None] = mapped_column(BigInteger)
    sequence_gaps: Mapped[int] = mapped_column(BigInteger, default=0)
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    placed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reading: Mapped[float | None]
    """The latest value, of kinds whose readings the boards show (``limits.toml``, boards)."""
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
