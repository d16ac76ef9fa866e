"""Messages of our own composing, as the producers write them; times are now."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime
from typing import Any

from ingest.simulate.speak_chirpstack import compose_uplink
from ingest.simulate.speak_frigate import Sighting, compose_review
from tests.journeys.product import Person, Producer


def now() -> datetime:
    return datetime.now(UTC)


def new_id(prefix: str = "j") -> str:
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


def alarm(category: str, phase: str = "begin", **said: Any) -> dict[str, Any]:
    return {"id": new_id("alarm"), "at": now().isoformat(), "category": category, "phase": phase, **said}


def send_uplink(gateway: Producer, device: dict[str, Any], values: dict[str, Any], count: int = 1) -> None:
    """Publish one uplink of a device as the catalogue lists it."""
    message = compose_uplink(device["topic"], device["source_id"], now(), values, count=count)
    gateway.publish(message.topic, message.payload)


def send_reading(gateway: Producer, device: dict[str, Any], value: float, *, hold_s: float = 0.0) -> None:
    """Publish a value, and once more after the rule's hold time."""
    quantity = device["parameters"]["quantity"] if "parameters" in device else QUANTITIES[device["kind"]]
    send_uplink(gateway, device, {quantity: value})
    if hold_s:
        time.sleep(hold_s + 1.0)
        send_uplink(gateway, device, {quantity: value})


QUANTITIES = {
    "manhole_cover": "lean_angle_deg",
    "underpass_water": "water_level_m",
    "smoke_detector": "smoke_obscuration_ratio",
    "waste_bin": "fill_ratio",
}


def send_review(gateway: Producer, sighting: Sighting, kind: str, severity: str = "alert") -> None:
    message = compose_review(sighting, kind, now(), severity=severity)
    gateway.publish(message.topic, message.payload)


def find_device(person: Person, **facts: Any) -> dict[str, Any]:
    """Return the first device of the catalogue with these facts."""
    for device in person.get("/devices", limit=500)["items"]:
        if all(device.get(key) == value for key, value in facts.items()):
            return dict(device)
    raise AssertionError(f"no device with {facts}")


def list_of_source(person: Person, alarm_id: str) -> list[dict[str, Any]]:
    """Return the incidents that have an alarm among their sources."""
    items = person.get("/incidents", limit=200)["items"]
    return [i for i in items if any(source["id"] == alarm_id for source in i["sources"])]


def find_by_source(person: Person, alarm_id: str) -> dict[str, Any] | None:
    """Return the incident that has an alarm among its sources."""
    found = list_of_source(person, alarm_id)
    assert len(found) <= 1, f"{alarm_id} stands in {len(found)} incidents"
    return found[0] if found else None
