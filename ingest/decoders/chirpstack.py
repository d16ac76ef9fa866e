"""ChirpStack v4, a LoRaWAN network server: the uplinks of its devices, as JSON.

Comes in: a ``Message`` on ``application/{id}/device/{devEui}/event/{kind}``. Goes out: a ``Reading`` of what
the device profile's codec decoded, or ``Ignored`` with the reason. Zero values are left out by its JSON.
Source: chirpstack api/proto/integration/integration.proto, proto3 JSON mapping.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec

from grid.city import City
from ingest.decoders.strict_json import MAX_SEQ, read_json
from ingest.messages import Decoded, Ignored, Message, Reading, Refused

MAX_DEPTH = 4
MAX_VALUES = 200
OTHER_EVENTS = frozenset({"status", "join", "ack", "txack", "log", "location", "integration"})


class DeviceInfo(msgspec.Struct, frozen=True, rename="camel"):
    dev_eui: str


class Uplink(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The part of an uplink that we read; the gateways' places in ``rxInfo`` are not the device's."""

    device_info: DeviceInfo
    time: Annotated[datetime, msgspec.Meta(tz=True)]
    f_cnt: Annotated[int, msgspec.Meta(ge=0, le=MAX_SEQ)] = 0
    object: Any = None


_UPLINK = msgspec.json.Decoder(Uplink)


def decode(message: Message, city: City) -> list[Decoded]:
    """Return what the device measured. Raises ``Refused``, also with ``unknown_device``."""
    kind = message.topic.rsplit("/", maxsplit=1)[-1] if message.transport == "mqtt" else "up"
    if kind in OTHER_EVENTS:
        return [Ignored(f"chirpstack_{kind}")]
    if kind != "up":
        raise Refused("unknown_topic", f"{message.topic[:200]!r} is no event of a device.")
    told = read_json(message.payload, _UPLINK)
    eui = told.device_info.dev_eui.lower()
    device = city.register.find(message.source.name, eui)
    if device is None:
        raise Refused(
            "unknown_device", f"The register has no device {eui[:64]!r}.", device=eui[:64], seq=told.f_cnt
        )
    values = list_numbers(told.object)
    if not values:
        return [Ignored("chirpstack_no_decoded_object")]
    return [Reading(device, told.time.astimezone(UTC), values, told.f_cnt)]


def list_numbers(value: Any, prefix: str = "", depth: int = 0) -> dict[str, float]:
    """Return every number in a codec's object by its path (``a.b``); true and false count as 1 and 0."""
    if isinstance(value, bool | int | float):
        return {prefix: float(value)} if prefix and math.isfinite(value) else {}
    found: dict[str, float] = {}
    if isinstance(value, dict) and depth < MAX_DEPTH:
        for key, item in value.items():
            found.update(list_numbers(item, f"{prefix}.{key}" if prefix else str(key), depth + 1))
            if len(found) > MAX_VALUES:
                raise Refused("wrong_shape", f"More than {MAX_VALUES} values in one uplink.")
    return found
