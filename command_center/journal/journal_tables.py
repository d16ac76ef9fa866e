"""The tables of the journal: the head, locked first by every writing transaction, and the entries."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base, Document, UtcDateTime

BigKey = BigInteger().with_variant(Integer(), "sqlite")


class JournalHead(Base):
    """The one counter row: last number, head hash, last incident, order and clock. ``id`` is always 1."""

    __tablename__ = "journal_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    epoch: Mapped[str] = mapped_column(String(32))
    number: Mapped[int] = mapped_column(BigInteger, default=0)
    hash: Mapped[str] = mapped_column(String(64), default="")
    incident_number: Mapped[int] = mapped_column(BigInteger, default=0)
    order_number: Mapped[int] = mapped_column(BigInteger, default=0)
    clock_number: Mapped[int] = mapped_column(BigInteger, default=0)
    salt: Mapped[str] = mapped_column(String(64))


class JournalEntry(Base):
    """One numbered line. No personal data and no positions: row ids and salted digests only.

    ``audience_before`` and ``audience_after`` say who may see the incident on either side of the entry
    (``command_center/people/audience.py``); None where the entry is about no incident.
    """

    __tablename__ = "journal"

    number: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    kind: Mapped[str] = mapped_column(String(40))
    incident: Mapped[int | None] = mapped_column(BigInteger)
    actor_kind: Mapped[str] = mapped_column(String(16))
    actor: Mapped[str] = mapped_column(String(80))
    data: Mapped[dict[str, Any]] = mapped_column(Document)
    audience_before: Mapped[dict[str, Any] | None] = mapped_column(Document)
    audience_after: Mapped[dict[str, Any] | None] = mapped_column(Document)
    trace_id: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))

    __table_args__ = (Index("ix_journal_incident", "incident", "number"), Index("ix_journal_at", "at"))


class EntryWords(Base):
    """What people typed into an entry; the entry holds salted digests, so that this can be erased."""

    __tablename__ = "entry_words"

    entry: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    words: Mapped[dict[str, str]] = mapped_column(Document)


class Decision(Base):
    """Why: one step of judgement (way_in, correlate, route, assign) with rule, version and candidates."""

    __tablename__ = "decisions"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    incident: Mapped[int] = mapped_column(ForeignKey("incidents.number"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    step: Mapped[str] = mapped_column(String(20))
    rule: Mapped[str] = mapped_column(String(80))
    version: Mapped[str] = mapped_column(String(64))
    reason: Mapped[dict[str, str]] = mapped_column(Document)
    candidates: Mapped[list[dict[str, Any]]] = mapped_column(Document)
