"""The tables of people and machines that log in, and of attachments: all that the web server writes itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column

from command_center.journal.journal_tables import BigKey
from foundation.database import Base, Document, UtcDateTime


class Account(Base):
    """Somebody who may log in. ``worker`` ties a phone's user to the roster.

    ``must_change``: the password was given by an administrator and holds until it is first used.
    """

    __tablename__ = "accounts"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    password_hash: Mapped[str] = mapped_column(String(200))
    is_disabled: Mapped[bool] = mapped_column(default=False)
    must_change: Mapped[bool] = mapped_column(default=False, server_default=false())
    worker: Mapped[str | None] = mapped_column(String(64))
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Assignment(Base):
    """One {role, area, domains, department} of an account; ``domains`` None means all four."""

    __tablename__ = "assignments"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    role: Mapped[str] = mapped_column(String(24))
    area: Mapped[str] = mapped_column(String(24))
    domains: Mapped[list[str] | None] = mapped_column(Document)
    department: Mapped[str | None] = mapped_column(String(64))


class SessionRow(Base):
    """A browser session; only the digest of its cookie is kept."""

    __tablename__ = "sessions"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    csrf: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SourceCredential(Base):
    """What a source shows at ``POST /ingest/{source}``: a bearer token (digest kept) and a signing secret."""

    __tablename__ = "source_credentials"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    source: Mapped[str] = mapped_column(String(64))
    token_digest: Mapped[str] = mapped_column(String(64), index=True)
    secret: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class UsedNonce(Base):
    """A nonce of a signed message, once."""

    __tablename__ = "used_nonces"

    source: Mapped[str] = mapped_column(String(64), primary_key=True)
    nonce: Mapped[str] = mapped_column(String(128), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class DoneRequest(Base):
    """The answer to a request under its ``Idempotency-Key``, kept seven days; the second gets the first's."""

    __tablename__ = "done_requests"

    account: Mapped[str] = mapped_column(String(32), primary_key=True)
    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    body_digest: Mapped[str] = mapped_column(String(64))
    answer: Mapped[dict[str, Any]] = mapped_column(Document)
    incident: Mapped[int | None] = mapped_column(BigInteger)
    version_after: Mapped[int | None]


class Attachment(Base):
    """A photo or clip; ``received`` counts its bytes so far, ``sha256`` is of the whole."""

    __tablename__ = "attachments"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account: Mapped[str] = mapped_column(String(32), index=True)
    name: Mapped[str] = mapped_column(String(200))
    content_type: Mapped[str] = mapped_column(String(60))
    size: Mapped[int] = mapped_column(BigInteger)
    received: Mapped[int] = mapped_column(BigInteger, default=0)
    sha256: Mapped[str | None] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    exif: Mapped[dict[str, Any] | None] = mapped_column(Document)
    incident: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (Index("ix_attachments_incident", "incident"),)
