"""Times, places and numbers as producers of every kind write them.

Comes in: what stands in a message, of any type. Goes out: an aware moment, a place in WGS-84, a number; or None
where it means "absent"; ``Refused`` for what means nothing at all.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, tzinfo
from typing import Any

from grid.coordinates import LonLat, is_plausible, to_wgs84
from ingest.messages import Refused

ABSENT_WORDS = frozenset({"", "null", "none", "nan", "undefined", "unknown", "n/a", "-"})
ABSENT_DEGREES = frozenset({0.0, -1.0, 9999999.0, -9999.0, 999999.0})  # also where only one axis says so
PLACEHOLDERS = frozenset({(30.32, -40.55), (30.33, -40.55), (45.29, -75.83)})
"""Examples that vendors ship and nobody changes; as written, whichever of the two is the longitude."""

COMPACT = re.compile(r"(?:19|20)\d{6}(?:\d{4}(?:\d{2}(?:\d{3})?)?)?")  # no epoch of today has as many digits
DIGITS = re.compile(r"[+-]?\d{1,20}(\.\d{1,12})?")
CHINESE = str.maketrans({"年": "-", "月": "-", "日": " ", "时": ":", "分": ":", "秒": None})
SPACED = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})[ T]+(\d{1,2}):(\d{2})(?::(\d{2})(\.\d+)?)?\s*(\S*)")
MAX_DEPTH = 4
MAX_VALUES = 200
EPOCH_UNITS = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))
"""From this size on an epoch counts so many to a second; 1e11 s lies in the year 5138."""


def read_number(told: Any) -> float | None:
    """Return a number, also one written as text; None for anything else and for what is not finite."""
    if isinstance(told, bool) or not isinstance(told, int | float | str):
        return None
    if isinstance(told, str) and "_" in told:  # Python would read 1_0 as ten
        return None
    try:
        number = float(told)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def list_numbers(value: Any, prefix: str = "", depth: int = 0) -> dict[str, float]:
    """Return every number of an object by its path (``a.b``); true and false count as 1 and 0."""
    if isinstance(value, bool | int | float):
        return {prefix: float(value)} if prefix and math.isfinite(value) else {}
    found: dict[str, float] = {}
    if isinstance(value, dict) and depth < MAX_DEPTH:
        for key, item in value.items():
            found.update(list_numbers(item, f"{prefix}.{key}" if prefix else str(key), depth + 1))
            if len(found) > MAX_VALUES:
                raise Refused("wrong_shape", f"More than {MAX_VALUES} values in one message.")
    return found


def read_words(told: Any) -> str:
    """Return text without blanks around it; a number as written, a list by commas; empty for what is absent."""
    if isinstance(told, list | tuple):
        return "，".join(words for words in map(read_words, told) if words)
    if told is None or isinstance(told, bool | dict):
        return ""
    if isinstance(told, float) and told.is_integer() and abs(told) < 1e15:
        told = int(told)
    text = str(told).strip().replace("\0", "�")
    return "" if text.lower() in ABSENT_WORDS else text


def read_place(lon: Any, lat: Any, datum: str) -> LonLat | None:
    """Return a place in WGS-84, or None where the two are absent, a placeholder, or cannot be."""
    x, y = read_number(lon), read_number(lat)
    if x is None or y is None or x in ABSENT_DEGREES or y in ABSENT_DEGREES:
        return None
    if {(round(x, 2), round(y, 2)), (round(y, 2), round(x, 2))} & PLACEHOLDERS or not is_plausible(LonLat(x, y)):
        return None
    return to_wgs84(LonLat(x, y), datum)


def read_moment(told: Any, zone: tzinfo) -> datetime | None:
    """Return a moment in UTC: an epoch of any unit, ISO 8601, or local digits; None where it is absent.

    Raises:
        Refused: ``wrong_shape``, it is no time.
    """
    text = read_words(told)
    if not text or text in ("0", "-1"):
        return None
    try:
        return _read_moment(text, zone)
    except (ValueError, OverflowError, OSError) as error:
        raise Refused("wrong_shape", f"{text[:40]!r} is no time.") from error


def read_moment_or_none(told: Any, zone: tzinfo) -> datetime | None:
    """Return a moment as ``read_moment`` does; one that cannot be read is none: no alarm is lost by its time."""
    try:
        return read_moment(told, zone)
    except Refused:
        return None


def with_moment(told: Any, received_at: datetime, zone: tzinfo) -> dict[str, Any] | None:
    """Return the object with its ``at`` as a moment, where it is a time written otherwise than RFC 3339 wants it.

    Without a zone it is the city's time or UTC, whichever is nearer to when it came. None: it is no time at all.
    """
    at = told.get("at") if isinstance(told, dict) else None
    if not isinstance(at, str | int | float) or isinstance(at, bool):
        return None
    try:
        meant = [moment for moment in (read_moment(at, one) for one in (zone, UTC)) if moment is not None]
    except Refused:
        return None
    return {**told, "at": min(meant, key=lambda one: abs(one - received_at))} if meant else None


def _read_moment(text: str, zone: tzinfo) -> datetime:
    if COMPACT.fullmatch(text):
        return _in_utc(datetime.fromisoformat(f"{text[:8]}T{text[8:14] or '00'}"), zone)
    if DIGITS.fullmatch(text):
        return _from_epoch(float(text))
    if "年" in text:
        text = " ".join(text.translate(CHINESE).split()).rstrip(":").replace(": ", ":")
    spaced = SPACED.fullmatch(text)
    if spaced is None:
        return _in_utc(datetime.fromisoformat(text), zone)
    year, month, day, hour, minute, second, part, offset = spaced.groups()
    plain = f"{year}-{int(month):02}-{int(day):02}T{int(hour):02}:{minute}:{second or '00'}"
    return _in_utc(datetime.fromisoformat(f"{plain}{(part or '')[:7]}{offset}"), zone)


def _from_epoch(number: float) -> datetime:
    unit = next((unit for least, unit in EPOCH_UNITS if abs(number) >= least), 1.0)
    return datetime.fromtimestamp(number / unit, UTC)


def _in_utc(moment: datetime, zone: tzinfo) -> datetime:
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)).astimezone(UTC)
