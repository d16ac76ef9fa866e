"""OneNET, China Mobile's IoT platform: what it pushes over HTTP, of its older kind and of the newer Studio.

Comes in: a ``Message`` with a push, or the platform's check of our address by GET, which wants its ``msg`` back.
Goes out: readings, alarms, or ``Ignored``. It repeats what is not answered with 200 within seconds.
Source: OneNET's HTTP push documentation, old (``msg``, ``msg_signature``, ``nonce``) and Studio (``notifyType``).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Any

from grid.city import City
from grid.source_options import PlatformOptions, read_options
from ingest.decoders import platform_facts
from ingest.decoders.plain_facts import read_moment, read_number, read_words
from ingest.decoders.several import decode_each
from ingest.decoders.strict_json import ANY, read_json
from ingest.http_request import HttpReply, Outcome
from ingest.messages import Decoded, Ignored, Message, Reading, Refused

IDS = ("dev_id", "imei", "deviceName", "dev_name", "deviceId", "device_id")
DATA, ONLINE, COMMAND = 1, 2, 7
CHECK = "onenet_address_check"
ENCRYPTED = "msg is encrypted; set the push at the platform to plain text."
MOST = 500


def decode(message: Message, city: City) -> list[Decoded]:
    """Return what the devices say. Raises ``Refused``, also with ``unknown_device``, ``encrypted``."""
    options = read_options(message.source, PlatformOptions)
    if message.request is not None and message.request.method == "GET":
        return [_check_address(message.request.parameters(), options)]
    told = read_json(message.payload, ANY)
    if not isinstance(told, dict):
        raise Refused("wrong_shape", "The message is no push of OneNET.")
    if "enc_msg" in told or "encrypt" in told:
        raise Refused("encrypted", ENCRYPTED)
    if "msg" not in told:
        return _decode_notice(told, message, city, options)
    inner = _open(told["msg"])
    points = inner if isinstance(inner, list) else [inner]
    if len(points) > MOST or not all(isinstance(point, dict) for point in points):
        raise Refused("wrong_shape", "msg holds no data points.")
    return decode_each(points, lambda point: _decode_inner(point, message, city, options)) or [
        Ignored("onenet_empty")
    ]


def reply(message: Message, outcome: Outcome) -> HttpReply | None:
    """Return its own ``msg`` to a check of the address, and 200 for all that is stored or quarantined."""
    if outcome.refused == "not_now":
        return None
    if message.request is not None and message.request.method == "GET":
        echo = message.request.parameters().get("msg", "")
        status = 403 if outcome.refused else 200
        return HttpReply(status=status, body=b"" if outcome.refused else echo.encode(), content_type="text/plain")
    return HttpReply(status=200, body=b"ok", content_type="text/plain")


def sign(token: str, nonce: str, msg: str) -> str:
    """Return the platform's signature. Source: OneNET's documentation, base64(md5(token + nonce + msg))."""
    return base64.b64encode(hashlib.md5((token + nonce + msg).encode(), usedforsecurity=False).digest()).decode()


def _check_address(asked: dict[str, str], options: PlatformOptions) -> Ignored:
    shown = asked.get("signature", "").replace(" ", "+")  # in a query a plus may have become a blank
    if options.token is not None:
        wanted = sign(options.token, asked.get("nonce", ""), asked.get("msg", ""))
        if not hmac.compare_digest(wanted.encode(), shown.encode()):
            raise Refused("wrong_signature", "The check of the address is not signed with this source's token.")
    return Ignored(CHECK)


def _open(told: Any) -> Any:
    """Return the inner message; text that is no JSON is encrypted, and we hold no key."""
    opened = platform_facts.open_payload(told)
    if opened is None and not read_words(told):
        raise Refused("wrong_shape", "msg is empty.")
    if opened is None:
        raise Refused("encrypted", ENCRYPTED)
    return opened


def _decode_inner(point: dict[str, Any], message: Message, city: City, options: PlatformOptions) -> list[Decoded]:
    if "notifyType" in point or "data" in point or "messageType" in point:
        return _decode_notice(point, message, city, options)
    kind = read_number(point.get("type"))
    if kind in (ONLINE, COMMAND):
        return [Ignored("onenet_online" if kind == ONLINE else "onenet_command")]
    if kind != DATA:
        raise Refused("wrong_shape", f"OneNET has no type {str(point.get('type'))[:20]!r}.")
    device = platform_facts.find_device(message, city, (point.get(name) for name in IDS))
    name, value = read_words(point.get("ds_id")), point.get("value")
    values = platform_facts.list_values(value if isinstance(value, dict) else {name: value}, options)
    if not name or not values:
        return [Ignored("onenet_needs_codec")]
    at = read_moment(point.get("at"), city.timezone) or message.received_at
    return [platform_facts.make_reading(device, at, values)]


def _decode_notice(told: dict[str, Any], message: Message, city: City, options: PlatformOptions) -> list[Decoded]:
    """Return what a notice of the Studio says: properties and events, each value with a time of its own."""
    kind = read_words(told.get("notifyType") or told.get("messageType")).lower()
    if kind not in ("property", "event", "thingproperty", "thingevent"):
        if kind and any(read_words(told.get(name)) for name in IDS):  # it came, went, or was told something
            return [Ignored("onenet_notice")]
        raise Refused("wrong_shape", "The message is no push of OneNET.")
    device = platform_facts.find_device(message, city, (told.get(name) for name in IDS))
    data = told.get("data")
    params = data.get("params") if isinstance(data, dict) else None
    if not isinstance(params, dict):
        raise Refused("wrong_shape", "The notice has no data.params.")
    found: list[Decoded] = []
    for name, param in params.items():
        value, at = _read_param(param, message, city)
        if kind.endswith("event"):
            words = f"{name} {read_words(list(value.values()) if isinstance(value, dict) else value)}".strip()
            alarm = platform_facts.make_alarm(device, at, words, options)
            found.append(alarm or Ignored("onenet_event_of_no_category"))
        else:
            values = platform_facts.list_values({name: value}, options)
            found += [platform_facts.make_reading(device, at, values)] if values else []
    return _join_readings(found) or [Ignored("onenet_needs_codec")]


def _read_param(param: Any, message: Message, city: City) -> tuple[Any, datetime]:
    if not isinstance(param, dict) or "value" not in param:
        return param, message.received_at
    return param["value"], read_moment(param.get("time"), city.timezone) or message.received_at


def _join_readings(found: list[Decoded]) -> list[Decoded]:
    """Return one reading for all values of one moment, in the order of time."""
    joined: dict[datetime, Reading] = {}
    others = [one for one in found if not isinstance(one, Reading)]
    for one in found:
        if isinstance(one, Reading):
            before = joined.get(one.at)
            values = {**before.values, **one.values} if before else one.values
            joined[one.at] = Reading(one.device, one.at, values)
    return [*others, *(joined[at] for at in sorted(joined))]
