"""Measures the memory of each process of the running product, at rest and while telemetry pours in.

``citybrain bench`` calls it; the load is the one of ``ingest/bench_ingest.py``.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from foundation.bus.server import free_port
from foundation.processes import CannotRun
from ingest.bench_backlog import publish_backlog

MESSAGES = 30_000
START_S, SETTLE_S = 120.0, 3.0
ROLES = ("nats-server", "brain", "ingest", "web")


def bench_memory() -> dict[str, float]:
    """Return the resident MiB of engine, brain, ingest and web, at rest and under load."""
    with tempfile.TemporaryDirectory(prefix="citybrain-bench-") as name:
        data, mqtt_port = Path(name), free_port()
        ports = ["--port", str(free_port()), "--mqtt-port", str(mqtt_port), "--nats-port", str(free_port())]
        command = [sys.executable, "-m", "citybrain", "up", "--demo", "--data", name, *ports]
        with (data / "up.log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as product:
            try:
                _wait_until_ready(product, data)
                rest = {f"{role}_rest_mib": mib for role, mib in _measure(product).items()}
                _pour(data, mqtt_port)
                return rest | {f"{role}_busy_mib": mib for role, mib in _measure(product).items()}
            finally:
                product.send_signal(signal.SIGTERM)
                product.wait()


def _wait_until_ready(product: subprocess.Popen[bytes], data: Path) -> None:
    deadline = time.monotonic() + START_S
    while "is ready" not in (data / "up.log").read_text():
        if product.poll() is not None or time.monotonic() > deadline:
            raise CannotRun("The product did not become ready for the benchmark of its memory.")
        time.sleep(0.1)
    time.sleep(SETTLE_S)


def _pour(data: Path, mqtt_port: int) -> None:
    demo = json.loads((data / "demo-mqtt.json").read_text())
    topics = [f"citybrain/v1/devices/{device}/telemetry" for device in demo["devices"]]
    login = (demo["gateway"]["username"], demo["gateway"]["password"])
    publish_backlog(mqtt_port, login, topics, MESSAGES)


def _measure(product: subprocess.Popen[bytes]) -> dict[str, float]:
    """Return the resident memory of each child. Source: Linux proc(5), VmRSS in KiB."""
    children = Path(f"/proc/{product.pid}/task/{product.pid}/children").read_text().split()
    found: dict[str, float] = {}
    for pid in children:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
        role = next((role for role in ROLES if role in {Path(word).name for word in words}), None)
        if role is not None:
            status = Path(f"/proc/{pid}/status").read_text().splitlines()
            kib = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
            found[role.replace("nats-server", "engine")] = kib / 1024
    return found
