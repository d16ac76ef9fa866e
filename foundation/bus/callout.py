"""The engine asks whether to admit a client, and is answered: both are signed tokens. Pure, but for the clock.

Comes in: the bytes of a request on ``$SYS.REQ.USER.AUTH``. Goes out: a ``Knock`` to judge, and the bytes that
grant or refuse it. ``admission.py`` carries them. Source: NATS ADR-26; every field was tried on 2.15.1.
"""

from __future__ import annotations

import base64
import os
import time
from collections.abc import Sequence
from typing import Any

import msgspec

AUTH_ACCOUNT, SYSTEM_ACCOUNT, CITY_ACCOUNT = "AUTH", "SYS", "CITY"


class Knock(msgspec.Struct, frozen=True, kw_only=True):
    """Who knocks. ``cid`` numbers the connection; ``client_id`` is MQTT's, empty for other clients."""

    cid: int
    username: str
    password: str
    client_id: str
    is_mqtt: bool
    user_key: str
    server_id: str


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """Under which name somebody is admitted, and what they may say and hear (subjects)."""

    name: str
    publish: Sequence[str]
    subscribe: Sequence[str]


class _Info(msgspec.Struct):
    id: int
    type: str = ""
    mqtt_id: str = ""


class _Options(msgspec.Struct):
    user: str = ""
    password: str = msgspec.field(name="pass", default="")


class _Server(msgspec.Struct):
    id: str


class _Request(msgspec.Struct):
    server_id: _Server
    user_nkey: str
    client_info: _Info
    connect_opts: _Options


class _Claims(msgspec.Struct):
    nats: _Request


_CLAIMS = msgspec.json.Decoder(_Claims)


def read_knock(token: bytes) -> Knock:
    """Return who knocks. Raises ``msgspec.DecodeError`` or ``ValueError`` for anything else."""
    body = token.split(b".")[1]
    request = _CLAIMS.decode(base64.urlsafe_b64decode(body + b"=" * (-len(body) % 4))).nats
    return Knock(
        cid=request.client_info.id,
        username=request.connect_opts.user,
        password=request.connect_opts.password,
        client_id=request.client_info.mqtt_id,
        is_mqtt=request.client_info.type == "mqtt",
        user_key=request.user_nkey,
        server_id=request.server_id.id,
    )


class Issuer:
    """Signs the answers with the key that the engine's configuration names."""

    def __init__(self, seed: str) -> None:
        import nkeys  # a role that admits nobody does not need it

        self._pair = nkeys.from_seed(seed.encode())
        self.public = public_key(seed)
        self._head = _encode(b'{"typ":"JWT","alg":"ed25519-nkey"}')

    def grant(self, knock: Knock, grant: Grant) -> bytes:
        """Return the answer that admits."""
        rights = {
            "type": "user",
            "version": 2,
            "pub": _only(grant.publish),
            "sub": _only(grant.subscribe),
            "subs": -1,
            "data": -1,
            "payload": -1,
        }
        claims = {"aud": CITY_ACCOUNT, "sub": knock.user_key, "name": grant.name, "nats": rights}
        return self._answer(knock, {"jwt": self._sign(claims).decode()})

    def refuse(self, knock: Knock, reason: str) -> bytes:
        """Return the answer that refuses."""
        return self._answer(knock, {"error": reason})

    def _answer(self, knock: Knock, said: dict[str, Any]) -> bytes:
        response = {"type": "authorization_response", "version": 2, **said}
        return self._sign({"aud": knock.server_id, "sub": knock.user_key, "nats": response})

    def _sign(self, claims: dict[str, Any]) -> bytes:
        whole = {"iss": self.public, "iat": int(time.time()), "jti": os.urandom(12).hex(), **claims}
        content = self._head + b"." + _encode(msgspec.json.encode(whole))
        return content + b"." + _encode(self._pair.sign(content))


def make_seed() -> str:
    """Return a fresh account seed."""
    import nkeys

    return bytes(nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_ACCOUNT)).decode()


def public_key(seed: str) -> str:
    """Return the account's public key."""
    import nkeys

    return bytes(nkeys.from_seed(seed.encode()).public_key).decode()


def _encode(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")


def _only(subjects: Sequence[str]) -> dict[str, list[str]]:
    return {"allow": list(subjects)} if subjects else {"deny": [">"]}
