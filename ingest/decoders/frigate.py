"""Frigate, a video recorder with object detection: what it tells on ``events`` and ``reviews``.

Comes in: a ``Message`` below its topic prefix. Goes out: a ``Sighting`` (a review, or a single object), or
``Ignored`` with the reason. Fields that name a person are never read.
Source: frigate/track/tracked_object.py, review/maintainer.py and comms/dispatcher.py of its releases 0.12-0.18.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from grid.city import City
from grid.registers import Camera
from ingest.decoders.strict_json import read_json, to_moment
from ingest.messages import Decoded, Ignored, Message, Refused, Sighting
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


class ReviewData(msgspec.Struct, frozen=True):
    detections: list[str] = []
    objects: list[str] = []
    zones: list[str] = []
    audio: list[str] = []


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


_OBJECT = msgspec.json.Decoder(ObjectMessage)
_REVIEW = msgspec.json.Decoder(ReviewMessage)


def decode(message: Message, city: City) -> list[Decoded]:
    """Return what the cameras see. Raises ``Refused``, also with ``unknown_camera``."""
    kind = message.topic.rsplit("/", maxsplit=1)[-1]
    if message.transport == "http":
        kind = "reviews" if b'"detections"' in message.payload else "events"
    if kind == "reviews":
        return [_decode_review(message, city)]
    if kind == "events":
        return [_decode_object(message, city)]
    return [Ignored(f"frigate_{kind if kind in OTHER_TOPICS else 'state'}")]


OTHER_TOPICS = frozenset(
    {"tracked_object_update", "triggers", "available", "stats", "camera_activity", "snapshot"}
)
"""What else it publishes: statistics, states, pictures, recognised names, faces, plates. None of it is ours."""


def _decode_review(message: Message, city: City) -> Decoded:
    told = read_json(message.payload, _REVIEW)
    if told.type not in PHASES:
        return Ignored(f"frigate_review_{told.type[:20]}")  # genai: a summary that may come after the end
    review = told.after
    newest = review.end_time or review.start_time
    return Sighting(
        camera=_find_camera(review.camera, review.id, message, city),
        id=review.id,
        phase=PHASES[told.type],
        is_review=True,
        labels=frozenset(name.removesuffix(VERIFIED) for name in [*review.data.objects, *review.data.audio]),
        zones=frozenset(review.data.zones),
        at=to_moment(newest),
        severity=review.severity,
        parts=frozenset(review.data.detections),
    )


def _decode_object(message: Message, city: City) -> Decoded:
    told = read_json(message.payload, _OBJECT)
    seen = told.after
    if told.type not in PHASES:
        return Ignored(f"frigate_event_{told.type[:20]}")
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
    )


def _find_camera(name: str, alarm_id: str, message: Message, city: City) -> Camera:
    found = city.register.find(message.source.name, name)
    if isinstance(found, Camera):
        return found
    raise Refused("unknown_camera", f"The register has no camera {name[:64]!r}.", alarm_id=alarm_id)
