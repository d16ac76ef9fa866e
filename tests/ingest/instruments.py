"""What the tests of the senses work with: a sender of messages, and a real engine with its users."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from foundation.bus import subjects
from foundation.bus.connection import open_bus
from foundation.bus.credentials import bus_url, read_passwords
from foundation.bus.server import engine_child
from foundation.database import Database
from foundation.processes import Child
from foundation.settings import Settings
from grid.city import City
from ingest.messages import Message
from ingest.observation import Observation, Quarantined, decode_observation, decode_quarantined
from ingest.receive import Ingest
from tests.ingest.gatehouse import GateHouse

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
        self._clients: list[mqtt.Client] = []
        self.child: Child = engine_child(settings)
        self.start()
        self.gate = GateHouse(settings, city)

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

    def stop(self) -> None:
        for client in self._clients:
            client.disconnect()
            client.loop_stop()
        self.gate.stop()
        self.child.stop()

    def connect(self, username: str, client_id: str = "", *, password: str | None = None) -> mqtt.Client:
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=client_id or f"test-{username}".replace(".", "-")
        )
        client.username_pw_set(username, password or read_passwords(self.settings.data)[username])
        client.connect("127.0.0.1", self.settings.mqtt_port)
        client.loop_start()
        self._clients.append(client)
        deadline = time.monotonic() + 5
        while not client.is_connected():
            assert time.monotonic() < deadline, f"{username} is not admitted"
            time.sleep(0.01)
        return client


class Receiving:
    """The role ingest in this process, and what it stored, read as the brain reads it."""

    def __init__(self, engine: Engine, database: Database) -> None:
        self._engine, self._database = engine, database
        self._stopping = asyncio.Event()
        self.records: list[Observation | Quarantined] = []

    async def __aenter__(self) -> Receiving:
        settings = self._engine.settings
        self._bus = await open_bus(bus_url(settings, "ingest"), name="test-ingest")
        self._brain = await open_bus(bus_url(settings, "brain"), name="test-brain")
        self._readers = [await self._brain.subscribe_observations(urgent=lane) for lane in (False, True)]
        self.ingest = Ingest(settings, self._database, self._bus, self._engine.city)
        self._task = asyncio.create_task(self.ingest.run(self._stopping))
        await self.wait_for(lambda: self.is_ready, 10)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stopping.set()
        try:
            await self._task
        finally:
            await self._brain.close()
            await self._bus.close()

    @property
    def is_ready(self) -> bool:
        if self._task.done():
            self._task.result()
        return self.ingest.is_running and self.ingest.get_state().is_ready

    async def wait_for(self, holds: Callable[[], bool], patience_s: float) -> float:
        """Wait until it holds; return how long it took."""
        began = time.monotonic()
        while not holds():
            assert time.monotonic() - began < patience_s, "it did not come true in time"
            await asyncio.sleep(0.01)
        return time.monotonic() - began

    async def read(self, count: int, patience_s: float = 5.0) -> list[Observation | Quarantined]:
        """Return the next so many records of the stream, acknowledged."""
        found: list[Observation | Quarantined] = []
        deadline = time.monotonic() + patience_s
        while len(found) < count and time.monotonic() < deadline:
            for reader in self._readers:
                for message in await self._brain.pull(reader, 100, 0.1):
                    is_record = message.subject != subjects.QUARANTINE_SUBJECT
                    found.append((decode_observation if is_record else decode_quarantined)(message.data))
                    await message.ack()
        assert len(found) >= count, f"{len(found)} of {count} came within {patience_s} s"
        return found
