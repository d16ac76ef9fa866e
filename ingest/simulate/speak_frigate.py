"""Review items and tracked objects as the Frigate video system publishes them.

Comes in: a registered camera, what it saw, and for how long. Goes out: ``Message`` for
``mqtt_producer.py``. No faces, plates or names: the fields for them are sent empty.

Source: Frigate documentation, MQTT, topics ``frigate/reviews`` and ``frigate/events``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

import msgspec

from ingest.simulate.speak_native import Message

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a camera watches from start to end; its ids follow from camera, start and ``salt``."""

    camera: str
    objects: tuple[str, ...]
    zones: tuple[str, ...]
    started_at: datetime
    salt: str = ""
    score: float = 0.86

    @property
    def review_id(self) -> str:
        return f"{self.started_at.timestamp():.6f}-{self._tail('review')}"

    @property
    def object_ids(self) -> list[str]:
        return [
            f"{self.started_at.timestamp() - 0.4:.6f}-{self._tail(f'{n}')}" for n, _ in enumerate(self.objects)
        ]

    def _tail(self, what: str) -> str:
        draw = Random(f"{self.camera}/{self.started_at.timestamp()}/{self.salt}/{what}")
        return "".join(draw.choice(_LETTERS) for _ in range(6))


def compose_review(
    sighting: Sighting, kind: str, at: datetime, *, severity: str = "alert", prefix: str = "frigate"
) -> Message:
    """Return one review message; ``kind`` is ``new``, ``update`` or ``end``."""
    after = _describe_review(sighting, severity, at if kind == "end" else None)
    before = after if kind == "new" else _describe_review(sighting, severity, None)
    return Message(f"{prefix}/reviews", msgspec.json.encode({"type": kind, "before": before, "after": after}))


def _describe_review(sighting: Sighting, severity: str, ended_at: datetime | None) -> dict[str, Any]:
    return {
        "id": sighting.review_id,
        "camera": sighting.camera,
        "start_time": sighting.started_at.timestamp(),
        "end_time": ended_at.timestamp() if ended_at else None,
        "severity": severity,
        "thumb_path": f"/media/frigate/clips/review/thumb-{sighting.camera}-{sighting.review_id}.webp",
        "data": {
            "detections": sighting.object_ids,
            "objects": list(dict.fromkeys(sighting.objects)),
            "verified_objects": [],
            "sub_labels": [],
            "zones": list(sighting.zones),
            "audio": [],
            "thumb_time": sighting.started_at.timestamp(),
            "metadata": None,
        },
    }


def compose_object(sighting: Sighting, kind: str, at: datetime, *, prefix: str = "frigate") -> Message:
    """Return one tracked-object message of the first object; ``kind`` is ``new``, ``update`` or ``end``."""
    after = _describe_object(sighting, at, ended=kind == "end")
    before = {**after, "end_time": None}
    if kind == "new":
        before |= {"false_positive": True, "top_score": 0.0}
    return Message(f"{prefix}/events", msgspec.json.encode({"type": kind, "before": before, "after": after}))


def _describe_object(sighting: Sighting, at: datetime, *, ended: bool) -> dict[str, Any]:
    return {
        "id": sighting.object_ids[0],
        "camera": sighting.camera,
        "frame_time": at.timestamp(),
        "start_time": sighting.started_at.timestamp(),
        "end_time": at.timestamp() if ended else None,
        "label": sighting.objects[0],
        "sub_label": None,
        "top_score": sighting.score,
        "score": sighting.score,
        "false_positive": False,
        "box": [412, 300, 560, 610],
        "area": 45880,
        "ratio": 0.48,
        "region": [300, 200, 700, 600],
        "active": not ended,
        "stationary": False,
        "motionless_count": 0,
        "position_changes": 2,
        "current_zones": [] if ended else list(sighting.zones),
        "entered_zones": list(sighting.zones),
        "has_clip": True,
        "has_snapshot": True,
        "attributes": {},
        "current_attributes": [],
        "pending_loitering": False,
        "max_severity": "alert",
        "recognized_license_plate": None,
        "snapshot": {
            "frame_time": at.timestamp(),
            "box": [412, 300, 560, 610],
            "area": 45880,
            "score": sighting.score,
        },
    }
