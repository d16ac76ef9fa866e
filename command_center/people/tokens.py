"""Credentials of sources: a bearer token, of which only the digest is kept, and a secret to sign with."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy.orm import Session

from command_center.people.account_tables import SourceCredential
from foundation.ids import sha256_hex


class BadToken(ValueError):
    """Refused: the credential cannot be as wanted; the message says why."""


def create_token(session: Session, name: str, source: str, now: datetime) -> tuple[str, str]:
    """Add a credential and return (token, secret); the token leaves here once.

    Raises:
        BadToken: The name is taken.
    """
    if session.get(SourceCredential, name) is not None:
        raise BadToken(f"there is a token {name} already")
    token, secret = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    session.add(
        SourceCredential(
            name=name, source=source, token_digest=sha256_hex(token.encode()), secret=secret, created_at=now
        )
    )
    session.flush()
    return token, secret


def revoke_token(session: Session, name: str, now: datetime) -> None:
    """Make a credential worthless.

    Raises:
        BadToken: There is none of that name.
    """
    row = session.get(SourceCredential, name)
    if row is None:
        raise BadToken(f"there is no token {name}; citybrain token list names them")
    row.revoked_at = row.revoked_at or now
