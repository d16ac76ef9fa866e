"""A quarantined message is tried again as it came in: by its topic and transport, whatever its format."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from ingest.deliveries import Delivery
from ingest.http_request import HttpRequest
from ingest.judge import Senses
from ingest.messages import Taken
from ingest.observation import Quarantined
from ingest.receive_counts import Counts
from ingest.receive_http import HttpAnswer, HttpDelivery, HttpDoor, decode_answer, encode
from tests.ingest.instruments import NOW, Sender

ALARM = json.dumps({"id": "a1", "at": NOW.isoformat(), "category": "UM-01003", "phase": "begin"})


class Receiver:
    """The receiving thread's place, where everything is stored at once."""

    def __init__(self, senses: Senses) -> None:
        self.senses, self.counts = senses, Counts()
        self.taken: list[Taken] = []

    def call(self, function: object) -> None:
        assert callable(function)
        function()

    def submit(self, deliveries: list[Delivery]) -> None:
        for delivery in deliveries:
            self.taken.append(delivery.taken)
            assert delivery.when_stored is not None
            delivery.when_stored()


def retry(receiver: Receiver, source: str, topic: str, body: str, transport: str = "mqtt") -> HttpAnswer:
    delivery = HttpDelivery(
        source=source, body=body.encode(), received_at=NOW, trace_id="t", topic=topic, transport=transport
    )
    door = HttpDoor(receiver)  # type: ignore[arg-type]
    return decode_answer(asyncio.run(_answer(door, delivery)))


async def _answer(door: HttpDoor, delivery: HttpDelivery) -> bytes:
    return await door.answer(encode(delivery))


@pytest.fixture
def receiver(senses: Senses) -> Receiver:
    return Receiver(senses)


def test_a_native_alarm_is_its_topics_devices(receiver: Receiver) -> None:
    topic = "citybrain/v1/devices/air-station-001/alarm"
    assert retry(receiver, "native", topic, ALARM).ids == ["a1"]
    assert receiver.taken[-1].records[0].device == "air-station-001"
    unknown = retry(receiver, "native", topic.replace("001", "999"), ALARM)
    assert unknown.ids == ["a1"] and "unregistered" in receiver.taken[-1].records[0].flags
    reading = json.dumps({"at": NOW.isoformat(), "values": {"x": 1}})
    unknown = retry(receiver, "native", topic.replace("001/alarm", "999/telemetry"), reading)
    assert unknown.refused == "unknown_device" and unknown.ids == []


def test_a_replayed_one_stays_a_replay(receiver: Receiver) -> None:
    assert retry(receiver, "native", "replay/citybrain/v1/devices/air-station-001/alarm", ALARM).ids == ["a1"]
    record = receiver.taken[-1].records[0]
    assert getattr(record, "replay", False)


def test_the_topic_of_an_uplink_says_which_device_and_kind(receiver: Receiver, sender: Sender) -> None:
    eui = sender.city.register.list_devices("hydrant")[0].source_id
    body = json.dumps({"time": NOW.isoformat(), "deviceInfo": {"devEui": eui}, "object": {"pressure_mpa": 0.4}})
    assert retry(receiver, "chirpstack", f"application/a/device/{eui}/event/up", body).refused is None
    assert (
        retry(receiver, "chirpstack", f"application/a/device/{eui}/event/join", "{}").ignored == "chirpstack_join"
    )
    other = retry(receiver, "chirpstack", "application/a/device/0011223344556677/event/up", body)
    assert other.refused == "device_mismatch"


def test_the_topic_of_a_camera_system_says_which_kind(receiver: Receiver, sender: Sender) -> None:
    camera = next(c for c in sender.city.register.list_cameras() if c.source == "frigate").source_id
    seen = {"id": "1.0-a", "camera": camera, "label": "car", "start_time": time.time(), "detections": []}
    body = json.dumps({"type": "new", "after": seen})  # by HTTP the word "detections" would make it a review
    assert retry(receiver, "frigate", "frigate/events", body).refused is None
    assert retry(receiver, "frigate", "frigate/reviews", body).refused == "wrong_shape"
    assert retry(receiver, "frigate", "frigate/stats", "{").ignored == "frigate_stats"


def test_what_cannot_be_decoded_over_http_is_kept_once_with_how_it_came(receiver: Receiver) -> None:
    request = HttpRequest(content_type="application/xml", rest="feed", query="a=1")
    facts = {"source": "cap", "body": b"<alert/>", "received_at": NOW, "trace_id": "t", "request": request}
    door = HttpDoor(receiver)  # type: ignore[arg-type]
    first = decode_answer(asyncio.run(_answer(door, HttpDelivery(**facts))))
    (kept,) = receiver.taken[-1].records
    assert isinstance(kept, Quarantined) and kept.request == request and kept.payload == b"<alert/>"
    assert (first.refused, first.quarantined) == ("wrong_shape", kept.id)
    again = decode_answer(asyncio.run(_answer(door, HttpDelivery(**facts, is_retry=True))))
    assert (again.refused, again.quarantined) == ("wrong_shape", None) and len(receiver.taken) == 1


def test_one_broken_order_of_a_batch_hides_no_other(receiver: Receiver) -> None:
    orders = json.dumps([{"order_no": "1", "title": "井盖缺失"}, {"title": "no number"}])
    answer = retry(receiver, "hotline", "", orders, "http")
    assert (answer.refused, answer.ids) == (None, ["1"]) and answer.quarantined
