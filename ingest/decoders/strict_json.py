"""JSON as it must be: UTF-8, no NaN, no NUL, no depth bomb, no text after the end.

Comes in: bytes of a producer. Goes out: a struct or a value, or ``Refused`` with a stable reason; never
another exception. Every decoder reads through here.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from ingest.messages import MAX_PAYLOAD_BYTES, Refused

T = TypeVar("T")
MAX_SEQ = 2**63 - 1  # what the database's integers hold
ANY = msgspec.json.Decoder()
MARK = b"\xef\xbb\xbf"  # which Windows programs write before UTF-8


def read_json(payload: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """Return what the decoder reads.

    Raises:
        Refused: ``too_large``, ``empty``, ``not_utf8``, ``not_json``, ``too_deep``, ``nul`` or ``wrong_shape``.
    """
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise Refused("too_large", f"The message has {len(payload)} bytes; {MAX_PAYLOAD_BYTES} are the most.")
    try:
        value = decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError) as error:
        if payload.startswith(MARK):
            return read_json(payload.removeprefix(MARK), decoder)
        raise _explain(payload, error) from error
    if b"\\u0000" in payload and holds_nul(ANY.decode(payload)):
        raise Refused("nul", "The message holds the character NUL, which no text of ours may hold.")
    return value


def convert_json(value: Any, shape: type[T]) -> T:
    """Return what ``read_json`` read with ``ANY`` as this shape. Raises ``Refused`` with ``wrong_shape``."""
    try:
        return msgspec.convert(value, shape)
    except (msgspec.ValidationError, OverflowError) as error:
        raise Refused("wrong_shape", f"The message does not have the promised shape: {error}.") from error


def _explain(payload: bytes, error: Exception) -> Refused:
    if not payload.strip():
        return Refused("empty", "The message is empty.")
    try:
        payload.decode()
    except UnicodeDecodeError as fault:
        return Refused("not_utf8", f"The message is not UTF-8: byte {fault.start} cannot be read.")
    if isinstance(error, RecursionError):
        return Refused("too_deep", "The message is nested too deeply.")
    if isinstance(error, OverflowError):
        return Refused("wrong_shape", "A time in the message lies outside the calendar.")
    if isinstance(error, msgspec.ValidationError):
        return Refused("wrong_shape", f"The message does not have the promised shape: {error}.")
    return Refused("not_json", f"The message is not JSON: {error}.")


def holds_nul(value: Any) -> bool:
    """Tell whether any text inside the value holds a NUL."""
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any("\0" in key or holds_nul(item) for key, item in value.items())
    return isinstance(value, list) and any(holds_nul(item) for item in value)


def as_list(value: Any) -> list[Any]:
    """Return what is a list only where it is repeated."""
    return value if isinstance(value, list) else [] if value is None else [value]


def to_moment(seconds: object) -> datetime:
    """Return the moment of an epoch in seconds.

    Raises:
        Refused: ``wrong_shape``, it is no finite number of this calendar.
    """
    if isinstance(seconds, int | float) and not isinstance(seconds, bool) and math.isfinite(seconds):
        try:
            return datetime.fromtimestamp(seconds, UTC)
        except (OverflowError, ValueError, OSError):
            pass
    raise Refused("wrong_shape", f"{str(seconds)[:40]!r} is no time in seconds.")


def in_utc(at: datetime) -> datetime:
    """Return the moment in UTC. Raises ``Refused`` with ``wrong_shape`` for one outside the calendar."""
    if at.tzinfo is UTC:
        return at
    try:
        return at.astimezone(UTC)
    except OverflowError as error:
        raise Refused("wrong_shape", "A time in the message lies outside the calendar.") from error
