"""How a source proves who it is at ``POST /ingest/{source}``: a bearer token, or a signature over the body.

Comes in: the headers and the raw body. Goes out: nothing, or the refusal with the reason. Digests and
signatures are compared in constant time; a nonce is taken once and kept as long as its time could still count.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from command_center.people.account_tables import SourceCredential, UsedNonce
from dashboards.server.errors import Refused
from foundation.database import Database
from foundation.ids import sha256_hex

WINDOW_S = 300
NONCE_MAX = 128


def check_proof(
    database: Database, source: str, *, headers: Mapping[str, str], body: bytes, now: datetime
) -> None:
    """Return if the message is from the source.

    Raises:
        Refused: 401, with the reason.
    """
    with database.read() as session:
        credentials = list_credentials(session, source)
    authorization = headers.get("authorization", "")
    if authorization:
        _check_token(credentials, authorization)
    elif "x-citybrain-signature" in headers:
        _check_signature(database, credentials, source=source, headers=headers, body=body, now=now)
    else:
        raise _refuse(
            "missing", "Send Authorization: Bearer, or the three X-CityBrain headers of a signed message."
        )


def list_credentials(session: Session, source: str) -> list[SourceCredential]:
    """Return the credentials of a source that stand."""
    found = select(SourceCredential).where(
        SourceCredential.source == source, SourceCredential.revoked_at.is_(None)
    )
    return list(session.scalars(found))


def sign(secret: str, timestamp: str, nonce: str, body: bytes) -> str:
    """Return the signature of a message: hex HMAC-SHA256 over timestamp, nonce and body, a line feed between."""
    signed = timestamp.encode() + b"\n" + nonce.encode() + b"\n" + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def _check_token(credentials: list[SourceCredential], authorization: str) -> None:
    scheme, _, token = authorization.partition(" ")
    digest = sha256_hex(token.strip().encode())
    fits = [hmac.compare_digest(digest, credential.token_digest) for credential in credentials]
    if scheme.lower() != "bearer" or not any(fits):
        raise _refuse("token", "This token does not belong to this source, or was revoked.")


def _check_signature(
    database: Database,
    credentials: list[SourceCredential],
    *,
    source: str,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
) -> None:
    timestamp = headers.get("x-citybrain-timestamp", "")
    nonce = headers.get("x-citybrain-nonce", "")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise _refuse("timestamp", "X-CityBrain-Timestamp is Unix seconds.")
    if not 1 <= len(nonce) <= NONCE_MAX:
        raise _refuse("nonce", f"X-CityBrain-Nonce has 1 to {NONCE_MAX} characters.")
    if abs(now.timestamp() - int(timestamp)) > WINDOW_S:
        raise _refuse("expired", f"The timestamp is more than {WINDOW_S} s away from now.")
    shown = headers["x-citybrain-signature"].strip().lower().encode()
    fits = [
        hmac.compare_digest(sign(credential.secret, timestamp, nonce, body).encode(), shown)
        for credential in credentials
    ]
    if not any(fits):
        raise _refuse("signature", "The signature does not fit secret, timestamp, nonce and body.")
    _take_nonce(database, source, nonce, at=datetime.fromtimestamp(int(timestamp), UTC), now=now)


def _take_nonce(database: Database, source: str, nonce: str, *, at: datetime, now: datetime) -> None:
    """Remember the nonce. ``at`` is the message's own time: until its window has passed it could come again."""
    try:
        with database.write() as session:
            session.execute(delete(UsedNonce).where(UsedNonce.at < now - timedelta(seconds=2 * WINDOW_S)))
            session.add(UsedNonce(source=source, nonce=nonce, at=at))
    except IntegrityError as error:
        raise _refuse("replayed", "This nonce was used before.") from error


def _refuse(reason: str, detail: str) -> Refused:
    return Refused("bad_signature", detail, facts={"reason": reason}, headers={"WWW-Authenticate": "Bearer"})
