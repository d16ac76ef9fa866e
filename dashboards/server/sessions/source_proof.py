"""How a source proves who it is at ``/ingest/{source}``: by token, by signature, or as its protocol can.

Comes in: what the request shows. Goes out: nothing, or the refusal with the reason. Digests and signatures are
compared in constant time; a nonce is taken once and kept as long as its time could still count. Bearer token and
signature are for every source; Basic, Digest and a token in the address only where ``sources.toml`` says so.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from command_center.people.account_tables import SourceCredential, UsedNonce
from dashboards.server.errors import Refused
from dashboards.server.sessions.digest_proof import WrongDigest, challenge, check_digest
from foundation.database import Database
from foundation.ids import sha256_hex
from grid.sources import Source

WINDOW_S = 300
NONCE_MAX = 128


@dataclass(frozen=True, slots=True)
class Shown:
    """What one request shows of its sender; ``url_token`` stood in the address and goes no further."""

    source: Source
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    now: datetime
    url_token: str = ""


def check_proof(database: Database, shown: Shown) -> None:
    """Return if the message is from the source.

    Raises:
        Refused: 401, with the reason.
    """
    with database.read() as session:
        credentials = list_credentials(session, shown.source.name)
    scheme = shown.headers.get("authorization", "").partition(" ")[0].lower()
    try:
        if scheme == "digest" and "digest" in shown.source.proof:
            _check_digest(database, credentials, shown)
        elif scheme:
            _check_token(credentials, _read_token(shown, scheme), is_secret_enough=scheme == "basic")
        elif "x-citybrain-signature" in shown.headers:
            _check_signature(database, credentials, shown)
        elif shown.url_token:
            _check_token(credentials, _read_url_token(shown))
        else:
            raise _refuse("missing", f"Send {_list_ways(shown.source)}.")
    except Refused as refused:
        refused.headers["WWW-Authenticate"] = _challenge(credentials, shown)
        raise


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


def _list_ways(source: Source) -> str:
    ways = ["Authorization: Bearer", "the three X-CityBrain headers of a signed message"]
    named = {"basic": "Authorization: Basic", "digest": "Authorization: Digest", "url": "the token in the address"}
    return " or ".join([*ways, *(text for way, text in named.items() if way in source.proof)])


def _challenge(credentials: list[SourceCredential], shown: Shown) -> str:
    """Return what a producer that waits to be asked is asked for: one way only, simple clients read no list."""
    if "digest" in shown.source.proof and credentials:
        return challenge(credentials[0].secret, shown.now)
    return 'Basic realm="citybrain"' if "basic" in shown.source.proof else "Bearer"


def _read_token(shown: Shown, scheme: str) -> str:
    """Return the token of a Bearer header, or the password of a Basic one; the user name counts for nothing."""
    told = shown.headers["authorization"].partition(" ")[2].strip()
    if scheme == "bearer":
        return told
    if scheme != "basic" or "basic" not in shown.source.proof:
        raise _refuse("scheme", f"This source takes {_list_ways(shown.source)}.")
    try:
        return base64.b64decode(told, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError) as error:
        raise _refuse("token", "The Basic header is not base64 of name:token.") from error


def _read_url_token(shown: Shown) -> str:
    if "url" not in shown.source.proof:
        raise _refuse("scheme", f"This source takes no token in the address: {_list_ways(shown.source)}.")
    return shown.url_token


def _check_token(credentials: list[SourceCredential], token: str, *, is_secret_enough: bool = False) -> None:
    """Check a token; the secret will do as the password of Basic, since a producer may choose Digest by itself."""
    digest = sha256_hex(token.encode())
    fits = [hmac.compare_digest(digest, credential.token_digest) for credential in credentials]
    if is_secret_enough:
        fits += [hmac.compare_digest(digest, sha256_hex(credential.secret.encode())) for credential in credentials]
    if not any(fits):
        raise _refuse("token", "This token does not belong to this source, or was revoked.")


def _check_signature(database: Database, credentials: list[SourceCredential], shown: Shown) -> None:
    timestamp = shown.headers.get("x-citybrain-timestamp", "")
    nonce = shown.headers.get("x-citybrain-nonce", "")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise _refuse("timestamp", "X-CityBrain-Timestamp is Unix seconds.")
    if not 1 <= len(nonce) <= NONCE_MAX:
        raise _refuse("nonce", f"X-CityBrain-Nonce has 1 to {NONCE_MAX} characters.")
    if abs(shown.now.timestamp() - int(timestamp)) > WINDOW_S:
        raise _refuse("expired", f"The timestamp is more than {WINDOW_S} s away from now.")
    signature = shown.headers["x-citybrain-signature"].strip().lower().encode()
    fits = [
        hmac.compare_digest(sign(credential.secret, timestamp, nonce, shown.body).encode(), signature)
        for credential in credentials
    ]
    if not any(fits):
        raise _refuse("signature", "The signature does not fit secret, timestamp, nonce and body.")
    _take_nonce(database, shown, nonce, at=datetime.fromtimestamp(int(timestamp), UTC))


def _check_digest(database: Database, credentials: list[SourceCredential], shown: Shown) -> None:
    told = shown.headers["authorization"].partition(" ")[2]
    secrets = [credential.secret for credential in credentials]
    try:
        nonce = check_digest(told, secrets, method=shown.method, path=shown.path, body=shown.body, now=shown.now)
    except WrongDigest as error:
        raise _refuse(error.reason, str(error)) from error
    _take_nonce(database, shown, nonce, at=shown.now)


def _take_nonce(database: Database, shown: Shown, nonce: str, *, at: datetime) -> None:
    """Remember the nonce. ``at`` is the message's own time: until its window has passed it could come again."""
    try:
        with database.write() as session:
            session.execute(delete(UsedNonce).where(UsedNonce.at < shown.now - timedelta(seconds=2 * WINDOW_S)))
            session.add(UsedNonce(source=shown.source.name, nonce=nonce, at=at))
    except IntegrityError as error:
        raise _refuse("replayed", "This nonce was used before.") from error


def _refuse(reason: str, detail: str) -> Refused:
    return Refused("bad_signature", detail, facts={"reason": reason})
