"""The guide's configuration on a real Mosquitto, where one is installed: identity as on our engine."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from foundation.bus.connection import open_bus
from foundation.bus.credentials import bus_url
from foundation.bus.server import free_port
from foundation.bus.subjects import receipt_subject
from foundation.database import Database
from tests.ingest.instruments import Engine, Receiving

DEPLOY = Path(__file__).parent.parent.parent / "deploy"
USERS = ("d-1", "d-2", "nvr-1", "citybrain-ingest")


def wait_until(holds: Callable[[], object], patience_s: float = 5.0) -> None:
    deadline = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[int]:
    """Yield the port of a Mosquitto that runs with the guide's own files."""
    programs = [shutil.which(name, path="/usr/sbin:/usr/bin") or shutil.which(name) for name in PROGRAMS]
    if None in programs:
        pytest.skip("no Mosquitto is installed here")
    server, passwd = (str(program) for program in programs)
    port, passwords, rights = free_port(), tmp_path / "passwd", tmp_path / "acl"
    passwords.touch(mode=0o600)
    for user in USERS:
        subprocess.run([passwd, "-b", str(passwords), user, f"pw-{user}"], check=True, capture_output=True)
    rights.write_text((DEPLOY / "mosquitto.acl").read_text())
    rights.chmod(0o600)
    config = (
        (DEPLOY / "mosquitto.conf").read_text().replace("listener 1883", f"listener {port} 127.0.0.1\nuser root")
    )
    config = config.replace("/etc/mosquitto/citybrain.passwd", str(passwords))
    config = config.replace("/etc/mosquitto/citybrain.acl", str(rights))
    config += f"\npersistence_location {tmp_path}/\n"
    (tmp_path / "mosquitto.conf").write_text(config)
    with (tmp_path / "log").open("wb") as log:
        running = subprocess.Popen([server, "-c", str(tmp_path / "mosquitto.conf")], stdout=log, stderr=log)
        try:
            yield port
        finally:
            running.terminate()
            running.wait(10)


PROGRAMS = ("mosquitto", "mosquitto_passwd")


def connect(port: int, user: str, client_id: str, heard: list[str]) -> mqtt.Client:
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id)
    client.username_pw_set(user, f"pw-{user}")
    client.on_message = lambda _c, _u, message: heard.append(message.topic)
    deadline = time.monotonic() + 5
    while True:
        try:
            client.connect("127.0.0.1", port)
            break
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    client.loop_start()
    wait_until(client.is_connected)
    return client


def publish_forbidden(client: mqtt.Client, topic: str) -> None:
    """Publish what the rights forbid: newer servers acknowledge and drop it, 2.0.11 closes the connection."""
    closed: list[object] = []
    client.on_disconnect = lambda *said: closed.append(said)
    sent = client.publish(topic, b"stolen", qos=1)
    wait_until(lambda: closed or sent.is_published())
    client.disconnect()
    client.loop_stop()


def test_a_device_speaks_for_itself_only_and_nobody_takes_its_session(broker: int) -> None:
    heard: list[str] = []
    nothing: list[str] = []
    ingest = connect(broker, "citybrain-ingest", "citybrain-ingest-0", heard)
    granted: list[object] = []
    ingest.on_subscribe = lambda *said: granted.append(said)
    ingest.subscribe("#", 1)
    wait_until(lambda: granted)
    victim, lost = connect(broker, "d-1", "d-1", nothing), list[object]()
    victim.on_disconnect = lambda *said: lost.append(said)
    for topic in ("citybrain/v1/devices/d-1/alarm", "part/1/citybrain/v1/devices/d-1/alarm", "frigate/events"):
        publish_forbidden(connect(broker, "d-2", "d-1", nothing), topic)
    publish_forbidden(connect(broker, "nvr-1", "x", nothing), "citybrain/v1/devices/d-1/alarm")
    camera = connect(broker, "nvr-1", "x", nothing)
    camera.publish("frigate/events", b"own", qos=1).wait_for_publish(5)
    victim.publish("citybrain/v1/devices/d-1/alarm", b"own", qos=1).wait_for_publish(5)
    wait_until(lambda: len(heard) >= 2)
    assert sorted(heard) == ["citybrain/v1/devices/d-1/alarm", "frigate/events"]
    assert victim.is_connected() and not lost
    for client in (ingest, victim, camera):
        client.disconnect()
        client.loop_stop()


def test_a_device_at_another_broker_hears_its_receipts(
    broker: int, engine: Engine, senses_database: Database
) -> None:
    heard: list[str] = []

    async def play() -> None:
        login = "citybrain-ingest:pw-citybrain-ingest"
        engine.settings = replace(engine.settings, mqtt_url=f"mqtt://{login}@127.0.0.1:{broker}")
        async with Receiving(engine, senses_database) as receiving:
            device = connect(broker, "d-1", "d-1", heard)
            device.subscribe("citybrain/v1/devices/d-1/receipt", 1)
            await asyncio.sleep(0.2)
            brain = await open_bus(bus_url(engine.settings, "brain"), name="test")
            await brain.ring(receipt_subject("d-1"), b'{"id": "a"}')
            await brain.ring(receipt_subject("d-2"), b'{"id": "b"}')
            await receiving.wait_for(lambda: bool(heard), 10)
            await brain.close()
            device.disconnect()
            device.loop_stop()

    asyncio.run(play())
    assert heard == ["citybrain/v1/devices/d-1/receipt"]
