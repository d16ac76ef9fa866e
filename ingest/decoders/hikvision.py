"""Hikvision cameras and recorders: the notices of ISAPI, as XML or JSON, alone or in parts beside pictures.

Comes in: a ``Message`` that a camera posts to its alarm host. Goes out: a ``Sighting`` that silence ends, since
many models never say that it is over, or ``Ignored`` with the reason. Plates and faces are never read.
Source: Hikvision ISAPI, EventNotificationAlert, in the four namespaces that its products use.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from grid.city import City
from ingest.decoders import watching as seen
from ingest.decoders.multipart import list_texts
from ingest.decoders.several import decode_each
from ingest.decoders.strict_json import ANY, as_list, read_json
from ingest.decoders.strict_xml import name_of, read_xml
from ingest.decoders.watching import Seen
from ingest.http_request import HttpReply, Outcome
from ingest.messages import Decoded, Ignored, Message, Refused, Sighting
from ingest.observation import Phase
from ingest.shedding import SHED

KINDS: Mapping[str, Seen] = {
    "vmd": seen.MOTION,
    "pir": seen.MOTION,
    "io": seen.INPUT,
    "linedetection": seen.LINE_CROSSING,
    "fielddetection": seen.INTRUSION,
    "regionentrance": seen.ENTERING,
    "regionexiting": seen.LEAVING,
    "loitering": seen.LOITERING,
    "group": seen.CROWD,
    "crowddensity": seen.CROWD,
    "framespeoplecounting": seen.CROWD,
    "rapidmove": seen.RUNNING,
    "parking": seen.PARKED,
    "unattendedbaggage": seen.ABANDONED,
    "attendedbaggage": seen.TAKEN_AWAY,
    "shelteralarm": seen.TAMPER,
    "tamperdetection": seen.TAMPER,
    "scenechangedetection": seen.TAMPER,
    "videoloss": seen.VIDEO_LOSS,
    "diskfull": seen.FAULT,
    "diskerror": seen.FAULT,
    "nicbroken": seen.FAULT,
    "ipconflict": seen.FAULT,
    "firedetection": seen.FIRE,
    "firesmokedetection": seen.FIRE,
    "smokedetection": seen.SMOKE,
    "smokeandfiredetection": seen.FIRE,
    "tma": seen.HEAT,
    "thermometry": seen.HEAT,
    "fallingdown": seen.FALL,
    "falldown": seen.FALL,
    "faildown": seen.FALL,
    "violentmotion": seen.FIGHT,
}
TRAFFIC: Mapping[str, Seen] = {
    "illegalparking": seen.PARKED,
    "wrongdirection": seen.WRONG_WAY,
    "congestion": seen.CONGESTION,
    "pedestrian": seen.PEDESTRIAN,
    "abandonedobject": seen.ABANDONED,
    "smoke": seen.SMOKE,
    "fire": seen.FIRE,
    "trafficaccident": seen.ACCIDENT,
}
"""Kinds of a traffic incident (AID); the notice names them in one of several elements."""

SEVERAL = {"aid": TRAFFIC, "behaviorresult": KINDS}

IDENTITY = frozenset(
    {"anpr", "vehicledetection", "facedetection", "facesnap", "facecapture", "alarmresult", "tfs"}
)
"""Notices about whose plate or face it is."""

TARGETS = {"human": seen.PERSON, "vehicle": seen.VEHICLE}
MOST_FIELDS = 400
ONLY_CHANNEL = "1"  # of a camera that does not say it
Fields = dict[str, list[str]]


def decode(message: Message, city: City) -> list[Decoded]:
    """Return what the notices of the message say. Raises ``Refused``, also with ``unknown_camera``."""
    return decode_each(list_texts(message), lambda text: _decode_text(text, message, city))


def _decode_text(text: bytes, message: Message, city: City) -> list[Decoded]:
    return decode_each(_list_notices(text), lambda notice: [_decode_notice(_read_fields(notice), message, city)])


def reply(_message: Message, outcome: Outcome) -> HttpReply | None:
    """Return 200 for all that is stored, told or quarantined: a camera sends again what is answered otherwise."""
    if outcome.refused in ("not_now", SHED):
        return None
    told = {
        "ids": outcome.ids,
        "accepted": len(outcome.ids),
        "ignored": outcome.ignored,
        "refused": outcome.refused,
    }
    return HttpReply(
        status=200, body=msgspec.json.encode({key: said for key, said in told.items() if said is not None})
    )


def _list_notices(text: bytes) -> list[Any]:
    """Return the notices of one text: JSON as objects, XML as it is."""
    is_json = text.lstrip(b"\xef\xbb\xbf \r\n\t").startswith((b"{", b"["))
    return as_list(read_json(text, ANY)) if is_json else [text]


def _read_fields(notice: Any) -> Fields:
    """Return every value of the notice by the name of its element or key in lower case, in order."""
    fields: Fields = {}
    if isinstance(notice, bytes):
        pairs = iter([(name_of(each), (each.text or "").strip()) for each in read_xml(notice).iter()])
    else:
        pairs = _walk_json(notice)
    for count, (name, value) in enumerate(pairs):
        if count > MOST_FIELDS:
            break
        if value:
            fields.setdefault(name.lower(), []).append(value[:500])
    return fields


def _walk_json(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _walk_json(inner, str(key))
    elif isinstance(value, list):
        for inner in value:
            yield from _walk_json(inner, name)
    elif isinstance(value, str | int | float):
        yield name, str(value).strip()


def _first(fields: Fields, *names: str) -> str:
    return next((fields[name][0] for name in names if name in fields), "")


def _decode_notice(fields: Fields, message: Message, city: City) -> Decoded:
    kind = _first(fields, "eventtype").lower()
    state = _first(fields, "eventstate").lower()
    if not kind:
        raise Refused("wrong_shape", "The notice names no eventType.")
    if kind in {"heartbeat", "heartbeatinfo"} or (kind == "videoloss" and state == "inactive"):
        return Ignored("hikvision_heartbeat")
    if kind == "duration":
        kind = _first(fields, "relationevent").lower()
    if kind in IDENTITY:
        return Ignored("hikvision_identity")
    if kind == "aid" and state == "inactive":
        return Ignored("hikvision_heartbeat")
    what = KINDS.get(kind)
    if kind in SEVERAL:
        what = _find_inner(fields, SEVERAL[kind])
    if what is None:
        return Ignored("hikvision_unknown_kind")
    return _sight(what, fields, state, (message, city))


def _find_inner(fields: Fields, kinds: Mapping[str, Seen]) -> Seen | None:
    """Return the kind of a notice that holds several, wherever this model writes it."""
    said = (value.lower() for values in fields.values() for value in values)
    return next((kinds[value] for value in said if value in kinds), None)


def _sight(what: Seen, fields: Fields, state: str, where: tuple[Message, City]) -> Sighting:
    message, city = where
    channel = _first(fields, "channelid", "dynchannelid", "channel")
    owners = [
        _first(fields, "macaddress").lower(),
        _first(fields, "serialnumber", "deviceserialno", "deviceid"),
        _first(fields, "ipaddress", "ipv4address", "ipv4"),
    ]
    names = [f"{owner}/{channel or ONLY_CHANNEL}" for owner in owners if owner] + owners
    camera = seen.find_camera(message, city, channel, *names, _first(fields, "channelname"))
    regions = fields.get("regionid", [])[:8]
    targets = {
        TARGETS[target.lower()] for target in fields.get("detectiontarget", ()) if target.lower() in TARGETS
    }
    return Sighting(
        camera=camera,
        id=f"{camera.id}/{what.label}/{'+'.join(sorted(set(regions)))[:40]}",
        phase=Phase.END if state == "inactive" else Phase.BEGIN,
        is_review=False,
        labels=frozenset({what.label, *targets}),
        zones=frozenset(f"region{region}" for region in regions),
        at=seen.trusted(seen.read_moment(_first(fields, "datetime", "time", "abstime"), city.timezone), message),
        severity=what.severity,
        lasts_s=seen.lasts_s(message),
    )
