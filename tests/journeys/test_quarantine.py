"""What nobody can decode: it is kept with the reason, and the next message is served within a second."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from tests.journeys.messages import alarm, find_by_source, new_id, now
from tests.journeys.product import Person, Producer, Product, eventually

pytestmark = pytest.mark.journey

LAMP = "citybrain/v1/devices/street-lamp-020/alarm"


def _alarm(**said: Any) -> bytes:
    return json.dumps(alarm("UM-01037", **said)).encode()


BAD: dict[str, tuple[str, bytes]] = {
    "empty": (LAMP, b""),
    "not_utf8": (LAMP, b"\xff\xfe{\x80"),
    "not_json": (LAMP, b'{"id": "a", "at": '),
    "a_list": (LAMP, b"[1,2,3]"),
    "megabyte": (LAMP, b'{"id":"' + b"x" * 1_048_000 + b'"}'),
    "deep": (LAMP, b"[" * 60_000 + b"]" * 60_000),
    "nan": (LAMP, _alarm().replace(b'"begin"', b'"begin","confidence":NaN')),
    "unknown_category": (LAMP, json.dumps(alarm("no-such-thing")).encode()),
    "unknown_phase": (LAMP, _alarm(phase="middle")),
    "no_id": (LAMP, b'{"at":"2026-01-01T00:00:00Z","category":"UM-01037","phase":"begin"}'),
    "unknown_device": ("citybrain/v1/devices/nobody-knows-me/alarm", _alarm()),
    "frigate_text": ("frigate/reviews", b"hello"),
    "chirpstack_half": ("application/a/device/70b3ac902c3de3eb/event/up", b'{"object": {'),
}


@pytest.fixture
def gateway(product: Product) -> Any:
    producer = product.producer()
    yield producer
    producer.close()


@pytest.fixture
def operator(product: Product) -> Any:
    person = product.person("district_operator")
    yield person
    person.close()


def _serves(gateway: Producer, operator: Person) -> float:
    marker = alarm("UM-01037")
    began = time.monotonic()
    gateway.publish("citybrain/v1/devices/street-lamp-021/alarm", marker)
    eventually(lambda: find_by_source(operator, marker["id"]), 5, every_s=0.02)
    return time.monotonic() - began


@pytest.mark.parametrize("name", sorted(BAD))
def test_the_next_message_is_served_within_a_second(gateway: Producer, operator: Person, name: str) -> None:
    topic, payload = BAD[name]
    gateway.publish(topic, payload)
    assert _serves(gateway, operator) < 1.0


def test_it_lies_in_quarantine_with_the_reason(product: Product, gateway: Producer) -> None:
    admin = product.person("system_admin")
    mark = new_id("q")
    gateway.publish(LAMP, f'{{"id": "{mark}", oops'.encode())

    def lies_there() -> Any:
        for item in admin.get("/quarantine", limit=100)["items"]:
            if mark in json.dumps(item):
                return item
        return None

    item = eventually(lies_there, 5)
    assert item["reason"] and item["topic"].endswith("/alarm")
    admin.close()


@pytest.mark.parametrize("at", ["1970-01-01T00:00:00Z", "2099-01-01T00:00:00Z"])
def test_a_time_nobody_can_mean_is_flagged_or_kept_apart(gateway: Producer, operator: Person, at: str) -> None:
    odd = alarm("UM-01037") | {"at": at}
    gateway.publish("citybrain/v1/devices/street-lamp-022/alarm", odd)
    assert _serves(gateway, operator) < 1.0
    incident = find_by_source(operator, odd["id"])
    if incident is not None:
        assert abs(_seconds_ago(incident["opened_at"])) < 60, "our own clock rules"


def _seconds_ago(text: str) -> float:
    from datetime import datetime

    return (now() - datetime.fromisoformat(text)).total_seconds()


def test_a_nul_in_a_text_harms_nobody(gateway: Producer, operator: Person) -> None:
    odd = alarm("UM-01037", text="a\u0000b")
    gateway.publish("citybrain/v1/devices/street-lamp-023/alarm", odd)
    assert _serves(gateway, operator) < 1.0
    incident = find_by_source(operator, odd["id"])
    assert incident is None or "\u0000" not in json.dumps(incident, ensure_ascii=False)
