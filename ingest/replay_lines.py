"""Recorded messages: lines of a file become messages to publish, their times moved to now.

Comes in: JSON lines ``{"topic", "payload"|"payload_base64", "at"?}``. Goes out: ``Recorded`` messages, or one
sentence on why a line cannot be published. Pure; ``replay.py`` publishes.
"""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from foundation.clock import from_rfc3339, to_rfc3339

MAX_TOPIC_BYTES = 65_535  # MQTT 3.1.1 section 4.7.3
MAX_PAYLOAD_BYTES = 4 * 1024**2  # what the embedded engine takes
# Times in the formats that we know: RFC 3339 texts of our own and of ChirpStack, Frigate's epochs in seconds.
TEXT_TIMES = frozenset({"at", "time", "gwTime", "nsTime"})
EPOCH_TIMES = frozenset({"frame_time", "start_time", "end_time", "thumb_time", "snapshot_time"})
EARLIEST_EPOCH_S = 1e9
MAX_DEPTH = 12


class BadLine(ValueError):
    """A line cannot be published; the message says why."""


class Recorded(msgspec.Struct, frozen=True):
    """One recorded message; ``at`` is when it was recorded, None where the line does not say."""

    topic: str
    payload: bytes
    at: datetime | None


class _Line(msgspec.Struct):
    topic: str
    payload: Any = None
    payload_base64: str | None = None
    at: str | float | None = None


def read_line(text: bytes) -> Recorded:
    """Return the message of one line.

    Raises:
        BadLine: It is no such line, or no broker of ours can take it.
    """
    try:
        line = msgspec.json.decode(text, type=_Line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadLine(f"not a recorded message: {error}") from error
    _check_topic(line.topic)
    payload = _read_payload(line)
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise BadLine(f"the payload has {len(payload)} bytes, {MAX_PAYLOAD_BYTES} are the most")
    return Recorded(line.topic, payload, _read_moment(line.at) or _own_moment(payload))


def _check_topic(topic: str) -> None:
    if not topic or len(topic.encode()) > MAX_TOPIC_BYTES:
        raise BadLine("the topic is empty or too long")
    if any(character in topic for character in "+#"):
        raise BadLine(f"the topic {topic!r} holds a wildcard, under which nothing can be published")
    if any(character.isspace() or character == "\0" for character in topic):
        raise BadLine(f"the topic {topic!r} holds a blank, which the engine answers by disconnecting")


def _read_payload(line: _Line) -> bytes:
    if line.payload_base64 is not None:
        try:
            return base64.b64decode(line.payload_base64, validate=True)
        except (binascii.Error, ValueError) as error:
            raise BadLine(f"payload_base64 is not base64: {error}") from error
    if line.payload is None:
        raise BadLine("the line has neither payload nor payload_base64")
    return line.payload.encode() if isinstance(line.payload, str) else msgspec.json.encode(line.payload)


def _read_moment(at: str | float | None) -> datetime | None:
    try:
        if isinstance(at, str):
            return from_rfc3339(at)
        return None if at is None else datetime.fromtimestamp(at, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise BadLine(f"at is no time: {error}") from error


def _own_moment(payload: bytes) -> datetime | None:
    """Return the time that the message itself names, for lines that do not say when they were recorded."""
    try:
        told = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if not isinstance(told, dict):
        return None
    after = told.get("after")
    named = after if isinstance(after, dict) else {}
    candidates = [
        told.get("at"),
        told.get("time"),
        *(named.get(key) for key in ("end_time", "frame_time", "start_time")),
    ]
    for candidate in candidates:
        try:
            if isinstance(candidate, str | int | float) and (moment := _read_moment(candidate)):
                return moment
        except BadLine:
            continue
    return None


def shift_times(payload: bytes, shift: timedelta) -> bytes:
    """Return the payload with the times of the formats that we know moved; anything else stays as it is."""
    try:
        return msgspec.json.encode(_shifted(msgspec.json.decode(payload), shift, 0))
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError):
        return payload


def _shifted(value: Any, shift: timedelta, depth: int) -> Any:
    if depth > MAX_DEPTH:
        return value
    if isinstance(value, list):
        return [_shifted(item, shift, depth + 1) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: _shift_one(key, item, shift) if _is_time(key, item) else _shifted(item, shift, depth + 1)
            for key, item in value.items()}  # fmt: skip


def _is_time(key: str, item: Any) -> bool:
    if key in EPOCH_TIMES:
        return isinstance(item, int | float) and not isinstance(item, bool) and item > EARLIEST_EPOCH_S
    return key in TEXT_TIMES and isinstance(item, str)


def _shift_one(key: str, item: Any, shift: timedelta) -> Any:
    if key in EPOCH_TIMES:
        return item + shift.total_seconds()
    try:
        return to_rfc3339(from_rfc3339(item) + shift)
    except (ValueError, OverflowError):
        return item
