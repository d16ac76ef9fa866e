"""HTTP Digest for producers that know nothing else (GA/T 1400, older cameras). Pure; no state of its own.

Comes in: the Authorization header and the secrets that stand. Goes out: the key under which this request counts
once. Our nonce carries its time, signed with the source's secret. Source: RFC 7616, with MD5 as the producers do.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import datetime

from foundation.ids import sha256_hex

REALM = "citybrain"
NONCE_S = 300
_FIELD = re.compile(r'(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))')


class WrongDigest(ValueError):
    """Refused: ``reason`` is ``expired`` or ``signature``."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def challenge(secret: str, now: datetime) -> str:
    """Return what asks a producer for its digest."""
    return (
        f'Digest realm="{REALM}", qop="auth", algorithm=MD5, nonce="{_make_nonce(secret, int(now.timestamp()))}"'
    )


def check_digest(told: str, secrets: Sequence[str], *, method: str, path: str, body: bytes, now: datetime) -> str:
    """Return the key of a request whose digest fits one of the secrets.

    Raises:
        WrongDigest: The nonce is not ours or too old, or the digest does not fit.
    """
    fields = {name.lower(): quoted or bare for name, quoted, bare in _FIELD.findall(told)}
    nonce, uri = fields.get("nonce", ""), fields.get("uri", "")
    age_s = _read_age_s(nonce, secrets, now)
    if age_s is None or uri.partition("?")[0] != path:
        raise WrongDigest("signature", "The digest is not for this address, or its nonce is not ours.")
    if not 0 <= age_s <= NONCE_S:
        raise WrongDigest("expired", f"The nonce is more than {NONCE_S} s old; take the new one.")
    shown = fields.get("response", "").lower().encode()
    fits = [hmac.compare_digest(_respond(fields, secret, method).encode(), shown) for secret in secrets]
    if not any(fits):
        raise WrongDigest("signature", "The digest does not fit name, secret, method and address.")
    if fields.get("qop"):
        return sha256_hex(nonce.encode(), fields.get("nc", "").encode(), fields.get("cnonce", "").encode())
    return sha256_hex(nonce.encode(), method.encode(), uri.encode(), body)


def _make_nonce(secret: str, at_s: int) -> str:
    return f"{at_s}-{hmac.new(secret.encode(), str(at_s).encode(), hashlib.sha256).hexdigest()[:32]}"


def _read_age_s(nonce: str, secrets: Sequence[str], now: datetime) -> int | None:
    at, _, _ = nonce.partition("-")
    if not (at.isascii() and at.isdigit() and len(at) <= 12):
        return None
    ours = [hmac.compare_digest(_make_nonce(secret, int(at)).encode(), nonce.encode()) for secret in secrets]
    return int(now.timestamp()) - int(at) if any(ours) else None


def _respond(fields: dict[str, str], secret: str, method: str) -> str:
    first = _md5(f"{fields.get('username', '')}:{REALM}:{secret}")
    second = _md5(f"{method}:{fields.get('uri', '')}")
    if not fields.get("qop"):
        return _md5(f"{first}:{fields['nonce']}:{second}")
    middle = f"{fields['nonce']}:{fields.get('nc', '')}:{fields.get('cnonce', '')}:{fields['qop']}"
    return _md5(f"{first}:{middle}:{second}")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
