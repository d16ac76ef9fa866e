"""ChirpStack v4, a LoRaWAN network server: what its devices send and what befalls them, as JSON.

Comes in: a ``Message`` on ``application/{id}/device/{devEui}/event/{kind}``. Goes out: a ``Reading`` of what
the device profile's codec decoded, of battery and link (``status``), of where the network finds the device
(``location``) or of another decoder (``integration``); else ``Ignored`` with the reason. By HTTP the kind is in
the query, ``?event=up``, and stands in the topic as ``event/up``. Zero values are left out by its JSON.
Source: chirpstack api/proto/integration/integration.proto, proto3 JSON mapping.
"""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import Annotated, Any

import msgspec

from grid.city import City
from grid.registers import Camera, Device
from ingest.decoders.plain_facts import list_numbers, read_words
from ingest.decoders.strict_json import MAX_SEQ, in_utc, read_json
from ingest.messages import Decoded, Ignored, Message, Reading, Refused

NUMBER = re.compile(r"[+-]?\d{1,20}(\.\d{1,20})?([eE][+-]?\d{1,3})?")
ABSENT = object()
OTHER_EVENTS = frozenset({"status", "join", "ack", "txack", "log", "location", "integration"})
OF_THE_DEVICE = frozenset({"status", "join", "ack", "location", "integration"})
"""What the device itself has a part in: it lives. The others are the gateways' and the server's own."""

LOG_CODE = re.compile(r"[A-Z0-9_]{1,40}")


class DeviceInfo(msgspec.Struct, frozen=True, rename="camel"):
    dev_eui: str


class Uplink(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The part of an uplink that we read; the gateways' places in ``rxInfo`` are not the device's."""

    device_info: DeviceInfo
    time: Annotated[datetime, msgspec.Meta(tz=True)]
    f_cnt: Annotated[int, msgspec.Meta(ge=0, le=MAX_SEQ)] = 0
    object: Any = None


class Location(msgspec.Struct, frozen=True):
    latitude: float = 0.0
    longitude: float = 0.0
    altitude: float = 0.0


class OtherEvent(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The part of every other event that we read; what is 0 or false is left out by its makers."""

    device_info: DeviceInfo | None = None
    time: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    battery_level: float = 0.0
    battery_level_unavailable: bool = False
    external_power_source: bool = False
    margin: float = 0.0
    location: Location | None = None
    object: Any = None
    code: str = ""


_UPLINK = msgspec.json.Decoder(Uplink)
_OTHER = msgspec.json.Decoder(OtherEvent)


def decode(message: Message, city: City) -> list[Decoded]:
    """Return what the device measured. Raises ``Refused``, also with ``unknown_device``."""
    kind = message.topic.rsplit("/", maxsplit=1)[-1] or "up"
    if kind in OTHER_EVENTS:
        return _decode_other(kind, message, city)
    if kind != "up":
        raise Refused("unknown_topic", f"{message.topic[:200]!r} is no event of a device.")
    told = read_json(message.payload, _UPLINK)
    eui = told.device_info.dev_eui.lower()
    _check_sender(message, eui, told.f_cnt)
    device = city.register.find_spelled(message.source.name, eui)
    if device is None:
        raise Refused(
            "unknown_device", f"The register has no device {eui[:64]!r}.", device=eui[:64], seq=told.f_cnt
        )
    values = _read_values(told, device)
    if not values:
        return [Ignored("chirpstack_no_decoded_object")]
    return [Reading(device, in_utc(told.time), values, told.f_cnt)]


def _decode_other(kind: str, message: Message, city: City) -> list[Decoded]:
    """Return what an event beside the uplinks says of a device of ours; one without values says that it lives."""
    told = read_json(message.payload, _OTHER)
    if kind == "log" and LOG_CODE.fullmatch(told.code):
        return [Ignored(f"chirpstack_log_{told.code.lower()}")]
    if told.device_info is None or kind not in OF_THE_DEVICE:
        return [Ignored(f"chirpstack_{kind}")]
    eui = told.device_info.dev_eui.lower()
    device = city.register.find_spelled(message.source.name, eui)
    if device is None:
        return [Ignored(f"chirpstack_{kind}")]
    _check_sender(message, eui, None)
    at = in_utc(told.time) if told.time is not None else message.received_at
    reading = Reading(device, at, _list_other_values(kind, told))
    return [reading] if reading.values else [reading, Ignored(f"chirpstack_{kind}")]


def _list_other_values(kind: str, told: OtherEvent) -> dict[str, float]:
    """Return the numbers by the names that rules may use; a join or an acknowledgement has none."""
    if kind == "status":
        has_battery = not (told.battery_level_unavailable or told.external_power_source)
        battery = {"battery_level_percent": told.battery_level} if has_battery else {}
        return {**battery, "link_margin_db": told.margin}
    if kind == "location" and told.location is not None:
        return {"location.lat_deg": told.location.latitude, "location.lon_deg": told.location.longitude}
    return list_numbers(told.object) if kind == "integration" else {}


def _check_sender(message: Message, eui: str, seq: int | None) -> None:
    levels = message.topic.split("/")
    if "device" not in levels[:-1]:
        return
    named = levels[levels.index("device") + 1].lower()
    if named != eui:
        detail = f"The topic names the device {named[:64]!r}, the message {eui[:64]!r}."
        raise Refused("device_mismatch", detail, seq=seq)


def _read_values(told: Uplink, device: Device | Camera) -> dict[str, float]:
    """Return the numbers; what the device is registered to measure must be one, or text that is one."""
    if told.object is None:
        return {}
    if not isinstance(told.object, dict):
        raise Refused("wrong_shape", "The decoded object is no JSON object.", device=device.source_id)
    values = list_numbers(told.object)
    quantity = str(device.parameters.get("quantity") or "")
    found = _find_at(told.object, quantity)
    is_absent = found is ABSENT or found is None or (isinstance(found, str) and not read_words(found))
    if not is_absent and not _is_number(found):
        values[quantity] = _number_of(found, quantity, device)
    return values


def _find_at(value: Any, path: str) -> Any:
    """Return what stands at the path (``a.b``), or ``ABSENT``."""
    for name in path.split("."):
        if not isinstance(value, dict) or name not in value:
            return ABSENT
        value = value[name]
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _number_of(found: Any, quantity: str, device: Device | Camera) -> float:
    """Return the number that a text is; codecs in JavaScript often write ``toFixed(2)``, which is one."""
    if isinstance(found, str) and NUMBER.fullmatch(found.strip()) and math.isfinite(float(found)):
        return float(found)
    shown = str(found)[:40]
    raise Refused("wrong_shape", f"{quantity} is no number but {shown!r}.", device=device.source_id)
