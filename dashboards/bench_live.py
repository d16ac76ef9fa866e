"""Measures the way to the screen: an alarm is published over MQTT, and how long until a frame shows it.

``citybrain bench`` calls it. It runs the whole product in a folder of its own, on free ports of this machine:
engine, ingest, brain and web as an operator starts them, a wall as client.
"""

from __future__ import annotations

import json
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import msgspec
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from foundation.ids import new_id

RATE_PER_S = 100
SECONDS = 20
START_S = 120.0
SETTLE_S = 10.0
WARM_RATE_PER_S, WARM_S = 20, 5.0  # a freshly started product reads its city and compiles its statements first
CATEGORIES = ("UM-01001", "UM-02001", "TR-01001", "EM-04001", "PO-03001")


class NotMeasured(Exception):
    """The product did not come up, or alarms did not arrive; the message says which."""


@dataclass(frozen=True)
class Running:
    """The product under measurement."""

    data: Path
    port: int
    mqtt_port: int

    def read(self, name: str) -> Any:
        return json.loads((self.data / name).read_text())


@dataclass
class Stopwatch:
    """When each alarm was published, and how long it took to the screen."""

    sent_s: dict[str, float] = field(default_factory=dict)
    delays_s: list[float] = field(default_factory=list)

    def see(self, frame: dict[str, Any]) -> None:
        """Take one frame; every alarm counts when it is first shown."""
        now_s = time.monotonic()
        for entry in frame.get("entries", ()):
            for source in (entry["state_after"] or {}).get("sources", ()):
                sent_s = self.sent_s.pop(source["id"], None)
                if sent_s is not None:
                    self.delays_s.append(now_s - sent_s)

    def quantile_ms(self, ratio: float) -> float:
        ordered = sorted(self.delays_s)
        return round(ordered[min(len(ordered) - 1, int(len(ordered) * ratio))] * 1000, 1)


def bench_live(*, rate_per_s: float = RATE_PER_S, seconds: float = SECONDS) -> dict[str, float]:
    """Return the delays from publish to frame in milliseconds, and how many alarms were measured.

    Raises:
        NotMeasured: The product did not become ready, or an alarm never came to the screen.
    """
    with run_product() as product:
        return measure(product, rate_per_s=rate_per_s, seconds=seconds)


def measure(product: Running, *, rate_per_s: float, seconds: float) -> dict[str, float]:
    """Publish at the rate and watch the wall."""
    watch, stop = Stopwatch(), threading.Event()
    with open_wall(product) as wall:
        watcher = threading.Thread(target=_watch, args=(wall, watch, stop), daemon=True)
        watcher.start()
        _publish(product, watch, rate_per_s=WARM_RATE_PER_S, seconds=WARM_S)
        _settle(watch)
        watch.delays_s.clear()
        count = _publish(product, watch, rate_per_s=rate_per_s, seconds=seconds)
        _settle(watch)
        stop.set()
        watcher.join()
    if watch.sent_s:
        raise NotMeasured(f"{len(watch.sent_s)} of {count} alarms never came to the screen")
    return {
        "alarms": count,
        "rate_per_s": rate_per_s,
        "p50_ms": watch.quantile_ms(0.5),
        "p90_ms": watch.quantile_ms(0.9),
        "p99_ms": watch.quantile_ms(0.99),
        "max_ms": watch.quantile_ms(1.0),
    }


@contextmanager
def run_product() -> Iterator[Running]:
    """Run `citybrain up --demo` until left."""
    with tempfile.TemporaryDirectory(prefix="citybrain-bench-") as name:
        port, mqtt_port, nats_port = _free_ports(3)
        product = Running(Path(name), port, mqtt_port)
        command = [
            sys.executable, "-m", "citybrain", "up", "--demo", "--data", name, "--port", str(port),
            "--mqtt-port", str(mqtt_port), "--nats-port", str(nats_port),
        ]  # fmt: skip
        with (
            (product.data / "up.log").open("wb") as log,
            subprocess.Popen(command, stdout=log, stderr=log) as process,
        ):
            try:
                _wait_ready(product, process)
                yield product
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(30)


def _wait_ready(product: Running, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{product.port}/readyz", timeout=3):
                return
        except OSError:
            time.sleep(0.2)
    raise NotMeasured(f"the product did not become ready: {(product.data / 'up.log').read_text()[-500:]}")


def _free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


@contextmanager
def open_wall(product: Running) -> Iterator[ClientConnection]:
    """Log the wall of the district in and yield its socket, past the snapshot."""
    accounts = product.read("demo-accounts.json")
    account = next(one for one in accounts if one["role"] == "wall")
    body = json.dumps({"username": account["username"], "password": account["password"]}).encode()
    address = f"127.0.0.1:{product.port}"
    request = urllib.request.Request(
        f"http://{address}/api/v1/session", data=body, headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        cookie = SimpleCookie(answer.headers["Set-Cookie"])
    shown = "; ".join(f"{name}={morsel.value}" for name, morsel in cookie.items())
    with connect(
        f"ws://{address}/api/v1/live",
        additional_headers={"Cookie": shown},
        origin=Origin(f"http://{address}"),
        compression=None,
        max_size=None,
        proxy=None,
    ) as wall:
        wall.send('{"type":"subscribe","view":"wall"}')
        wall.recv(30)
        yield wall


def _settle(watch: Stopwatch) -> None:
    deadline = time.monotonic() + SETTLE_S
    while watch.sent_s and time.monotonic() < deadline:
        time.sleep(0.05)


def _watch(wall: ClientConnection, watch: Stopwatch, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            watch.see(msgspec.json.decode(wall.recv(0.2)))
        except TimeoutError:
            continue


def _publish(product: Running, watch: Stopwatch, *, rate_per_s: float, seconds: float) -> int:
    """Publish alarms of random devices, evenly; return how many."""
    logins = product.read("demo-mqtt.json")
    devices = sorted(logins["devices"])
    client = Client(CallbackAPIVersion.VERSION2, client_id="citybrain-bench-live")
    client.username_pw_set(logins["gateway"]["username"], logins["gateway"]["password"])
    admitted = threading.Event()
    client.on_connect = lambda *_: admitted.set()
    client.connect("127.0.0.1", product.mqtt_port)
    client.loop_start()
    admitted.wait(10)  # what is sent before the broker has admitted us is lost
    dice, count, began_s = random.Random(1), int(rate_per_s * seconds), time.monotonic()
    run = new_id()[:8]
    for number in range(count):
        time.sleep(max(0.0, began_s + number / rate_per_s - time.monotonic()))
        id = f"bench-{run}-{number}"
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        payload = {"id": id, "at": at, "category": dice.choice(CATEGORIES), "phase": "begin", "confidence": 0.99}
        watch.sent_s[id] = time.monotonic()
        last = client.publish(f"citybrain/v1/devices/{dice.choice(devices)}/alarm", json.dumps(payload), qos=1)
    last.wait_for_publish(10)
    client.disconnect()
    client.loop_stop()
    return count


if __name__ == "__main__":
    print(json.dumps(bench_live(), indent=1))  # noqa: T201 run alone, by hand
