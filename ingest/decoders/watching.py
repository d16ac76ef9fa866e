"""What video systems call what they see, in our words: each decoder translates its producer's into these.

The city's camera rules name these labels; what a label is worth is theirs to say. ``DETECTION`` marks what no
analytics stands behind, such as moving pixels.
"""

from __future__ import annotations

import re
from datetime import datetime, tzinfo
from typing import NamedTuple

from grid.city import City
from grid.registers import Camera
from ingest.messages import Message, Refused

ALERT, DETECTION = "alert", "detection"
LASTS_S = 10.0
"""Source: what integrators wait before they call a Hikvision alarm over, 3 to 10 s; a source may say otherwise."""


LONGEST_CHANNEL = 6  # digits; what is longer is an id


class Seen(NamedTuple):
    """One kind of thing that is seen: our label, and how much stands behind it."""

    label: str
    severity: str = ALERT


MOTION = Seen("motion", DETECTION)
INPUT = Seen("alarm_input", DETECTION)
FAULT = Seen("device_fault", DETECTION)
VIDEO_LOSS = Seen("video_loss")
TAMPER = Seen("tamper")
LINE_CROSSING = Seen("line_crossing")
INTRUSION = Seen("intrusion")
ENTERING, LEAVING = Seen("entering"), Seen("leaving")
LOITERING, CROWD, RUNNING = Seen("loitering"), Seen("crowd"), Seen("running")
PARKED, WRONG_WAY, CONGESTION = Seen("parked"), Seen("wrong_way"), Seen("congestion")
PEDESTRIAN, ACCIDENT = Seen("pedestrian"), Seen("accident")
ABANDONED, TAKEN_AWAY = Seen("abandoned_object"), Seen("taken_object")
FIRE, SMOKE, HEAT = Seen("fire"), Seen("smoke"), Seen("overheating")
FIGHT, FALL = Seen("fight"), Seen("fall")

PERSON, VEHICLE = "person", "car"
"""The words of the objects seen are those that open detectors use, so that one rule serves all systems."""

_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d{1,9})?\s*(Z|(?P<sign>[+-]?)(?P<h>\d\d):?(?P<m>\d\d))?\s*"
)


def read_moment(text: str, local: tzinfo) -> datetime | None:
    """Return the moment of an ISO text, by local time where it names no zone; None when it cannot be read.

    An offset that lost its sign is read as east of Greenwich, where its producer stands.
    """
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        return None
    try:
        naive = datetime.fromisoformat(f"{found[1]}T{found[2]}{(found[3] or '')[:7]}")
        if found[4] is None:
            return naive.replace(tzinfo=local)
        if found[4] == "Z":
            return datetime.fromisoformat(f"{naive.isoformat()}+00:00")
        return datetime.fromisoformat(f"{naive.isoformat()}{found['sign'] or '+'}{found['h']}:{found['m']}")
    except ValueError:
        return None


def find_camera(message: Message, city: City, *names: str, by_address: bool = True) -> Camera:
    """Return the camera that the source calls by the first of these names that the register knows.

    The address that the message came to may name it as well (``/ingest/{source}/{camera}``, or the topic below
    the source's own), also by our own id; a name that is a number is a channel of the recorder named there.
    Not ``by_address``: the address says what is told, and no camera.

    Raises:
        Refused: ``unknown_camera``.
    """
    addressed = address_of(message) if by_address else ""
    channels = [name for name in names if name.isdecimal() and len(name) <= LONGEST_CHANNEL]
    within = [f"{addressed}/{channel}" for channel in channels] if addressed else []
    wanted = [name for name in (*within, addressed, *names) if name and name not in channels]
    for name in wanted:
        found = city.register.find_spelled(message.source.name, name) or city.register.find_spelled(
            message.source.name, name.lower()
        )
        if isinstance(found, Camera):
            return found
    own = city.register.find_camera(addressed)
    if own is not None and own.source == message.source.name:
        return own
    shown = ", ".join(name[:64] for name in wanted[:4]) or "none at all"
    detail = f"The register has no camera of this source called {shown}."
    raise Refused("unknown_camera", detail, source_id=wanted[0] if wanted else None)


def address_of(message: Message) -> str:
    """Return what the producer appended to its source's own address or topic; empty when nothing."""
    if message.transport == "http":
        return message.request.rest.strip("/") if message.request is not None else ""
    return message.topic.removeprefix((message.source.topic_filter or "").removesuffix("#")).strip("/")


def lasts_s(message: Message) -> float:
    """Return how long a happening of this source lasts after its last word, in seconds."""
    return float(message.source.options.get("lasts_s", LASTS_S))


def trusted(at: datetime | None, message: Message) -> datetime:
    """Return the producer's time, or when we heard it if it says none."""
    return at if at is not None else message.received_at
