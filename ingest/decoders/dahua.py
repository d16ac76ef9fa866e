"""Dahua cameras and recorders: ``Code=…;action=…;index=…;data={…}`` in parts of a stream, or the same as JSON.

Comes in: a ``Message`` that a camera posts, or that a bridge read from its stream. Goes out: a ``Sighting`` that
its stop or silence ends, or ``Ignored`` with the reason. Plates and faces are never read.
Source: Dahua HTTP API, eventManager and client.notifyEventStream.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from grid.city import City
from ingest.decoders import watching as seen
from ingest.decoders.multipart import list_texts
from ingest.decoders.several import decode_each
from ingest.decoders.strict_json import ANY, read_json, to_moment
from ingest.decoders.watching import Seen
from ingest.messages import Decoded, Ignored, Message, Refused, Sighting
from ingest.observation import Phase

KINDS: Mapping[str, Seen] = {
    "videomotion": seen.MOTION,
    "smartmotionhuman": Seen("motion", seen.DETECTION),
    "smartmotionvehicle": Seen("motion", seen.DETECTION),
    "alarmlocal": seen.INPUT,
    "crosslinedetection": seen.LINE_CROSSING,
    "crossregiondetection": seen.INTRUSION,
    "leftdetection": seen.ABANDONED,
    "takenawaydetection": seen.TAKEN_AWAY,
    "wanderdetection": seen.LOITERING,
    "parkingdetection": seen.PARKED,
    "trafficparking": seen.PARKED,
    "trafficretrograde": seen.WRONG_WAY,
    "trafficjam": seen.CONGESTION,
    "trafficpedestrain": seen.PEDESTRIAN,
    "trafficpedestrian": seen.PEDESTRIAN,
    "trafficaccident": seen.ACCIDENT,
    "crowddetection": seen.CROWD,
    "rioterdetection": seen.CROWD,
    "riotererdetection": seen.CROWD,
    "staydetection": seen.LOITERING,
    "tumbledetection": seen.FALL,
    "climbdetection": seen.INTRUSION,
    "trafficthrow": seen.ABANDONED,
    "moveddetection": seen.RUNNING,
    "runningdetection": seen.RUNNING,
    "rundetection": seen.RUNNING,
    "fightdetection": seen.FIGHT,
    "falldetection": seen.FALL,
    "firedetection": seen.FIRE,
    "firewarning": seen.FIRE,
    "smokedetection": seen.SMOKE,
    "heatimagingtemper": seen.HEAT,
    "videoloss": seen.VIDEO_LOSS,
    "videoblind": seen.TAMPER,
    "videoabnormaldetection": seen.TAMPER,
    "scenechange": seen.TAMPER,
    "storagefailure": seen.FAULT,
    "storagenotexist": seen.FAULT,
    "storagelowspace": seen.FAULT,
}
IDENTITY = frozenset({"facedetection", "facerecognition", "facecomparision", "trafficjunction", "trafficsnapshot"})
PLATE_UPLOAD = frozenset({"picture", "plate", "trafficcar"})
"""What a traffic camera uploads of every vehicle names no code."""

HOUSEKEEPING = frozenset(
    {"ntpadjusttime", "timechange", "newfile", "rtspsessiondisconnect", "sleep", "loginfailure"}
)
PHASES = {"start": Phase.BEGIN, "pulse": Phase.BEGIN, "stop": Phase.END}
LONGEST_S = 300.0  # ours: a start is not repeated, and a lost connection loses its stop
OWNERS = ("sn", "serialno", "serialnumber", "deviceid", "devicename")
OBJECTS = {"human": seen.PERSON, "vehicle": seen.VEHICLE, "nonmotor": "bicycle"}

_NOTICE = re.compile(r"^\s*(?=Code=|Heartbeat\s*$)", re.IGNORECASE | re.MULTILINE)
_LINE = re.compile(r"Code=(?P<code>[A-Za-z0-9_]{1,64})\s*;\s*action=(?P<action>\w{1,20})", re.IGNORECASE)
_INDEX = re.compile(r";\s*index=(\d{1,6})", re.IGNORECASE)
_DATA = re.compile(r";\s*data=(\{.*)", re.IGNORECASE | re.DOTALL)


def decode(message: Message, city: City) -> list[Decoded]:
    """Return what the notices of the message say. Raises ``Refused``, also with ``unknown_camera``."""
    texts = [notice for text in list_texts(message) for notice in _split(text)]
    return decode_each(
        texts, lambda text: [_decode_notice(notice, message, city) for notice in _list_notices(text)]
    )


def _split(text: bytes) -> list[str]:
    """Return the notices of one part: several may follow one another, the data of each over several lines."""
    told = text.decode("utf-8-sig", errors="replace").strip()
    if told.startswith(("{", "[")):
        return [told]
    return [notice for notice in _NOTICE.split(told) if notice.strip()] or [told]


def _list_notices(told: str) -> Iterator[Mapping[str, Any]]:
    """Yield the notices of one text, each with lower-case ``code``, ``action``, ``index`` and ``data``."""
    if not told:
        raise Refused("empty", "The message is empty.")
    if told.strip().lower() == "heartbeat":
        yield {"code": "heartbeat"}
    elif told.startswith(("{", "[")):
        yield from _list_objects(read_json(told.encode(), ANY))
    else:
        yield _read_line(told)


def _read_line(told: str) -> Mapping[str, Any]:
    line = _LINE.search(told)
    if line is None:
        raise Refused("wrong_shape", "The notice has no Code=…;action=….")
    index = _INDEX.search(told)
    return {
        "code": line["code"],
        "action": line["action"],
        "index": index[1] if index is not None else "0",
        "data": _read_data(told),
    }


def _read_data(told: str) -> Any:
    """Return the notice's data; firmwares cut them and write ``nan``, and what happened stands before them."""
    data = _DATA.search(told)
    try:
        return read_json(data[1].strip().encode(), ANY) if data is not None else {}
    except Refused:
        return {}


def _list_objects(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield each object that names a code, however deep its producer wraps them."""
    if isinstance(value, list):
        for inner in value:
            yield from _list_objects(inner)
    elif isinstance(value, dict):
        low = {str(key).lower(): inner for key, inner in value.items()}
        wrapped = next((low[name] for name in ("params", "eventlist", "events") if name in low), None)
        if "code" not in low and wrapped is not None:
            yield from _list_objects(wrapped)
        else:
            yield low
    else:
        raise Refused("wrong_shape", "The notice is neither an object nor a list of them.")


def _decode_notice(notice: Mapping[str, Any], message: Message, city: City) -> Decoded:
    code = str(notice.get("code") or "").lower()
    if not code and PLATE_UPLOAD & set(notice):
        return Ignored("dahua_identity")
    if not code:
        raise Refused("wrong_shape", "The notice names no Code.")
    if code == "heartbeat":
        return Ignored("dahua_heartbeat")
    if code in IDENTITY:
        return Ignored("dahua_identity")
    if code in HOUSEKEEPING:
        return Ignored("dahua_housekeeping")
    what, action = KINDS.get(code), str(notice.get("action") or "").lower()
    if what is None:
        return Ignored("dahua_unknown_kind")
    if action not in PHASES:
        return Ignored("dahua_state")
    return _sight(what, action, notice, (message, city))


def _sight(what: Seen, action: str, notice: Mapping[str, Any], where: tuple[Message, City]) -> Sighting:
    message, city = where
    data = notice.get("data")
    data = data if isinstance(data, dict) else {}
    index = str(notice.get("index") or data.get("Channel") or 0)[:6]
    low = {str(name).lower(): value for name, value in data.items()}
    owners = [str(told.get(name) or "")[:80] for told in (notice, low) for name in OWNERS]
    names = [f"{owner}/{index}" for owner in owners if owner]
    camera = seen.find_camera(message, city, index, *names, *owners)
    is_pulse = action == "pulse"
    return Sighting(
        camera=camera,
        id=f"{camera.id}/{what.label}",
        phase=PHASES[action],
        is_review=False,
        labels=frozenset({what.label, *_list_objects_seen(data)}),
        zones=frozenset(str(name)[:80] for name in (data.get("Name"), data.get("RuleName")) if name),
        at=_read_time(data, message, city),
        severity=what.severity,
        lasts_s=seen.lasts_s(message) if is_pulse else max(LONGEST_S, seen.lasts_s(message)),
    )


def _list_objects_seen(data: Mapping[str, Any]) -> Iterator[str]:
    objects = data.get("Objects")
    for each in [data.get("Object"), *(objects if isinstance(objects, list) else [])]:
        kind = str(each.get("ObjectType", "")).lower() if isinstance(each, dict) else ""
        if kind in OBJECTS:
            yield OBJECTS[kind]


def _read_time(data: Mapping[str, Any], message: Message, city: City) -> datetime:
    """Return when it was seen: ``RealUTC``; else ``UTC``, which many firmwares fill with local time."""
    real = _moment_of(data.get("RealUTC"))
    if real is not None:
        return real
    said = _moment_of(data.get("UTC"))
    if said is None:
        return seen.trusted(seen.read_moment(str(data.get("LocaleTime") or ""), city.timezone), message)
    as_local = said.replace(tzinfo=city.timezone)
    return min(said, as_local, key=lambda at: abs(at - message.received_at))


def _moment_of(value: Any) -> datetime | None:
    try:
        return to_moment(value) if value else None
    except Refused:
        return None
