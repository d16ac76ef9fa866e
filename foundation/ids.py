"""Identifiers, digests and the one canonical way to write JSON for hashing."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from random import Random
from typing import Any

import msgspec

_ENCODER = msgspec.json.Encoder(order="deterministic")


def new_id(random: Random | None = None) -> str:
    """Return a fresh 128-bit identifier in 32 hex digits; from ``random`` where it must be repeatable."""
    if random is None:
        return secrets.token_hex(16)
    return f"{random.getrandbits(128):032x}"


def canonical_json(value: Any) -> bytes:
    """Return the value as JSON with sorted keys and no blanks: equal values give equal bytes."""
    return _ENCODER.encode(value)


def sha256_hex(*parts: bytes) -> str:
    """Return the SHA-256 of the parts, joined by a byte that cannot be confused with their content."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


def salted_digest(salt: str, value: Any) -> str:
    """Return a digest that stands for erasable data in the journal: without the salt it tells nothing."""
    return hmac.new(salt.encode(), canonical_json(value), hashlib.sha256).hexdigest()
