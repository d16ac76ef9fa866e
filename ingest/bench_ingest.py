"""Measures receiving: telemetry through receive, decode and judge, against a bare paho subscriber.

``citybrain bench`` calls it. Both drain the same backlog from the same broker in the same run, QoS 1, each in
a process of its own. The broker flushes lazily here, so that the subscriber is the limit.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from foundation.bus import subjects
from foundation.bus.connection import Bus, BusUnavailable, open_bus
from foundation.bus.credentials import GATEWAY, bus_url
from foundation.bus.server import engine_child, free_port
from foundation.database import Database
from foundation.processes import CannotRun, Child
from foundation.schema import migrate
from foundation.settings import DEFAULT_CITY, Settings, as_environment
from grid.city import load_city
from grid.city_folder.check_folder import check_folder
from grid.city_load import load_folder
from ingest.bench_backlog import publish_backlog
from ingest.bench_devices import add_devices
from ingest.bus_users import ensure_demo_credentials, list_speakers
from ingest.receive_state import IngestState, decode_state

MESSAGES = 80_000
DEVICES = 20_000
ROUNDS = 2
ACK_BATCH = 500
MAPPED = "part/+/citybrain/v1/devices/+/+"


def bench_ingest(
    folder: Path = DEFAULT_CITY, *, messages: int = MESSAGES, devices: int = DEVICES
) -> dict[str, float]:
    """Return messages a second of ingest and of the bare subscriber, their ratio, and memory of ingest.

    Every device is watched by several rules. The best of several rounds counts, for both: other programs share
    the machine.
    """
    with (
        tempfile.TemporaryDirectory(prefix="citybrain-bench-") as name,
        _engine(Path(name), folder, devices) as tried,
    ):
        settings, topics = tried
        bare_login, gateway = _login(settings, "citybrain.ingest"), _login(settings, GATEWAY)
        _drain_alone(settings.mqtt_port, bare_login, 0)  # its session must exist before the messages do
        rest_mib = _run_ingest(settings, expected=0).mib
        bare, ours = NO_RUN, NO_RUN
        for _ in range(ROUNDS):
            publish_backlog(settings.mqtt_port, gateway, topics, messages)
            bare = max(bare, _drain_alone(settings.mqtt_port, bare_login, messages))
            ours = max(ours, _run_ingest(settings, expected=messages))
    return {
        "devices": len(topics),
        "bare_messages_per_s": bare.rate,
        "ingest_messages_per_s": ours.rate,
        "ratio": ours.rate / bare.rate,
        "bare_cpu_us_per_message": bare.cpu_us,
        "ingest_cpu_us_per_message": ours.cpu_us,
        "ingest_rest_mib": rest_mib,
        "ingest_peak_mib": ours.mib,
        "cpu_ratio": bare.cpu_us / ours.cpu_us,
    }


@contextmanager
def _engine(data: Path, folder: Path, devices: int) -> Iterator[tuple[Settings, list[str]]]:
    ours = ("data", "city", "nats_port", "mqtt_port", "engine_sync_always", "demo", "log_level")
    settings = Settings(
        data=data,
        city=folder,
        nats_port=free_port(),
        mqtt_port=free_port(),
        engine_sync_always=False,
        demo=True,
        log_level="WARNING",
        origins=dict.fromkeys(ours, "benchmark"),
    )
    database = Database(settings.database)
    migrate(database)
    with database.write() as session:
        load_folder(session, check_folder(folder))
    with database.read() as session:
        city = load_city(session)
    ensure_demo_credentials(settings, database, list_speakers(city))
    topics = add_devices(database, devices)
    database.dispose()
    engine = engine_child(settings)
    gate = Child("gate", [sys.executable, "-m", "citybrain", "gate"], environment=as_environment(settings))
    engine.start()
    try:
        while engine.is_ready is not None and not engine.is_ready():
            time.sleep(0.02)
        gate.start()
        _wait_for_gate(settings.mqtt_port, _login(settings, GATEWAY))
        yield settings, topics
    finally:
        gate.stop()
        engine.stop()


def _wait_for_gate(port: int, login: tuple[str, str]) -> None:
    """Return when the gateway is admitted; before the gate is open the engine lets the question run out."""
    while True:
        client = Client(CallbackAPIVersion.VERSION2, client_id="bench-knock")
        client.username_pw_set(*login)
        client.connect("127.0.0.1", port)
        while client.loop() == 0 and not client.is_connected():
            pass
        if client.is_connected():
            client.disconnect()
            return


def _login(settings: Settings, name: str) -> tuple[str, str]:
    return name, json.loads((settings.data / "bus-credentials.json").read_text())[name]


class Run(NamedTuple):
    """One run: messages a second, processor time a message, the most memory it held."""

    rate: float
    cpu_us: float
    mib: float


NO_RUN = Run(0.0, 0.0, 0.0)


def _drain_alone(port: int, login: tuple[str, str], messages: int) -> Run:
    """Run the bare subscriber in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(drain_bare, (port, login, messages))


class BareSubscriber:
    """Counts and acknowledges, nothing else."""

    def __init__(self, login: tuple[str, str], messages: int) -> None:
        self._left = messages
        self._pending: list[MQTTMessage] = []
        self.first_s = self.last_s = 0.0
        self.client = Client(
            CallbackAPIVersion.VERSION2, client_id="bench-bare", clean_session=False, manual_ack=True
        )
        self.client.username_pw_set(*login)
        self.client.on_connect, self.client.on_message = self._subscribe, self._count
        if not messages:
            self.client.on_subscribe = self._leave

    def _leave(self, *_: Any) -> None:
        self.client.disconnect()

    def _subscribe(self, *_: Any) -> None:
        self.client.subscribe(MAPPED, 1)

    def _count(self, _client: Client, _userdata: Any, message: MQTTMessage) -> None:
        self.first_s = self.first_s or time.perf_counter()
        self._left -= 1
        self._pending.append(message)
        if len(self._pending) >= ACK_BATCH or self._left == 0:
            for one in self._pending:
                self.client.ack(one.mid, one.qos)
            self._pending.clear()
        if self._left == 0:
            self.last_s = time.perf_counter()
            self.client.disconnect()


def drain_bare(port: int, login: tuple[str, str], messages: int) -> Run:
    """Return the run of a subscriber that only counts and acknowledges; no messages: make its session."""
    bare = BareSubscriber(login, messages)
    bare.client.connect("127.0.0.1", port)
    begin_s = time.process_time()
    bare.client.loop_forever()
    if not messages:
        return NO_RUN
    cpu_us = (time.process_time() - begin_s) / messages * 1e6
    return Run(messages / (bare.last_s - bare.first_s), cpu_us, 0.0)


def _run_ingest(settings: Settings, *, expected: int) -> Run:
    """Run the role until it has received as much as expected and stands ready."""
    command = [sys.executable, "-m", "citybrain", "ingest"]
    child = Child(name="ingest", command=command, environment=as_environment(settings))
    child.start()
    try:
        return asyncio.run(_watch(settings, child, expected))
    finally:
        child.stop()


async def _watch(settings: Settings, child: Child, expected: int) -> Run:
    bus = await open_bus(bus_url(settings, "brain"), name="bench")
    try:
        begin = await _wait_for(bus, child, lambda state: state.is_ready if not expected else _count(state) > 0)
        end = await _wait_for(bus, child, lambda state: _count(state) >= expected)
        taken = max(end.received - begin.received, 1)
        cpu_us = (end.cpu_s - begin.cpu_s) / taken * 1e6
        return Run(taken / (end.at_s - begin.at_s), cpu_us, peak_mib(child))
    finally:
        await bus.close()


def _count(state: IngestState) -> int:
    return sum(state.received.values())


class Mark(NamedTuple):
    """Where the role stood at one moment."""

    at_s: float
    received: int
    cpu_s: float


async def _wait_for(bus: Bus, child: Child, holds: Callable[[IngestState], bool]) -> Mark:
    """Return how it stood when that first held."""
    while True:
        if child.process is None or child.process.poll() is not None:
            raise CannotRun("ingest ended during the benchmark: see its log lines.")
        try:
            state = decode_state(await bus.ask(subjects.INGEST_STATE, b"", timeout_s=1))
        except BusUnavailable:
            state = None
        if state is not None and holds(state):
            return Mark(time.perf_counter(), _count(state), processor_s(child))
        await asyncio.sleep(0.05)


def processor_s(child: Child) -> float:
    """Return the processor time of a child. Source: Linux proc(5), stat, utime and stime in clock ticks."""
    pid = child.process.pid if child.process else 0
    columns = Path(f"/proc/{pid}/stat").read_text().rsplit(")", maxsplit=1)[1].split()
    return (int(columns[11]) + int(columns[12])) / os.sysconf("SC_CLK_TCK")


def peak_mib(child: Child) -> float:
    """Return the most memory that a child has held. Source: Linux proc(5), status, VmHWM in KiB."""
    pid = child.process.pid if child.process else 0
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
