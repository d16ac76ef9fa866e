"""What both Chinese IoT platforms (CTWing, OneNET) have in common: devices by any id, values, events, codecs.

Comes in: parts of a platform's push. Goes out: readings and alarms of devices of the register. Frames in a
vendor's own binary need a codec at the platform; without one they are ignored with the reason.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from grid.city import City
from grid.registers import Camera, Device
from grid.source_options import PlatformOptions
from ingest.decoders.plain_facts import MAX_DEPTH, list_numbers, read_number, read_words
from ingest.decoders.strict_json import ANY
from ingest.messages import Alarm, Message, Reading, Refused
from ingest.observation import Phase


def find_device(message: Message, city: City, ids: Iterable[Any]) -> Device | Camera:
    """Return the device that the register knows by one of the ids. Raises ``Refused`` with ``unknown_device``."""
    named = [words for words in map(read_words, ids) if words]
    for id in named:
        found = city.register.find_spelled(message.source.name, id)
        if found is not None:
            return found
    if not named:
        raise Refused("wrong_shape", "The message names no device.")
    raise Refused("unknown_device", f"The register has no device {named[0][:64]!r}.", device=named[0][:64])


def open_payload(told: Any) -> Any:
    """Return what a transparent payload holds (JSON as text, base64 or hex), or None where it needs a codec."""
    if isinstance(told, dict | list):
        return told
    words = read_words(told).encode()
    for opened in (words, _from_hex(words), _from_base64(words)):
        try:
            value = ANY.decode(opened) if opened else None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        if isinstance(value, dict | list):
            return value
    return None


def _from_hex(words: bytes) -> bytes:
    try:
        return bytes.fromhex(words.decode())
    except (ValueError, UnicodeDecodeError):
        return b""


def _from_base64(words: bytes) -> bytes:
    try:
        return base64.b64decode(words, validate=True)
    except (binascii.Error, ValueError):
        return b""


def list_values(told: Mapping[str, Any], options: PlatformOptions) -> dict[str, float]:
    """Return every number by its path, also one written as text, as the city names and scales it."""
    values = {**list_numbers(told), **dict(_list_written(told))}
    named = options.names
    return {
        named.get(path) or named.get(path.rpartition(".")[2], path): value * options.scales.get(path, 1.0)
        for path, value in values.items()
    }


def _list_written(told: Mapping[str, Any], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, float]]:
    """Yield the numbers that are written as text, by their paths."""
    for key, value in told.items():
        path = f"{prefix}{key}"
        number = read_number(value) if isinstance(value, str) else None
        if number is not None:
            yield path, number
        elif isinstance(value, dict) and depth < MAX_DEPTH:
            yield from _list_written(value, f"{path}.", depth + 1)


def make_reading(device: Device | Camera, at: datetime, values: dict[str, float], seq: Any = None) -> Reading:
    number = read_number(seq)
    whole = int(number) if number is not None and 0 <= number < 2**53 else None
    return Reading(device, at, values, whole)


def make_alarm(device: Device | Camera, at: datetime, words: str, options: PlatformOptions) -> Alarm | None:
    """Return the alarm that an event is, or None where none of the city's words is in it."""
    told = words.lower()
    found = [word for word in options.events if word.lower() in told]
    if not found:
        return None
    word = max(found, key=len)
    return Alarm(
        device=device,
        id=f"{device.id[:64]}-{at:%Y%m%d%H%M%S}-{options.events[word]}",
        phase=Phase.BEGIN,
        category=options.events[word],
        at=at,
        text=words[:400],
    )
