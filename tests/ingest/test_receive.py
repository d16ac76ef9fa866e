"""Receiving from a real engine: bad input, restarts, partitions, and who may say what."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from datetime import UTC, datetime
from statistics import median
from typing import Any

import msgspec
import paho.mqtt.client as mqtt
import pytest

from foundation.bus.connection import open_bus
from foundation.bus.credentials import GATEWAY, bus_url
from foundation.bus.server_config import ACK_WAIT_S
from foundation.database import Database
from foundation.processes import CannotRun
from ingest.judge import Senses
from ingest.mqtt_packets import Packet
from ingest.mqtt_session import Endpoint
from ingest.observation import Observation, Quarantined
from ingest.receive import wait_for_turn
from ingest.receive_mqtt import MqttReceiver
from ingest.repeats import REPEATED
from tests.ingest.instruments import Engine, Receiving

DEVICE = "air-station-001"
TOPIC = f"citybrain/v1/devices/{DEVICE}"


def alarm(id: str, **changes: Any) -> bytes:
    now = datetime.now(UTC).isoformat()
    return json.dumps({"id": id, "at": now, "category": "UM-01003", "phase": "begin"} | changes).encode()


def publish(client: mqtt.Client, topic: str, payload: bytes) -> None:
    info = client.publish(topic, payload, qos=1)
    info.wait_for_publish(5)
    assert info.is_published()


BAD = {
    "empty": b"",
    "not_utf8": b"\xff\xfe",
    "too_large": b"x" * 1024 * 1024,
    "too_deep": alarm("a")[:-1] + b', "deep": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    "not_json": alarm("a").replace(b'"begin"', b"NaN"),
    "nul": alarm("a\u0000"),
    "wrong_shape": b"{}",
    "unknown_category": alarm("a", category="XX"),
}


def test_bad_input_is_quarantined_and_the_next_message_is_served_at_once(
    engine: Engine, senses_database: Database
) -> None:
    async def play() -> None:
        async with Receiving(engine, senses_database) as receiving:
            device = engine.connect(DEVICE)
            gateway = engine.connect(GATEWAY)
            waits_s = []
            for number, (reason, payload) in enumerate(BAD.items()):
                publish(device, f"{TOPIC}/alarm", payload)
                began = time.monotonic()
                publish(device, f"{TOPIC}/alarm", alarm(f"next-{number}"))
                bad, good = await receiving.read(2)
                waits_s.append(time.monotonic() - began)
                assert isinstance(bad, Quarantined) and bad.reason == reason
                assert isinstance(good, Observation) and good.id == f"next-{number}"
            for topic in (
                "citybrain/v1/devices/nobody/telemetry",
                "citybrain/v1/devices/" + "x" * 3000 + "/alarm",
            ):
                publish(gateway, topic, json.dumps({"at": "2026-01-01T00:00:00Z", "values": {"x": 1}}).encode())
            for at in ("1970-01-01T00:00:00Z", "2099-01-01T00:00:00Z"):
                publish(device, f"{TOPIC}/alarm", alarm(at, at=at))
            records = await receiving.read(4)
            assert {r.reason for r in records if isinstance(r, Quarantined)} == {"unknown_device", "unknown_topic"}
            assert {r.flags for r in records if isinstance(r, Observation)} == {("clock_suspect",)}
            assert median(waits_s) < 1, "one slow turn of a shared machine is no fault, half of them are"
            await receiving.wait_for(lambda: receiving.ingest.get_state().in_flight == 0, 5)
            assert receiving.is_ready

    asyncio.run(play())


def test_what_waits_for_the_bus_is_neither_judged_nor_counted_again(senses: Senses) -> None:
    """Judged again, what a rule has begun is nothing new, and would be acknowledged before it is stored."""
    receiver = MqttReceiver(senses, {0: ["#"]}, Endpoint(host="127.0.0.1", port=1), lambda _deliveries: None)
    (session,) = receiver.sessions
    packet = Packet(f"{TOPIC}/telemetry".encode(), b"{", mid=7, qos=1)
    now, acknowledged = datetime.now(UTC), []
    session.acknowledge = lambda mid, qos: acknowledged.append(mid)  # type: ignore[method-assign]
    first = receiver._take(session, packet, now)
    assert first is not None and first.taken.records
    assert receiver._take(session, packet, now) is None
    assert receiver.counts.received == {"native": 1} and not acknowledged
    session.connection = 2  # the connection broke before the bus had it
    packet = msgspec.structs.replace(packet, dup=True, mid=3)
    assert receiver._take(session, packet, now) is None and not acknowledged
    receiver.acknowledge([first])
    receiver._acknowledge_done()
    assert acknowledged == [3], "acknowledged under the number that now means it"
    assert receiver._take(session, packet, now) is None, "sent before the broker heard the acknowledgement"
    assert acknowledged == [3, 3]
    assert receiver.counts.ignored == {REPEATED: 1} and receiver.counts.quarantined == {"native": 1}
    packet = msgspec.structs.replace(packet, dup=False)
    assert receiver._take(session, packet, now) is not None, "the number is free for another"
    for end in (receiver._wake_r, receiver._wake_w, receiver._selector):
        end.close()  # it was never started


def test_what_the_engine_repeats_while_we_are_slow_is_kept_once(engine: Engine, senses_database: Database) -> None:
    """Reading takes longer than the engine's patience: behind what is stored lies a repeat of it."""

    async def play() -> None:
        async with Receiving(engine, senses_database) as receiving:
            receiver = receiving.ingest._receiver
            take = receiver._take

            def take_slowly(*arguments: Any) -> Any:
                time.sleep((ACK_WAIT_S + 1) / 700)
                return take(*arguments)

            receiver._take = take_slowly  # type: ignore[method-assign]
            device = engine.connect(DEVICE)
            for number in range(700):
                device.publish(f"{TOPIC}/telemetry", f"{{{number}".encode(), qos=1)
            records = await receiving.read(700, 20)
            state = receiving.ingest.get_state
            await receiving.wait_for(lambda: state().in_flight == 0, 10)
            assert len({r.payload for r in records if isinstance(r, Quarantined)}) == 700 == len(records)
            assert state().received == state().quarantined == {"native": 700}

    asyncio.run(play())


def test_what_was_acknowledged_survives_a_kill_of_the_engine(engine: Engine, senses_database: Database) -> None:
    async def play() -> None:
        async with Receiving(engine, senses_database) as receiving:
            acknowledged: list[str] = []
            for round_ in range(3):
                client = engine.connect(DEVICE, f"sender-{round_}")
                for number in range(40):
                    info = client.publish(f"{TOPIC}/alarm", alarm(f"{round_}-{number}"), qos=1)
                    if number == 30:
                        engine.kill()
                        break
                    await asyncio.to_thread(info.wait_for_publish, 5)
                    acknowledged.append(f"{round_}-{number}")
                client.loop_stop()
                engine.start()
                assert await receiving.wait_for(lambda: receiving.is_ready, 10) < 10
            seen: set[str] = set()
            while not seen >= set(acknowledged):
                seen |= {r.id for r in await receiving.read(1, 10) if isinstance(r, Observation)}

    asyncio.run(play())


def test_a_restart_of_the_senses_loses_nothing(engine: Engine, senses_database: Database) -> None:
    async def play() -> None:
        async with Receiving(engine, senses_database):
            pass
        device = engine.connect(DEVICE)
        for number in range(50):
            publish(device, f"{TOPIC}/alarm", alarm(str(number)))
        async with Receiving(engine, senses_database) as receiving:
            records = await receiving.read(50)
            assert sorted(int(r.id) for r in records if isinstance(r, Observation)) == list(range(50))

    asyncio.run(play())


def test_a_device_stays_in_one_partition_and_all_partitions_are_used(engine: Engine) -> None:
    client = engine.connect("citybrain.ingest", "spread")
    heard: list[str] = []
    client.on_message = lambda _c, _u, message: heard.append(message.topic)
    client.subscribe("part/+/citybrain/v1/devices/+/+", 1)
    time.sleep(0.3)
    gateway = engine.connect(GATEWAY)
    devices = [d.source_id for d in engine.city.register.list_devices() if d.source == "native"]
    for _ in range(2):
        for device in devices:
            gateway.publish(f"citybrain/v1/devices/{device}/telemetry", b"{}", qos=1)
    deadline = time.monotonic() + 10
    while len(heard) < 2 * len(devices) and time.monotonic() < deadline:
        time.sleep(0.05)
    partition_of: dict[str, set[str]] = {}
    for topic in heard:
        _, partition, _, _, _, device, _ = topic.split("/")
        partition_of.setdefault(device, set()).add(partition)
    assert set(partition_of) == set(devices)
    assert all(len(partitions) == 1 for partitions in partition_of.values())
    assert len(set().union(*partition_of.values())) == 16


@pytest.mark.parametrize(
    ("who", "topic", "passes"),
    [
        (DEVICE, f"{TOPIC}/alarm", True),
        (DEVICE, "citybrain/v1/devices/air-station-002/alarm", False),
        (DEVICE, "part/1/citybrain/v1/devices/air-station-002/alarm", False),
        (DEVICE, "frigate/events", False),
        (DEVICE, "replay/frigate/events", False),
        (DEVICE, "observations/record", False),
        (DEVICE, "requests/actions", False),
        (GATEWAY, "frigate/events", True),
        (GATEWAY, "application/a/device/b/event/up", True),
        (GATEWAY, "citybrain/v1/devices/air-station-002/alarm", True),
        (GATEWAY, "observations/record", False),
        (GATEWAY, "rings/journal", False),
        (GATEWAY, "citybrain/v1/devices/air-station-002/receipt", False),
        ("citybrain.replay", "replay/frigate/events", True),
        ("citybrain.replay", "frigate/events", False),
        ("citybrain.replay", f"{TOPIC}/alarm", False),
    ],
)
def test_everybody_publishes_only_what_is_theirs(engine: Engine, who: str, topic: str, passes: bool) -> None:
    listener = engine.connect("citybrain.ingest", "listener")
    heard: list[str] = []
    listener.on_message = lambda _c, _u, message: heard.append(message.topic)
    listener.subscribe("#", 0)
    time.sleep(0.2)
    publish(engine.connect(who), topic, b"x")
    publish(engine.connect(GATEWAY, "second"), "frigate/stats", b"after")
    deadline = time.monotonic() + 5
    while "frigate/stats" not in heard and time.monotonic() < deadline:
        time.sleep(0.01)
    assert any(found.endswith(topic) for found in heard) is passes


@pytest.mark.parametrize(
    ("who", "topic", "granted"),
    [
        (DEVICE, f"{TOPIC}/receipt", True),
        (DEVICE, "citybrain/v1/devices/air-station-002/receipt", False),
        (DEVICE, f"{TOPIC}/alarm", False),
        (DEVICE, "#", False),
        (DEVICE, "part/0/#", False),
        (DEVICE, "rings/journal", False),
        (GATEWAY, "observations/#", False),
        ("citybrain.replay", "replay/#", False),
    ],
)
def test_everybody_hears_only_what_is_for_them(engine: Engine, who: str, topic: str, granted: bool) -> None:
    client = engine.connect(who)
    answers: list[bool] = []
    client.on_subscribe = lambda _c, _u, _m, reasons, _p: answers.append(not reasons[0].is_failure)
    client.subscribe(topic, 1)
    deadline = time.monotonic() + 5
    while not answers and time.monotonic() < deadline:
        time.sleep(0.01)
    assert answers == [granted]


@pytest.mark.parametrize(("username", "password"), [("", ""), (DEVICE, "wrong"), ("nobody", "x"), (DEVICE, "")])
def test_nobody_is_admitted_without_the_right_password(engine: Engine, username: str, password: str) -> None:
    with pytest.raises(AssertionError, match="not admitted"):
        engine.connect(username, "stranger", password=password or " ")


def test_a_deaf_session_is_noticed_and_mended(
    engine: Engine, senses_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.mqtt_session.CANARY_EVERY_S", 0.3)
    monkeypatch.setattr("ingest.mqtt_session.CANARY_LATE_S", 0.5)
    monkeypatch.setattr("ingest.mqtt_session.CANARY_LOST_S", 2.0)

    async def play() -> None:
        async with Receiving(engine, senses_database) as receiving:
            session = receiving.ingest._receiver.sessions[3]
            session.client.unsubscribe(session.canary_topic)
            await receiving.wait_for(lambda: not receiving.is_ready, 5)
            assert "[3]" in receiving.ingest.get_state().detail
            await receiving.wait_for(lambda: receiving.is_ready, 10)

    asyncio.run(play())


def test_a_second_process_stands_by_until_the_first_is_gone(engine: Engine, senses_database: Database) -> None:
    async def play() -> None:
        bus = await open_bus(bus_url(engine.settings, "ingest"), name="second")
        stopping = asyncio.Event()
        async with Receiving(engine, senses_database):
            turn = asyncio.create_task(wait_for_turn(bus, stopping))
            await asyncio.sleep(1.5)
            assert not turn.done()
        assert await asyncio.wait_for(turn, 5)
        stopping.set()
        assert not await wait_for_turn(bus, stopping)
        await bus.close()

    asyncio.run(play())


def test_a_wedged_receiving_thread_is_not_ready_and_ends_the_process(
    engine: Engine, senses_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the product the supervisor starts the process anew; the figures here are a tenth of the real ones."""
    monkeypatch.setattr("ingest.receive.STUCK_S", 1.5)
    monkeypatch.setattr("ingest.receive.WATCH_EVERY_S", 0.1)
    monkeypatch.setattr("ingest.mqtt_session.CANARY_EVERY_S", 0.2)
    monkeypatch.setattr("ingest.mqtt_session.CANARY_LATE_S", 0.8)
    freed = threading.Event()

    async def play() -> None:
        async with Receiving(engine, senses_database) as receiving:
            receiving.ingest._receiver.call(lambda: bool(freed.wait(60)))
            await receiving.wait_for(lambda: not receiving.ingest.get_state().is_ready, 5)
            await receiving.wait_for(receiving.ingest._receiver._stopping.is_set, 10)
            freed.set()  # the process is ending; in the product it takes the thread with it

    with pytest.raises(CannotRun, match="stood still"):
        asyncio.run(play())
