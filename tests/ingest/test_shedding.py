"""A source that sends more than it may loses readings, never alarms, and everybody is told."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from datetime import timedelta

import pytest

from grid.city import City
from ingest.judge import Senses
from ingest.messages import Message
from ingest.observation import Observation, Quarantined
from ingest.receive_http import HttpDelivery, HttpDoor, decode_answer, encode
from ingest.shedding import SHEDDING
from tests.ingest.instruments import NOW
from tests.ingest.test_retry_as_it_came import Receiver

DEVICE = "air-station-001"


@pytest.fixture
def small(city: City) -> City:
    """Return the city with a native source of ten messages a second, five at once."""
    source = dataclasses.replace(city.sources["native"], rate_per_s=10.0, burst=5.0)
    return dataclasses.replace(city, sources={**city.sources, "native": source})


def message(city: City, kind: str, n: int, after_s: float = 0.0, body: str | None = None) -> Message:
    told = {"at": NOW.isoformat(), "values": {"pm10_ugm3": 1.0}, "seq": n}
    if kind == "alarm":
        told = {"id": f"a{n}", "at": NOW.isoformat(), "category": "UM-01003", "phase": "begin"}
    content = (body if body is not None else json.dumps(told)).encode()
    at = NOW + timedelta(seconds=after_s)
    return Message(city.sources["native"], f"citybrain/v1/devices/{DEVICE}/{kind}", content, at)


def test_readings_are_shed_before_alarms(small: City) -> None:
    senses, heard = Senses(small), []
    senses.hear = lambda device, _at, seq: heard.append(seq)
    outcomes = [senses.take(message(small, "telemetry", n)).ignored for n in range(8)]
    assert outcomes == [None] * 5 + ["rate_limited"] * 3 and senses.shedding.counts == {"native": 3}
    assert heard == list(range(8)), "who is shed has spoken: it is neither silent nor missing numbers"
    alarms = [senses.take(message(small, "alarm", n)).records[0] for n in range(50)]
    assert all(isinstance(told, Observation) and SHEDDING in told.flags for told in alarms)
    assert senses.take(message(small, "telemetry", 9, after_s=0.5)).ignored == "rate_limited", (
        "alarms took the room"
    )
    assert senses.take(message(small, "telemetry", 10, after_s=3)).ignored is None
    (later,) = senses.take(message(small, "alarm", 99, after_s=120)).records
    assert isinstance(later, Observation) and SHEDDING not in later.flags


def test_a_flood_of_what_nobody_can_read_does_not_fill_the_quarantine(small: City) -> None:
    senses = Senses(small)
    kept = [senses.take(message(small, "telemetry", n, body="{")).records for n in range(100)]
    assert sum(len(records) for records in kept) == 5
    assert isinstance(kept[0][0], Quarantined)


def test_a_source_without_a_rate_and_a_replay_have_room_of_their_own(small: City, city: City) -> None:
    free = dataclasses.replace(city.sources["native"], rate_per_s=None)
    senses = Senses(dataclasses.replace(city, sources={**city.sources, "native": free}))
    assert not any(senses.take(message(senses.city, "telemetry", n)).ignored for n in range(100))
    senses = Senses(small)
    for n in range(20):
        senses.take(as_replay(message(small, "telemetry", n)))
    assert senses.take(message(small, "telemetry", 1)).ignored is None


def as_replay(of: Message) -> Message:
    return Message(of.source, of.topic, of.payload, of.received_at, of.trace_id, of.transport, True)


def test_over_http_the_sender_hears_it(small: City) -> None:
    receiver = Receiver(Senses(small))
    body = json.dumps({"device_id": DEVICE, "at": NOW.isoformat(), "values": {"pm10_ugm3": 1.0}}).encode()
    delivery = HttpDelivery(source="native", body=body, received_at=NOW, trace_id="t")

    async def send() -> list[str | None]:
        door = HttpDoor(receiver)  # type: ignore[arg-type]
        return [decode_answer(await door.answer(encode(delivery))).refused for _ in range(7)]

    assert asyncio.run(send()) == [None] * 5 + ["rate_limited"] * 2
