"""The whole product running for a benchmark, in a folder of its own, and alarms published to it over MQTT."""

from __future__ import annotations

import json
import random
import shutil
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
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from foundation.ids import new_id
from foundation.settings import DEFAULT_CITY

START_S = 300.0  # a machine that does much else
SETTLE_S = 10.0
WARM_S = 5.0
CATEGORIES = ("UM-01001", "UM-02001", "TR-01001", "EM-04001", "PO-03001")


class NotMeasured(Exception):
    """The product did not come up, or alarms did not arrive; the message says which."""


@dataclass(frozen=True)
class Running:
    """The product under measurement."""

    data: Path
    port: int
    mqtt_port: int
    pid: int = 0

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


@contextmanager
def run_product(*, has_storms: bool = True) -> Iterator[Running]:
    """Run `citybrain up --demo` until left; without storms every alarm has entries of its own."""
    with tempfile.TemporaryDirectory(prefix="citybrain-bench-") as folder:
        name = f"{folder}/data"
        Path(name).mkdir()
        city = DEFAULT_CITY if has_storms else _copy_without_storms(Path(folder) / "city")
        port, mqtt_port, nats_port = _free_ports(3)
        product = Running(Path(name), port, mqtt_port)
        command = [
            sys.executable, "-m", "citybrain", "up", "--demo", "--city", str(city), "--data", name,
            "--port", str(port), "--mqtt-port", str(mqtt_port), "--nats-port", str(nats_port),
        ]  # fmt: skip
        with (
            (product.data / "up.log").open("wb") as log,
            subprocess.Popen(command, stdout=log, stderr=log) as process,
        ):
            try:
                _wait_ready(product, process)
                yield replace(product, pid=process.pid)
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(30)


def _copy_without_storms(folder: Path) -> Path:
    shutil.copytree(DEFAULT_CITY, folder)
    file = folder / "correlation.toml"
    file.write_text(file.read_text(encoding="utf-8").partition("[[storms]]")[0], encoding="utf-8")
    return folder


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


def publish_alarms(product: Running, watch: Stopwatch, *, rate_per_s: float, seconds: float, seed: int = 1) -> int:
    """Publish alarms of random devices, evenly; return how many."""
    logins = product.read("demo-mqtt.json")
    devices = sorted(logins["devices"])
    client = Client(CallbackAPIVersion.VERSION2, client_id="bench-live")
    client.username_pw_set(logins["gateway"]["username"], logins["gateway"]["password"])
    admitted = threading.Event()
    # a gate that answers late is no refusal: paho asks again
    client.on_connect = lambda _client, _data, _flags, reason, _more: None if reason.is_failure else admitted.set()
    client.connect("127.0.0.1", product.mqtt_port)
    client.loop_start()
    admitted.wait(60)  # what is sent before the broker has admitted us is lost
    dice, count, began_s = random.Random(seed), int(rate_per_s * seconds), time.monotonic()
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
