"""Our own format: telemetry and alarms of devices that speak it.

Comes in: a ``Message`` on ``citybrain/v1/devices/{device_id}/{telemetry|alarm}``, or its like by HTTP. Goes
out: a ``Reading`` or an ``Alarm``; by HTTP one of them or a list. The topic names the device, and nothing
in the payload can name another.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, TypeVar

import msgspec

from grid.catalogue import Catalogue
from grid.city import City
from grid.coordinates import LonLat
from grid.registers import Camera, Device
from grid.sources import Source
from ingest.decoders.plain_facts import read_place, with_moment
from ingest.decoders.safe_urls import list_safe_urls
from ingest.decoders.several import decode_each
from ingest.decoders.strict_json import ANY, MAX_SEQ, as_list, convert_json, in_utc, read_json
from ingest.messages import MAX_PAYLOAD_BYTES, Alarm, Decoded, Ignored, Message, Reading, Refused
from ingest.observation import IMPLAUSIBLE_PLACE, Phase

T = TypeVar("T")
DEVICE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
TOPIC_LEVELS = 5  # citybrain/v1/devices/{device_id}/{kind}
PHASES = [str(phase) for phase in Phase]
COORD_SYSTEMS = {"wgs84", "cgcs2000", "gcj02", "bd09"}

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Sequence = Annotated[int, msgspec.Meta(ge=-MAX_SEQ, le=MAX_SEQ)]


class Telemetry(msgspec.Struct, frozen=True, gc=False):
    at: Moment
    values: dict[str, float]
    seq: Sequence | None = None


class NativeAlarm(msgspec.Struct, frozen=True, kw_only=True):
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    at: Moment
    category: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    phase: Phase
    seq: Sequence | None = None
    severity: Annotated[int, msgspec.Meta(ge=1, le=5)] | None = None
    confidence: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    text: Annotated[str, msgspec.Meta(max_length=4000)] | None = None
    lon: float | None = None
    lat: float | None = None
    coord_sys: str | None = None
    evidence: list[str] | None = None


class Named(msgspec.Struct, frozen=True):
    """What a receipt says of an alarm that has a wrong shape elsewhere."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    seq: Any = None
    phase: Any = None


class HttpAlarm(NativeAlarm, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An alarm by HTTP names its device itself; a source that is no device (a hotline) may have none."""

    device: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    device_id: Annotated[str, msgspec.Meta(max_length=64)] | None = None


class HttpTelemetry(Telemetry, frozen=True, forbid_unknown_fields=True):
    """Telemetry by HTTP names its device itself."""

    device: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    device_id: Annotated[str, msgspec.Meta(max_length=64)] | None = None


_TELEMETRY = msgspec.json.Decoder(Telemetry)
_ALARM = msgspec.json.Decoder(NativeAlarm)


def decode(message: Message, city: City) -> list[Decoded]:
    """Return what the device says.

    Raises:
        Refused: Also ``unknown_device``, ``unknown_topic``, ``unknown_category``, ``wrong_coord_sys``.
    """
    if message.transport == "http":
        return _decode_http(message, city)
    levels = message.topic.split("/")
    if len(levels) != TOPIC_LEVELS:
        raise Refused("unknown_topic", f"{message.topic[:200]!r} is no topic of a device.")
    device_id, kind = levels[3], levels[4]
    if kind == "receipt":
        return [Ignored("native_receipt")]  # our own: a broker without access rules sends it back to us
    device = city.register.find(message.source.name, device_id)
    if device is None and not DEVICE_ID.fullmatch(device_id):
        raise Refused("unknown_topic", f"{device_id[:80]!r} can be no device's id.")
    try:
        if kind == "telemetry":
            said = _read(_TELEMETRY, Telemetry, message, city)
            return [Reading(_known(device, device_id), in_utc(said.at), said.values, said.seq)]
        if kind == "alarm":
            told = _read(_ALARM, NativeAlarm, message, city)
            return [
                _alarm(told, _find_sender(told, message.source, device_id, city), city.catalogue, message.source)
            ]
    except Refused as refused:
        refused.device = device_id
        _name_what_can_be_read(refused, message.payload)
        raise
    raise Refused(
        "unknown_topic", f"Devices speak on telemetry and alarm, not on {kind[:40]!r}.", device=device_id
    )


def _read(decoder: msgspec.json.Decoder[T], shape: type[T], message: Message, city: City) -> T:
    try:
        return read_json(message.payload, decoder)
    except Refused as refused:
        if refused.reason != "wrong_shape":
            raise
    return _convert(read_json(message.payload, ANY), shape, message, city)


def _convert(told: Any, shape: type[T], message: Message, city: City) -> T:
    """Return what is said; a time without a zone, or an epoch, is no reason to lose an alarm."""
    mended = with_moment(told, message.received_at, city.timezone)
    return convert_json(told if mended is None else mended, shape)


def _decode_http(message: Message, city: City) -> list[Decoded]:
    told = read_json(message.payload, ANY)
    return decode_each(as_list(told), lambda one: [_decode_http_one(one, message, city)])


def _decode_http_one(told: Any, message: Message, city: City) -> Decoded:
    """Return an alarm, or a reading when the message tells of values."""
    if not (isinstance(told, dict) and "values" in told):
        return _http_alarm(_convert(told, HttpAlarm, message, city), message, city)
    reading = _convert(told, HttpTelemetry, message, city)
    device_id = reading.device_id or reading.device
    if device_id is None:
        raise Refused("wrong_shape", "The telemetry names no device: say device_id.")
    device = _known(city.register.find(message.source.name, device_id), device_id)
    return Reading(device, in_utc(reading.at), reading.values, reading.seq)


def _http_alarm(told: HttpAlarm, message: Message, city: City) -> Alarm:
    device_id, source = told.device or told.device_id, message.source
    if device_id is not None:
        return _alarm(told, _find_sender(told, source, device_id, city), city.catalogue, source)
    if source.kind == "device":
        raise _named(Refused("wrong_shape", "The alarm names no device."), told)
    return _alarm(told, None, city.catalogue, source)


def _known(device: Device | Camera | None, device_id: str) -> Device | Camera:
    if device is None:
        raise Refused("unknown_device", f"The register has no device {device_id!r}.", device=device_id)
    return device


def _find_sender(told: NativeAlarm, source: Source, device_id: str, city: City) -> Device | Camera | str:
    """Return whose alarm it is; the bare id of what the register does not know: a person judges its alarms.

    Raises:
        Refused: The id is a thing of another source, or can be no id.
    """
    device = city.register.find(source.name, device_id)
    if device is not None:
        return device
    if not DEVICE_ID.fullmatch(device_id) or city.register.find_source_of(device_id) is not None:
        refused = Refused("unknown_device", f"The register has no device {device_id!r}.", device=device_id)
        raise _named(refused, told)
    return device_id


def _alarm(told: NativeAlarm, sender: Device | Camera | str | None, catalogue: Catalogue, source: Source) -> Alarm:
    device = None if isinstance(sender, str) else sender
    device_id = sender if isinstance(sender, str) else None if device is None else device.source_id
    category = catalogue.find_category(told.category)
    if category is None:
        fault = Refused("unknown_category", f"No category is called {told.category!r}.", device=device_id)
        raise _named(fault, told)
    place = _place(told, source.coord_sys, device_id)
    evidence, flags = list_safe_urls(told.evidence or ())
    if place is None and told.lon is not None:
        flags = (IMPLAUSIBLE_PLACE, *flags)
    return Alarm(
        device=device,
        id=told.id,
        phase=told.phase,
        category=category.code,
        at=in_utc(told.at),
        seq=told.seq,
        severity=told.severity,
        confidence=told.confidence,
        text=told.text or "",
        lon=place and place.lon,
        lat=place and place.lat,
        evidence=evidence,
        flags=flags,
        receipt_to=device_id,
        unregistered=device_id if device is None else None,
    )


def _name_what_can_be_read(refused: Refused, payload: bytes) -> None:
    """Write the alarm's id into the refusal where it can be read, so that the receipt names it."""
    if refused.alarm_id is None and len(payload) <= MAX_PAYLOAD_BYTES:
        try:
            told = msgspec.json.decode(payload, type=Named)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return
        if told.id and "\0" not in told.id:
            refused.alarm_id = told.id
            is_seq = type(told.seq) is int and -MAX_SEQ <= told.seq <= MAX_SEQ
            refused.seq = told.seq if is_seq else None
            refused.phase = told.phase if told.phase in PHASES else None


def _place(told: NativeAlarm, datum: str, device_id: str | None) -> LonLat | None:
    """Return the message's own place in WGS-84, or None when it has none that can be true."""
    system = told.coord_sys or datum
    if system not in COORD_SYSTEMS:
        fault = Refused(
            "wrong_coord_sys", f"{system[:20]!r} is none of {sorted(COORD_SYSTEMS)}.", device=device_id
        )
        raise _named(fault, told)
    return read_place(told.lon, told.lat, system)


def _named(refused: Refused, told: NativeAlarm) -> Refused:
    refused.alarm_id, refused.seq, refused.phase = told.id, told.seq, str(told.phase)
    return refused
