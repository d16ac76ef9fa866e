"""Whatever a producer sends: thousands of generated inputs of every format through the real receiving thread.

Nothing raises out of the callback: each is accepted, ignored for a reason or quarantined, the threads live, and
the next good message is served at once.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from foundation.bus.credentials import GATEWAY
from foundation.database import Database
from grid.city import City
from grid.sources import Source
from ingest.decoders import DECODERS
from ingest.observation import Observation
from ingest.receive_http import HttpDelivery, HttpDoor, decode_answer, encode
from tests.ingest.instruments import Engine, Receiving

NEXT_S = 1.0
DEVICE = "street-lamp-003"
NAMES = """
id at seq category phase severity confidence text lon lat coord_sys evidence values type after before camera label
start_time frame_time end_time top_score data zones objects detections deviceInfo devEui time fCnt object rxInfo
UtcTime Source Data Code action index payload msg deviceId order_no title content address position device
SubscribeNotificationListObject SubscribeNotificationObject service_code description jurisdiction_id
"""
KEYS = st.sampled_from(NAMES.split())
WORDS = st.sampled_from(
    ["begin", "end", "new", "update", "UM-01003", "manhole", "", "NaN", "-1", "9999999", "\x00", "\ud7ff", "井盖",
     "2026-03-01T08:00:00Z", "1970-01-01T00:00:00Z", "2099-01-01", "20240122114705", "true", DEVICE, "camera-001"]
)  # fmt: skip
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), WORDS, st.text(max_size=20),
    st.sampled_from([0, -1, 1e308, 1772352000, 1772352000000, 118.3, 33.8, 0.5]),
)  # fmt: skip
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=6,
)
JSON_BODIES = st.dictionaries(KEYS, VALUES, max_size=7).map(
    lambda body: json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")
)
XML_BODIES = st.builds(
    lambda name, inner: f"<?xml version='1.0'?><{name}>{inner}</{name}>".encode("utf-8", "surrogatepass"),
    st.sampled_from(["EventNotificationAlert", "alert", "requests", "feed", "x"]),
    st.one_of(
        st.text(max_size=60),
        st.sampled_from(
            ["<eventType>VMD</eventType>", "<!DOCTYPE x [<!ENTITY a 'b'>]>", "<identifier>1</identifier>"]
        ),
    ),
)
BODIES = st.one_of(
    JSON_BODIES,
    XML_BODIES,
    st.binary(max_size=80),
    st.builds(lambda body, cut: body[:cut], JSON_BODIES, st.integers(0, 200)),
    st.builds(lambda deep: b"[" * deep + b"]" * deep, st.sampled_from([10, 2000, 20_000])),
    st.builds(lambda code: f"Code={code};action=Start;index=0;data={{".encode(), st.text(max_size=12)),
    st.just(b""),
)
LEVELS = {
    "native": ["alarm", "telemetry"],
    "frigate": ["events", "reviews", "available", "tracked_object_update", "stats"],
    "chirpstack": ["up", "join", "status", "log"],
}


def generate(count: int, sources: list[Source]) -> list[tuple[Source, str, bytes]]:
    """Return so many inputs, each for one of the sources, by way of hypothesis and its own draws."""
    found: list[tuple[Source, str, bytes]] = []

    @settings(
        max_examples=count, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(source=st.sampled_from(sources), level=st.integers(0, 9), body=BODIES)
    def draw(source: Source, level: int, body: bytes) -> None:
        found.append((source, topic_of(source, level), body))

    draw()
    return found


def topic_of(source: Source, level: int) -> str:
    """Return a topic that the source's filter covers."""
    levels = LEVELS.get(source.format, ["event", "x"])
    name = levels[level % len(levels)]
    topic = (source.topic_filter or "").replace("#", f"camera-001/{name}" if level > 6 else name)
    parts = topic.split("/")
    plus = [n for n, part in enumerate(parts) if part == "+"]
    for n in plus:
        parts[n] = name if n == plus[-1] else DEVICE
    return "/".join(parts)


@pytest.mark.parametrize("count", [2_000, pytest.param(10_000, marks=pytest.mark.prove)])
def test_nothing_that_anybody_sends_stops_the_senses(
    engine: Engine, senses_database: Database, city: City, count: int
) -> None:
    sources = [source for source in city.sources.values() if source.format in DECODERS]
    assert {source.format for source in sources} == set(DECODERS)
    inputs = generate(count, sources)
    assert len(inputs) >= count * 0.9

    async def play() -> None:
        async with Receiving(engine, senses_database) as receiving:
            await _send(engine, receiving, inputs)
            await _serve_the_next(engine, receiving)

    asyncio.run(play())


async def _send(engine: Engine, receiving: Receiving, inputs: list[tuple[Source, str, bytes]]) -> None:
    gateway = engine.connect(GATEWAY)
    counts = receiving.ingest.get_state
    door = HttpDoor(receiving.ingest._receiver)
    by_mqtt = [(topic, body) for source, topic, body in inputs if source.transport == "mqtt"]
    for n, (topic, body) in enumerate(by_mqtt):
        gateway.publish(topic, body, qos=1)
        if n % 50 == 49:
            await asyncio.sleep(0.01)
    for source, _, body in inputs:
        if source.transport == "http":
            delivery = HttpDelivery(source=source.name, body=body, received_at=datetime.now(UTC), trace_id="t")
            decode_answer(await door.answer(encode(delivery)))
    try:
        await receiving.wait_for(lambda: sum(counts().received.values()) >= len(inputs), 60)
    except AssertionError:
        sent = Counter(source.name for source, _, _ in inputs)
        raise AssertionError((sent, counts().received, counts().ignored)) from None
    state = counts()
    ended = sum(sum(part.values()) for part in (state.told, state.quarantined, state.ignored))
    assert ended >= len(inputs) * 0.5, state  # readings and positions end in none of the three
    assert receiving.ingest._receiver.is_alive and receiving.ingest._receiver.failure is None
    faults = await _drain(receiving)
    assert not faults, faults[:3]


async def _drain(receiving: Receiving) -> list[Any]:
    """Read what was stored; return what a fault of ours has quarantined."""
    faults: list[Any] = []
    while True:
        try:
            records = await receiving.read(1, 1.0)
        except AssertionError:
            return faults
        faults += [r for r in records if not isinstance(r, Observation) and r.reason == "fault"]


async def _serve_the_next(engine: Engine, receiving: Receiving) -> None:
    gateway = engine.connect(GATEWAY, "after-all-that")
    good = {"id": "good", "at": datetime.now(UTC).isoformat(), "category": "UM-01037", "phase": "begin"}
    began = time.monotonic()
    gateway.publish(f"citybrain/v1/devices/{DEVICE}/alarm", json.dumps(good), qos=1)
    told = receiving.ingest.get_state().told.get("native", 0)
    took_s = await receiving.wait_for(lambda: receiving.ingest.get_state().told.get("native", 0) > told, 10)
    (record,) = [r for r in await receiving.read(1) if isinstance(r, Observation)]
    assert record.id == "good"
    assert took_s <= NEXT_S, (took_s, time.monotonic() - began)
