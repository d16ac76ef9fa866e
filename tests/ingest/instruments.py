"""What the tests of the senses work with: a sender of messages, and a real engine with its users."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from foundation.bus.credentials import read_passwords
from foundation.bus.server import engine_child
from foundation.processes import Child
from foundation.settings import Settings
from grid.city import City
from ingest.bus_users import list_speakers, make_bus_users
from ingest.messages import Message

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


@dataclass
class Sender:
    """Makes messages of a source as they come in."""

    city: City
    at: datetime = NOW

    def native(self, device: str, kind: str, payload: bytes | str, *, replay: bool = False) -> Message:
        return self.message("native", f"citybrain/v1/devices/{device}/{kind}", payload, replay=replay)

    def message(self, source: str, topic: str, payload: bytes | str, *, replay: bool = False) -> Message:
        content = payload.encode() if isinstance(payload, str) else payload
        return Message(self.city.sources[source], topic, content, self.at, "trace", "mqtt", replay)


class Engine:
    """A running embedded engine with the demo city's users."""

    def __init__(self, settings: Settings, city: City) -> None:
        self.settings, self.city = settings, city
        self.child: Child = engine_child(settings, make_bus_users(settings, list_speakers(city)))
        self.start()

    def start(self) -> None:
        self.child.start()
        deadline = time.monotonic() + 10
        while self.child.is_ready is not None and not self.child.is_ready():
            assert time.monotonic() < deadline, "the engine does not become ready"
            time.sleep(0.02)

    def kill(self) -> None:
        assert self.child.process is not None
        self.child.process.kill()
        self.child.process.wait()

    def connect(self, username: str, client_id: str = "", *, password: str | None = None) -> mqtt.Client:
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id or f"test-{username}")
        client.username_pw_set(username, password or read_passwords(self.settings.data)[username])
        client.connect("127.0.0.1", self.settings.mqtt_port)
        client.loop_start()
        deadline = time.monotonic() + 5
        while not client.is_connected():
            assert time.monotonic() < deadline, f"{username} is not admitted"
            time.sleep(0.01)
        return client
