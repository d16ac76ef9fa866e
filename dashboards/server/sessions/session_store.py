"""Browser sessions: opened at log-in, found by cookie, ended at log-out; only the cookie's digest is stored.

Comes in from ``session_routes.py`` and ``admission.py``; goes out: ``Caller``, who this request is from and
what they may see. Walls neither idle out nor run out (screens.md: a wall never logs out).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from command_center.people.account_tables import Account, SessionRow
from command_center.people.accounts import load_scope
from command_center.people.roles import Role
from command_center.people.scope import Scope
from foundation.ids import sha256_hex
from foundation.settings import Settings

COOKIE = "citybrain_session"
SEEN_STEP_S = 60  # a session's last use is written at most this often
NEVER, FOR_EVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Caller:
    """Who a request is from. ``session`` is the digest of the cookie.

    ``must_change``: the password was given by an administrator; nothing is done before it is one's own.
    """

    account: str
    username: str
    name: str
    csrf: str
    session: str
    scope: Scope
    must_change: bool = False

    @property
    def is_wall(self) -> bool:
        return self.scope.roles() == {Role.WALL}


@dataclass(frozen=True)
class OpenedSession:
    """A fresh session: the cookie's value leaves the server once and is never stored."""

    cookie: str
    digest: str
    csrf: str


def digest_of(cookie: str) -> str:
    return sha256_hex(cookie.encode())


def open_session(session: Session, account: str, now: datetime) -> OpenedSession:
    """Add a session of the account under a fresh id."""
    cookie, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    digest = digest_of(cookie)
    session.add(SessionRow(digest=digest, account=account, csrf=csrf, created_at=now, seen_at=now))
    return OpenedSession(cookie, digest, csrf)


def end_session(session: Session, digest: str, now: datetime) -> None:
    """End one session; its live sockets are closed by ``live_rights.py``."""
    session.execute(
        update(SessionRow).where(SessionRow.digest == digest, SessionRow.ended_at.is_(None)).values(ended_at=now)
    )


def lasts_until(row: SessionRow | Row[Any], roles: frozenset[Role], *, settings: Settings) -> datetime:
    """Return when a session ends if nothing is asked any more: idle too long, or too old; at once when ended."""
    if row.ended_at is not None:
        return NEVER
    if roles == {Role.WALL}:
        return FOR_EVER
    idle, total = timedelta(seconds=settings.session_idle_s), timedelta(seconds=settings.session_total_s)
    ends: datetime = min(row.seen_at + idle, row.created_at + total)
    return ends


def find_caller(session: Session, digest: str, *, now: datetime, settings: Settings) -> tuple[Caller, bool] | None:
    """Return the caller of a session that stands, and whether its last use is due to be written."""
    found = session.execute(
        select(SessionRow, Account)
        .join(Account, Account.id == SessionRow.account)
        .where(SessionRow.digest == digest, Account.is_disabled.is_(False))
    ).one_or_none()
    if found is None:
        return None
    row, account = found
    scope = load_scope(session, account.id)
    if now >= lasts_until(row, scope.roles(), settings=settings):
        return None
    caller = Caller(account.id, account.username, account.name, row.csrf, digest, scope, account.must_change)
    return caller, (now - row.seen_at).total_seconds() > SEEN_STEP_S


def touch_session(session: Session, digest: str, now: datetime) -> None:
    """Write that the session was used."""
    session.execute(update(SessionRow).where(SessionRow.digest == digest).values(seen_at=now))
