"""CTWing (AEP), China Telecom's IoT platform: what it pushes over HTTP of the devices that it keeps.

Comes in: a ``Message`` with one notification or a list. Goes out: readings, alarms, or ``Ignored``. The platform
drops messages for a minute when we answer slowly or badly, so that it hears 200 whatever the message was worth.
Source: push notifications of the AEP documentation (dataReport, dataReportTupUnion, deviceEvent, …).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from grid.city import City
from grid.registers import Camera, Device
from grid.source_options import PlatformOptions, read_options
from ingest.decoders import platform_facts
from ingest.decoders.plain_facts import read_moment, read_moment_or_none, read_words
from ingest.decoders.several import decode_each
from ingest.decoders.strict_json import ANY, read_json
from ingest.http_request import HttpReply, Outcome
from ingest.messages import Decoded, Ignored, Message, Refused

REPORTS = frozenset({"datareport", "datareporttupunion"})
EVENTS = frozenset({"deviceevent", "eventreport"})
OTHERS = frozenset(
    {
        "deviceonlineofflinereport",
        "devicecommandresponse",
        "commandresponse",
        "deviceinfochanged",
        "deviceaddedevent",
    }
)
IDS = ("deviceId", "IMEI", "imei", "deviceSn", "assocAssetId")
TIMES = ("timestamp", "readTime", "time", "eventTime")
WRAPPED = ("APPdata", "msg", "serviceData", "params")
OLDER = frozenset({"devicedatachanged", "devicedataschanged"})
"""Of the platform before AEP, which older applications still get: services with data and a UTC time each."""

MOST = 500


def decode(message: Message, city: City) -> list[Decoded]:
    """Return what the devices say. Raises ``Refused``, also with ``unknown_device``."""
    if message.request is not None and message.request.method == "GET":
        return [Ignored("ctwing_address_check")]
    told = read_json(message.payload, ANY)
    notices = told if isinstance(told, list) else [told]
    if len(notices) > MOST or not all(isinstance(notice, dict) for notice in notices):
        raise Refused("wrong_shape", "The message is no notification of CTWing, nor a list of them.")
    return decode_each(notices, lambda notice: _decode_one(notice, message, city)) or [Ignored("ctwing_empty")]


def reply(_message: Message, outcome: Outcome) -> HttpReply | None:
    """Return 200 for all that is stored, told or quarantined; the platform sends again what it is not told of."""
    return None if outcome.refused == "not_now" else HttpReply(status=200, body=b'{"code":0,"msg":"ok"}')


def _decode_one(notice: dict[str, Any], message: Message, city: City) -> list[Decoded]:
    kind = read_words(notice.get("messageType")).lower()
    if not kind and read_words(notice.get("notifyType")).lower() in OLDER:
        return _decode_older(notice, message, city)
    if kind in OTHERS:
        return [Ignored(f"ctwing_{kind}")]
    if kind not in REPORTS | EVENTS:
        raise Refused("wrong_shape", f"CTWing has no messageType {kind[:40]!r}.")
    device = platform_facts.find_device(message, city, (notice.get(name) for name in IDS))
    options = read_options(message.source, PlatformOptions)
    if kind in EVENTS:
        told_at = read_moment_or_none(notice.get("timestamp"), city.timezone)
        return [_decode_event(notice, device, told_at or message.received_at, options)]
    at = read_moment(notice.get("timestamp"), city.timezone) or message.received_at
    return _decode_report(notice, (device, at), city, options)


def _decode_older(notice: dict[str, Any], message: Message, city: City) -> list[Decoded]:
    device = platform_facts.find_device(message, city, (notice.get(name) for name in IDS))
    options = read_options(message.source, PlatformOptions)
    services = notice.get("services") or [notice.get("service")]
    found: list[Decoded] = []
    for service in services if isinstance(services, list) else [services]:
        data = service.get("data") if isinstance(service, dict) else None
        values = platform_facts.list_values(data, options) if isinstance(data, dict) else {}
        if values:
            at = read_moment(service.get("eventTime"), city.timezone) or message.received_at
            found.append(platform_facts.make_reading(device, at, values))
    return found or [Ignored("ctwing_no_values")]


def _decode_event(
    notice: dict[str, Any], device: Device | Camera, at: datetime, options: PlatformOptions
) -> Decoded:
    content = platform_facts.open_payload(notice.get("eventContent"))
    words = " ".join([read_words(notice.get("eventType")), _words_of(content)]).strip()
    return platform_facts.make_alarm(device, at, words, options) or Ignored("ctwing_event_of_no_category")


def _words_of(content: Any) -> str:
    if not isinstance(content, dict):
        return read_words(content)
    return " ".join(
        f"{name} {read_words(value)}".strip() for name, value in content.items() if value not in (0, "0")
    )


def _decode_report(
    notice: dict[str, Any], of: tuple[Device | Camera, datetime], city: City, options: PlatformOptions
) -> list[Decoded]:
    """Return a reading each: a meter sends a day's at once, with its own local times, often late."""
    device, at = of
    payload = platform_facts.open_payload(notice.get("payload"))
    if isinstance(payload, dict):
        wrapped = next((payload[name] for name in WRAPPED if name in payload), None)
        payload = payload if wrapped is None else platform_facts.open_payload(wrapped)
    if payload is None:
        return [Ignored("ctwing_needs_codec")]
    found: list[Decoded] = []
    for part in payload if isinstance(payload, list) else [payload]:
        values = platform_facts.list_values(part, options) if isinstance(part, dict) else {}
        own_at = next((moment for moment in _list_times(part, city) if moment), at)
        values = {path: value for path, value in values.items() if path not in TIMES}
        if values:
            found.append(platform_facts.make_reading(device, own_at, values, notice.get("upDataSN")))
    return found or [Ignored("ctwing_no_values")]


def _list_times(part: Any, city: City) -> list[datetime | None]:
    if not isinstance(part, dict):
        return []
    return [read_moment(part.get(name), city.timezone) for name in TIMES]
