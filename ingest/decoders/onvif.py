"""ONVIF Profile M: a camera's events and metadata as JSON over MQTT.

Comes in: a ``Message`` on ``{prefix}/onvif-ej/{topic}`` (events) or ``{prefix}/onvif-mj/{topic}`` (metadata). Goes
out: a ``Sighting`` that its property's end, deletion or silence ends, a ``Reading`` of what is counted or
measured, or ``Ignored`` with the reason. A retained message is the state at the time of subscribing, no news.
Source: ONVIF Core Specification, MQTT event broker; Analytics Service Specification, annexes A and B.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, NamedTuple

from grid.city import City
from grid.registers import Camera, Device
from ingest.decoders import watching as seen
from ingest.decoders.strict_json import ANY, as_list, read_json
from ingest.decoders.watching import Seen
from ingest.messages import Decoded, Ignored, Message, Reading, Refused, Sighting
from ingest.observation import Phase

EVENTS, METADATA = "onvif-ej", "onvif-mj"
KINDS: Mapping[str, Seen] = {
    "linedetector/crossed": seen.LINE_CROSSING,
    "linedetector/crossing": seen.LINE_CROSSING,
    "cellmotiondetector/linecross": seen.LINE_CROSSING,
    "fielddetector/objectsinside": seen.INTRUSION,
    "cellmotiondetector/intrusion": seen.INTRUSION,
    "loiteringdetector/objectisloitering": seen.LOITERING,
    "objectdetection/object": Seen("object", seen.DETECTION),
    "cellmotiondetector/people": Seen("object", seen.DETECTION),
    "peopledetector/people": Seen("object", seen.DETECTION),
    "cellmotiondetector/motion": seen.MOTION,
    "motiondetector/detection": seen.MOTION,
    "motionregiondetector/motion": seen.MOTION,
    "videosource/motionalarm": seen.MOTION,
    "tamperdetector/tamper": seen.TAMPER,
    "cellmotiondetector/tamper": seen.TAMPER,
    "videosource/globalscenechange": seen.TAMPER,
    "videosource/imagetoodark": seen.FAULT,
    "videosource/imagetooblurry": seen.FAULT,
    "videosource/signalloss": seen.VIDEO_LOSS,
    "radiometry/temperaturealarm": seen.HEAT,
    "trigger/alarmin": seen.INPUT,
    "trigger/digitalinput": seen.INPUT,
}
LAST_WORDS: Mapping[str, Seen] = {
    "linecross": seen.LINE_CROSSING,
    "tpsmartevent": Seen("object", seen.DETECTION),
    "objectabandoned": seen.ABANDONED,
    "abandoned": seen.ABANDONED,
    "objectremoved": seen.TAKEN_AWAY,
    "removed": seen.TAKEN_AWAY,
}
COUNTERS = frozenset({"counter", "occupancycounter"})
IDENTITY = frozenset({"recognition", "face", "licenseplate"})
CLASSES = {"human": seen.PERSON, "person": seen.PERSON, "vehicle": seen.VEHICLE, "vehical": seen.VEHICLE}
STATES = frozenset({"state", "logicalstate", "alarmactive", "active", "alarm", "failed", "value"})
TRUTH = {"true": True, "1": True, "false": False, "0": False}
LONGEST_S = 3600.0  # ours: a property is true until it is told otherwise, and a camera may be unplugged meanwhile


class Topic(NamedTuple):
    """A topic taken apart: who speaks, events or metadata, about what, from which of its sources."""

    speaker: str
    branch: str
    path: tuple[str, ...]
    origin: str


def decode(message: Message, city: City) -> list[Decoded]:
    """Return what the camera says. Raises ``Refused``, also with ``unknown_camera`` or ``unknown_topic``."""
    topic = _read_topic(message)
    if IDENTITY.intersection(topic.path):
        return [Ignored("onvif_identity")]
    if topic.branch == METADATA:
        return [_decode_metadata(read_json(message.payload, ANY), topic, (message, city))]
    if message.retained and message.payload:
        return [Ignored("onvif_state_at_subscribing")]
    return [_decode_event(topic, message, city)]


def _read_topic(message: Message) -> Topic:
    levels = seen.address_of(message).split("/")
    branch = next((level for level in levels if level in (EVENTS, METADATA)), None)
    if branch is None:
        raise Refused("unknown_topic", f"{message.topic[:200]!r} holds neither {EVENTS} nor {METADATA}.")
    at = levels.index(branch)
    path, _, origin = "/".join(levels[at + 1 :]).partition("/&")
    words = tuple(word.rpartition(":")[2].lower() for word in path.split("/"))
    return Topic("/".join(levels[:at]), branch, words, origin[:60])


def _decode_event(topic: Topic, message: Message, city: City) -> Decoded:
    what = _find_kind(topic.path)
    if not message.payload:
        return _sight(what, topic, None, (message, city)) if what else Ignored("onvif_deleted")
    told = read_json(message.payload, ANY)
    if not isinstance(told, dict) or not isinstance(told.get("Data", {}), dict):
        raise Refused("wrong_shape", "The event is no object with Source and Data.")
    if "sensor" in topic.path:
        return _read_sensor(told, topic, (message, city))
    if topic.path[-1] in COUNTERS:
        return _read_counter(told, topic, (message, city))
    return _sight(what, topic, told, (message, city)) if what else Ignored("onvif_unknown_topic")


def _find_kind(path: tuple[str, ...]) -> Seen | None:
    if "hardwarefailure" in path:
        return seen.FAULT
    pairs = ("/".join(pair) for pair in pairwise(path))  # …/SignalLoss/AnalyticsService
    return next((KINDS[pair] for pair in pairs if pair in KINDS), None) or LAST_WORDS.get(path[-1])


def _sight(what: Seen, topic: Topic, told: Mapping[str, Any] | None, where: tuple[Message, City]) -> Sighting:
    message = where[0]
    camera = _find_camera(topic, told or {}, where)
    data = (told or {}).get("Data") or {}
    is_true = _truth_of(data) if told is not None else False
    labels = frozenset({what.label, *_list_classes(data)})
    return Sighting(
        camera=camera,
        id=f"{camera.id}/{what.label}/{topic.origin}",
        phase=Phase.END if is_true is False else Phase.BEGIN,
        is_review=False,
        labels=labels,
        zones=frozenset({str(_source_of(told or {}).get("Rule") or "")[:80]} - {""}),
        at=_read_time(told or {}, message),
        severity=what.severity,
        lasts_s=LONGEST_S if is_true else seen.lasts_s(message),
    )


def _truth_of(data: Mapping[str, Any]) -> bool | None:
    """Return what the property is now, None where the event is a single shot; classes gone are an end."""
    if "ClassTypes" in data:
        return bool(_list_words(data["ClassTypes"]))
    said = (TRUTH.get(str(value).strip().lower()) for name, value in data.items() if _is_state(name))
    return next((truth for truth in said if truth is not None), None)


def _is_state(name: str) -> bool:
    """Tell whether a value of this name is a truth; a count, a direction or an id may be 0 or 1 as well."""
    return name.lower().startswith("is") or name.lower() in STATES


def _list_words(told: Any) -> list[str]:
    return " ".join(map(str, as_list(told))).replace(",", " ").lower().split()


def _list_classes(data: Mapping[str, Any]) -> Iterable[str]:
    return {CLASSES[word] for word in _list_words(data.get("ClassTypes")) if word in CLASSES}


def _read_time(told: Mapping[str, Any], message: Message) -> datetime:
    """Return the time told, which is UTC also where it does not say so."""
    return seen.trusted(seen.read_moment(str(told.get("UtcTime") or ""), UTC), message)


def _source_of(told: Mapping[str, Any]) -> Mapping[str, Any]:
    source = told.get("Source")
    return source if isinstance(source, dict) else {}


def _find_camera(topic: Topic, told: Mapping[str, Any], where: tuple[Message, City]) -> Camera:
    source = _source_of(told)
    video = next((str(source[name]) for name in source if name.lower().startswith("videosource")), "")
    return seen.find_camera(*where, f"{topic.speaker}/{video}" if video else "", topic.speaker)


def _read_sensor(told: Mapping[str, Any], topic: Topic, where: tuple[Message, City]) -> Reading:
    """Return the reading of ``…/Sensor/{quantity}/{High|Low}``, told when it passes the camera's own threshold."""
    quantity = topic.path[topic.path.index("sensor") + 1 :][:1]
    sensor = str(_source_of(told).get("SensorID") or "")
    device = _find_device(sensor, topic, where)
    data = {
        str(key): number
        for key, value in told.get("Data", {}).items()
        if (number := _number_of(value)) is not None
    }
    if not quantity or "Value" not in data:
        raise Refused("wrong_shape", "The sensor tells no Value.", device=device.id)
    return Reading(device, _read_time(told, where[0]), {quantity[0]: data["Value"]})


def _find_device(sensor: str, topic: Topic, where: tuple[Message, City]) -> Device | Camera:
    message, city = where
    names = (f"{topic.speaker}/{sensor}", sensor, topic.speaker)
    found = (city.register.find_spelled(message.source.name, name) for name in names if name)
    device = next((each for each in found if each is not None), None)
    if device is None:
        detail = f"The register has no sensor {sensor[:64]!r} of {topic.speaker[:64]!r}."
        raise Refused("unknown_device", detail, source_id=sensor or topic.speaker)
    return device


def _read_counter(told: Mapping[str, Any], topic: Topic, where: tuple[Message, City]) -> Reading:
    numbers = [number for value in told.get("Data", {}).values() if (number := _number_of(value)) is not None]
    if not numbers:
        raise Refused("wrong_shape", "The counter tells no number.")
    camera = _find_camera(topic, told, where)
    return Reading(camera, _read_time(told, where[0]), {"person_count": numbers[0]})


def _number_of(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _decode_metadata(told: Any, topic: Topic, where: tuple[Message, City]) -> Decoded:
    """Return how many objects of each class the latest frame shows, or what a sensor of the camera measures."""
    if not isinstance(told, dict):
        raise Refused("wrong_shape", "The metadata is no object.")
    measured = told.get("SensorData")
    if isinstance(measured, dict):
        value = _number_of(measured.get("Value"))
        if value is None:
            raise Refused("wrong_shape", "The sensor tells no Value.")
        device = _find_device(str(measured.get("@SensorID", "")), topic, where)
        return Reading(device, _frame_time(measured, where[0]), {topic.path[-1]: value})
    frames = [frame for frame in as_list(told.get("Frame")) if isinstance(frame, dict)]
    if not frames:
        return Ignored("onvif_no_frame")
    counts = Counter(_class_of(each) for each in as_list(frames[-1].get("Object")) if isinstance(each, dict))
    values = {f"{name}_count": float(counts.get(name, 0)) for name in {seen.PERSON, seen.VEHICLE, *counts} - {""}}
    return Reading(seen.find_camera(*where, topic.speaker), _frame_time(frames[-1], where[0]), values)


def _class_of(each: Mapping[str, Any]) -> str:
    appearance = each.get("Appearance")
    told = appearance.get("Class") if isinstance(appearance, dict) else None
    kinds = as_list(told.get("Type")) if isinstance(told, dict) else []
    words = [str(kind.get("#text", "")) if isinstance(kind, dict) else str(kind) for kind in kinds]
    return next((CLASSES[word.lower()] for word in words if word.lower() in CLASSES), "")


def _frame_time(told: Mapping[str, Any], message: Message) -> datetime:
    return seen.trusted(seen.read_moment(str(told.get("@UtcTime") or ""), UTC), message)
