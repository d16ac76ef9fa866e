"""GA/T 1400: what a view library's notifications and direct posts tell, as JSON over HTTP.

Comes in: a ``Message`` on ``…/VIID/{System/…|SubscribeNotifications|Faces|MotorVehicles|APEs|…}``. Goes out: a
``Reading`` of how many people and vehicles a camera saw, ``Gone`` for a camera that went off-line, or ``Ignored``.
Whose face, body or plate it is stays unread; the producer hears a ResponseStatus, or it would send again.
Source: GA/T 1400.4-2017, interface protocol.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from grid.city import City
from ingest.decoders import watching as seen
from ingest.decoders.several import decode_each
from ingest.decoders.strict_json import ANY, as_list, read_json
from ingest.http_request import HttpReply, Outcome
from ingest.messages import Decoded, Gone, Ignored, Message, Reading, Refused

OBJECTS: Mapping[str, str] = {
    "Face": "face_count",
    "Person": "person_count",
    "MotorVehicle": "motor_vehicle_count",
    "NonMotorVehicle": "non_motor_vehicle_count",
    "Thing": "thing_count",
    "Scene": "scene_count",
}
COMPACT, OFFLINE = "%Y%m%d%H%M%S", "2"
BEIJING = ZoneInfo("Asia/Shanghai")  # the standard knows no other time
MOST_OBJECTS = 1000
OK, INVALID, BUSY = "0", "8", "2"
Thing = tuple[str, datetime, dict[str, float]] | str
"""What a camera counted, or the camera that has gone."""

WORDS = {OK: "OK", INVALID: "Invalid JSON content", BUSY: "Busy, send it again"}
"""Source: GA/T 1400.4 annex, ConfirmStatusType."""


def decode(message: Message, city: City) -> list[Decoded]:
    """Return what the notification counts. Raises ``Refused``, also with ``unknown_camera``."""
    path = seen.address_of(message).partition("VIID/")[2] or seen.address_of(message)
    if path.startswith("System/"):
        return [
            Ignored("gat1400_" + {"System/Keepalive": "keepalive"}.get(path.partition("?")[0], "registration"))
        ]
    told = read_json(message.payload, ANY)
    if not isinstance(told, dict):
        raise Refused("wrong_shape", "The body is no object.")
    if "Disposition" in path or "DispositionNotificationListObject" in told:
        return [Ignored("gat1400_disposition")]  # who is wanted is the police's to know
    counts: dict[tuple[str, datetime], dict[str, float]] = {}
    for name, each in _list_objects(told):
        key = (str(each.get("DeviceID") or each.get("TollgateID") or ""), _read_time(each, message))
        of_camera = counts.setdefault(key, {})
        of_camera[name] = of_camera.get(name, 0.0) + 1
    things: list[Thing] = [*((device, at, values) for (device, at), values in counts.items()), *_list_gone(told)]
    return decode_each(things, lambda thing: [_tell(thing, message, city)]) or [Ignored("gat1400_nothing_seen")]


def _tell(thing: Thing, message: Message, city: City) -> Decoded:
    """Return the count of a camera, or that it has gone."""
    if isinstance(thing, str):
        return Gone(seen.find_camera(message, city, thing, by_address=False))
    device, at, values = thing
    return Reading(seen.find_camera(message, city, device, by_address=False), at, values)


def _list_objects(told: Any, depth: int = 0) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield what was seen, wherever it stands: ``FaceListObject.FaceObject`` or ``FaceObjectList.FaceObject``."""
    if depth > len(("List", "Notification", "ObjectList", "Object")) + 2:
        return
    if isinstance(told, list):
        for each in told[:MOST_OBJECTS]:
            yield from _list_objects(each, depth)
    elif isinstance(told, dict):
        for key, value in told.items():
            name = OBJECTS.get(str(key).removesuffix("Object"))
            if name is not None and str(key).endswith("Object"):
                yield from ((name, each) for each in as_list(value)[:MOST_OBJECTS] if isinstance(each, dict))
            else:
                yield from _list_objects(value, depth + 1)


def _list_gone(told: Any) -> Iterator[str]:
    """Yield the cameras that a catalogue or status notification says are off-line."""
    if isinstance(told, list):
        for each in told[:MOST_OBJECTS]:
            yield from _list_gone(each)
    elif isinstance(told, dict):
        named = str(told.get("ApeID") or told.get("DeviceID") or "")
        if str(told.get("IsOnline", "")) == OFFLINE and named:
            yield named
        for key, value in told.items():
            if str(key).startswith(("APE", "Subscribe", "Device")):
                yield from _list_gone(value)


def _read_time(each: Mapping[str, Any], message: Message) -> datetime:
    """Return when it passed: Beijing time as ``20260301080000``, at times with dashes or milliseconds."""
    for name in ("PassTime", "AppearTime", "FaceAppearTime", "PersonAppearTime", "ShotTime", "MarkTime"):
        digits = "".join(c for c in str(each.get(name) or "") if c.isdecimal() and c.isascii())[:14]
        if len(digits) == len("yyyymmddHHMMSS"):
            try:
                return datetime.strptime(digits, COMPACT).replace(tzinfo=BEIJING)
            except ValueError:
                continue
    return message.received_at


def _is_time_asked(path: str) -> bool:
    """Tell whether a camera asks what time it is, as it does after it was admitted."""
    return path.partition("?")[0].endswith("System/Time")


def reply(message: Message, outcome: Outcome) -> HttpReply:
    """Return the ResponseStatus that the producer waits for."""
    path = seen.address_of(message)
    code = OK if outcome.refused is None else BUSY if outcome.refused == "not_now" else INVALID
    status = {
        "RequestURL": f"/VIID/{path.partition('VIID/')[2]}",
        "StatusCode": code,
        "StatusString": outcome.detail or WORDS[code],
        "Id": (outcome.ids or [""])[0],
        "LocalTime": f"{message.received_at.astimezone(BEIJING):{COMPACT}}",
    }
    if _is_time_asked(path):
        now = status["LocalTime"]
        told = {"VIIDServerID": "", "TimeMode": "1", "LocalTime": now, "TimeZone": "Asia/Shanghai"}
        body: dict[str, object] = {"SystemTimeObject": told}
    elif path.partition("VIID/")[2].startswith("System/"):
        body = {"ResponseStatusObject": status}
    else:
        body = {"ResponseStatusListObject": {"ResponseStatusObject": [status]}}
    statuses = {OK: 200, INVALID: 400, BUSY: 503}
    return HttpReply(status=statuses[code], body=msgspec.json.encode(body), content_type="application/VIID+JSON")
