"""MQTT credentials: made once, kept as a digest, revoked at once.

Comes in: the database. Goes out: a ``Book`` of everybody who may connect now. The password is 144 random bits,
so that one round of SHA-256 is enough: there is no word in it to guess.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from foundation.bus.callout import Grant
from foundation.bus.server_config import device_rights, gateway_rights
from foundation.ids import sha256_hex
from grid.sources import Source
from ingest.gate.credential_tables import MqttCredential

NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
ALL = "*"
PASSWORD_BYTES = 18


class BadCredential(ValueError):
    """Refused: the credential cannot be as wanted; the message says why."""


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """One that may connect; the digest is of its password."""

    name: str
    digest: str
    device: str | None = None
    source: str | None = None
    client_id: str = ""

    def fits(self, password: str) -> bool:
        """Tell whether this is its password."""
        return hmac.compare_digest(digest_of(password), self.digest)


class Book(msgspec.Struct, frozen=True):
    """Everybody who may connect: by name; whose a client id is; the topic filters of every source."""

    by_name: Mapping[str, Credential]
    owners: Mapping[str, str]
    filters: Mapping[str, Sequence[str]]

    def grant(self, credential: Credential) -> Grant:
        """Return what it may say and hear."""
        if credential.device is not None:
            publish, subscribe = device_rights(credential.device)
        else:
            wanted = [f for name, own in self.filters.items() if credential.source in (ALL, name) for f in own]
            publish, subscribe = gateway_rights(wanted)
        return Grant(name=credential.name, publish=publish, subscribe=subscribe)


def make_book(credentials: Iterable[Credential], filters: Mapping[str, Sequence[str]]) -> Book:
    """Return the book; a client id belongs to who is bound to it, and a device's own id to the device."""
    by_name = {credential.name: credential for credential in credentials}
    owners = {name: name for name in by_name}
    owners |= {c.client_id: c.name for c in by_name.values() if c.client_id}
    return Book(by_name, owners, filters)


def digest_of(password: str) -> str:
    return sha256_hex(password.encode())


def make_password() -> str:
    return secrets.token_urlsafe(PASSWORD_BYTES)


def read_credentials(session: Session, *, demo: bool) -> list[Credential]:
    """Return who may connect now; those of the demonstration only there."""
    statement = select(MqttCredential).where(MqttCredential.revoked_at.is_(None))
    if not demo:
        statement = statement.where(MqttCredential.is_demo.is_(False))
    return [
        Credential(name=r.name, digest=r.digest, device=r.device, source=r.source, client_id=r.client_id)
        for r in session.scalars(statement)
    ]


def credentials_stamp(session: Session) -> tuple[int, datetime | None]:
    """Return what changes whenever a credential is made or revoked. Cheap."""
    count, newest = session.execute(select(func.count(), func.max(MqttCredential.changed_at))).one()
    return int(count), newest


def list_filters(sources: Mapping[str, Source]) -> dict[str, Sequence[str]]:
    """Return the MQTT topic filters of every source that has any."""
    return {name: source.filters for name, source in sources.items() if source.filters}


class NewCredential(msgspec.Struct, frozen=True, kw_only=True):
    """What is wanted: for a device, or for a gateway that speaks for a source."""

    name: str
    device: str | None = None
    source: str | None = None
    client_id: str = ""
    is_demo: bool = False


def add_credential(session: Session, new: NewCredential, now: datetime, password: str | None = None) -> str:
    """Add a credential and return its password, which leaves here once.

    Raises:
        BadCredential: The name or the client id is taken or cannot be one, or it is for nobody.
    """
    if not NAME.fullmatch(new.name):
        raise BadCredential(f"{new.name[:80]!r} can be no name: letters, digits, _ and -, at most 64")
    if (new.device is None) == (new.source is None):
        raise BadCredential("a credential is for a device or for a source: name one of them")
    known = session.get(MqttCredential, new.name)
    if known is not None and known.revoked_at is None:
        raise BadCredential(f"there is a credential {new.name} already; revoke it first")
    if new.client_id:
        _check_client_id(session, new)
    if known is not None:
        session.delete(known)
        session.flush()
    secret = password or make_password()
    columns = msgspec.structs.asdict(new)
    session.add(MqttCredential(**columns, digest=digest_of(secret), changed_at=now))
    session.flush()
    return secret


def _check_client_id(session: Session, new: NewCredential) -> None:
    if not CLIENT_ID.fullmatch(new.client_id) or new.client_id.startswith("citybrain-"):
        raise BadCredential(
            f"{new.client_id[:80]!r} can be no client id: letters, digits, _ and -, not citybrain-…"
        )
    taken = select(MqttCredential.name).where(
        MqttCredential.client_id == new.client_id,
        MqttCredential.revoked_at.is_(None),
        MqttCredential.name != new.name,
    )
    other = session.scalars(taken).first()
    if other is not None:
        raise BadCredential(f"the client id {new.client_id} belongs to {other}")


def revoke_credential(session: Session, name: str, now: datetime) -> None:
    """Make a credential worthless; the gate throws out who is connected by it.

    Raises:
        BadCredential: There is none of that name.
    """
    row = session.get(MqttCredential, name)
    if row is None:
        raise BadCredential(f"there is no credential {name}")
    if row.revoked_at is None:
        row.revoked_at = row.changed_at = now
