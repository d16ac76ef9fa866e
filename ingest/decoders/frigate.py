"""Frigate, a video recorder with object detection: reviews, objects, counts, and that it has gone.

Comes in: a ``Message`` below its topic prefix. Goes out: a ``Sighting`` (a review, or a single object), a
``Reading`` (how many objects a camera or zone shows), ``Gone``, or ``Ignored`` with the reason. Fields that name
or describe a person are never read.
Source: frigate/track/tracked_object.py, review/maintainer.py and comms/dispatcher.py of its releases 0.12-0.18.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import msgspec

from grid.city import City
from grid.registers import Camera
from ingest.decoders.strict_json import read_json, to_moment
from ingest.messages import Decoded, Gone, Ignored, Message, Reading, Refused, Sighting
from ingest.observation import Phase

PHASES = {"new": Phase.BEGIN, "update": Phase.UPDATE, "end": Phase.END}
VERIFIED = "-verified"
NOT_YET = "none"  # since 0.14 an object says null until a zone makes it worth a review; older ones say nothing

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


class TrackedObject(msgspec.Struct, frozen=True, kw_only=True):
    """The part of an object that we read; unknown keys are allowed by its makers, too."""

    id: Id
    camera: str
    label: str
    start_time: float
    frame_time: float | None = None
    end_time: float | None = None
    top_score: float | None = None
    score: float | None = None
    false_positive: bool | None = None
    max_severity: str | msgspec.UnsetType | None = msgspec.UNSET
    current_zones: list[str] = []
    entered_zones: list[str] = []
    box: list[float] | None = None
    stationary: bool | None = None


class ReviewData(msgspec.Struct, frozen=True):
    detections: list[str] = []
    objects: list[str] = []
    zones: list[str] = []
    audio: list[str] = []
    sub_labels: list[object] | None = None
    metadata: object = None


class Review(msgspec.Struct, frozen=True, kw_only=True):
    id: Id
    camera: str
    start_time: float
    severity: str
    end_time: float | None = None
    data: ReviewData = ReviewData()


class ObjectMessage(msgspec.Struct, frozen=True):
    type: str
    after: TrackedObject


class ReviewMessage(msgspec.Struct, frozen=True):
    type: str
    after: Review


class Update(msgspec.Struct, frozen=True):
    type: str


_OBJECT = msgspec.json.Decoder(ObjectMessage)
_REVIEW = msgspec.json.Decoder(ReviewMessage)
_UPDATE = msgspec.json.Decoder(Update)

LONGEST_TITLE = 200
STREAMS = frozenset({"events", "reviews", "tracked_object_update"})
"""Topics of which the broker keeps nothing."""

OTHER_TOPICS = frozenset({"triggers", "stats", "camera_activity", "audio_detections", "notifications"})
OTHER_STATES = frozenset({"state", "snapshot", "motion", "review_status", "active", "set", "suspend"})
UPDATES = frozenset({"description", "face", "lpr", "classification"})
"""Recognised faces and plates, and descriptions of how somebody looks: none of it is ours."""


def decode(message: Message, city: City) -> list[Decoded]:
    """Return what the cameras see. Raises ``Refused``, also with ``unknown_camera``."""
    levels = _levels_below_prefix(message)
    kind = levels[-1]
    if not message.payload and kind not in STREAMS:
        return [Ignored("frigate_cleared")]  # what the broker had kept of the topic was deleted
    if kind == "reviews":
        return [_decode_review(message, city)]
    if kind == "events":
        return [_decode_object(message, city)]
    if kind == "tracked_object_update":
        told = read_json(message.payload, _UPDATE)
        return [Ignored(f"frigate_{told.type if told.type in UPDATES else 'other'}_update")]
    if kind == "available":
        return [_decode_available(message)]
    if len(levels) == 1:
        return [Ignored(f"frigate_{kind if kind in OTHER_TOPICS else 'state'}")]
    return [_decode_state(levels, message, city)]


def _levels_below_prefix(message: Message) -> list[str]:
    """Return the topic's levels below the site's prefix, which may have several.

    By HTTP the topic is what is appended to the address; where nothing is, the shape tells.
    """
    if message.transport == "http":
        rest = message.request.rest.strip("/").removeprefix("frigate/") if message.request is not None else ""
        return rest.split("/") if rest else [_kind_of_shape(message.payload)]
    prefix = (message.source.topic_filter or "").removesuffix("#")
    return message.topic.removeprefix(prefix).split("/")


def _kind_of_shape(payload: bytes) -> str:
    if b'"after"' not in payload:
        return "tracked_object_update"
    return "reviews" if b'"detections"' in payload else "events"


def _decode_available(message: Message) -> Decoded:
    told = message.payload.decode(errors="replace").strip()
    if told == "online":
        return Ignored("frigate_online")
    if told in {"offline", "stopped"}:
        return Gone()
    raise Refused("wrong_shape", f"available is online, offline or stopped, not {told[:40]!r}.")


def _decode_state(levels: list[str], message: Message, city: City) -> Decoded:
    """Return what a camera's or zone's own topics tell: how many objects, or that it went."""
    place, kind = levels[0], levels[-1]
    if kind in OTHER_STATES:
        return Ignored("frigate_state")
    told = message.payload.decode(errors="replace").strip()
    if "status" in levels[1:-1]:
        camera = city.register.find_spelled(message.source.name, place)
        is_gone = told == "offline" and isinstance(camera, Camera)
        return Gone(camera) if is_gone and isinstance(camera, Camera) else Ignored("frigate_status")
    if len(levels) != len(("place", "label")):
        return Ignored("frigate_audio" if "audio" in levels else "frigate_state")
    if not told.isdecimal() or len(told) > len("100000"):
        raise Refused("wrong_shape", f"The number of objects is a whole number, not {told[:40]!r}.")
    return _count(place, {f"{kind}_count": float(told)}, message, city)


def _count(place: str, counted: dict[str, float], message: Message, city: City) -> Decoded:
    """Return how many objects a camera shows, or the one camera that shows the zone of this name."""
    camera = city.register.find_spelled(message.source.name, place)
    if isinstance(camera, Camera):
        return Reading(camera, message.received_at, counted)
    showing = [c for c in city.register.list_cameras() if c.source == message.source.name and place in c.zones]
    if len(showing) != 1:
        return Ignored("frigate_count_of_no_camera")
    return Reading(showing[0], message.received_at, {f"{place}.{name}": n for name, n in counted.items()})


def _decode_review(message: Message, city: City) -> Decoded:
    told = read_json(message.payload, _REVIEW)
    if told.type not in {*PHASES, "genai"}:
        return Ignored("frigate_other_review")
    review = told.after
    newest = to_moment(review.end_time or review.start_time)
    title = _read_title(review)
    if told.type == "genai" and not title:
        return Ignored("frigate_summary_without_title")
    return Sighting(
        camera=_find_camera(review.camera, review.id, message, city),
        id=review.id,
        phase=PHASES.get(told.type, Phase.END if review.end_time else Phase.UPDATE),
        is_review=True,
        labels=frozenset(name.removesuffix(VERIFIED) for name in [*review.data.objects, *review.data.audio]),
        zones=frozenset(review.data.zones),
        at=newest + timedelta(milliseconds=1) if title else newest,  # a summary follows the end that it sums up
        severity=review.severity,
        parts=frozenset(review.data.detections),
        opens=told.type != "genai",
        text=title,
    )


def _read_title(review: Review) -> str:
    """Return the summary's title; none where it may hold the name of somebody recognised."""
    summary = review.data.metadata  # of a language model; its long forms describe how people look
    title = summary.get("title") if isinstance(summary, dict) and not review.data.sub_labels else None
    return " ".join(title.split())[:LONGEST_TITLE] if isinstance(title, str) else ""


def _decode_object(message: Message, city: City) -> Decoded:
    told = read_json(message.payload, _OBJECT)
    seen = told.after
    if told.type not in PHASES:
        return Ignored("frigate_other_object")
    if seen.false_positive:
        return Ignored("frigate_false_positive")
    scores = [score for score in (seen.top_score, seen.score) if score is not None]
    return Sighting(
        camera=_find_camera(seen.camera, seen.id, message, city),
        id=seen.id,
        phase=PHASES[told.type],
        is_review=False,
        labels=frozenset({seen.label.removesuffix(VERIFIED)}),
        zones=frozenset([*seen.current_zones, *seen.entered_zones]),
        at=to_moment(seen.end_time or seen.frame_time or seen.start_time),
        severity=None if seen.max_severity is msgspec.UNSET else seen.max_severity or NOT_YET,
        score=max(scores, default=None),
        since=to_moment(seen.start_time),
        box=(seen.box[0], seen.box[1], seen.box[2], seen.box[3]) if seen.box and len(seen.box) == 4 else None,
        is_standing=bool(seen.stationary),
    )


def _find_camera(name: str, alarm_id: str, message: Message, city: City) -> Camera:
    found = city.register.find_spelled(message.source.name, name)
    if isinstance(found, Camera):
        return found
    detail = f"The register has no camera {name[:64]!r}."
    raise Refused("unknown_camera", detail, alarm_id=alarm_id, source_id=name)
