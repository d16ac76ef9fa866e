"""Measures the way to the screen: an alarm is published over MQTT, and how long until a frame shows it.

First for one wall, then for a crowd of sockets (``bench_crowd.py``).

``citybrain bench`` calls it. It runs the whole product in a folder of its own, on free ports of this machine:
engine, ingest, brain and web as an operator starts them, a wall as client.
"""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie

import msgspec
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from dashboards.bench_crowd import measure_crowd
from dashboards.bench_running import SETTLE_S, WARM_S, NotMeasured, Running, Stopwatch, publish_alarms, run_product

RATE_PER_S = 100
SECONDS = 20
WARM_RATE_PER_S = 20  # a freshly started product reads its city and compiles its statements first


def bench_live(*, rate_per_s: float = RATE_PER_S, seconds: float = SECONDS) -> dict[str, float]:
    """Return the delays from publish to frame in milliseconds, and how many alarms were measured.

    Raises:
        NotMeasured: The product did not become ready, or an alarm never came to the screen.
    """
    with run_product() as product:
        alone = measure(product, rate_per_s=rate_per_s, seconds=seconds)
    with run_product(has_storms=False) as product:
        return alone | measure_crowd(product)


def measure(product: Running, *, rate_per_s: float, seconds: float) -> dict[str, float]:
    """Publish at the rate and watch the wall."""
    watch, stop = Stopwatch(), threading.Event()
    with open_wall(product) as wall:
        watcher = threading.Thread(target=_watch, args=(wall, watch, stop), daemon=True)
        watcher.start()
        publish_alarms(product, watch, rate_per_s=WARM_RATE_PER_S, seconds=WARM_S)
        _settle(watch)
        watch.delays_s.clear()
        count = publish_alarms(product, watch, rate_per_s=rate_per_s, seconds=seconds)
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


if __name__ == "__main__":
    print(json.dumps(bench_live(), indent=1))  # noqa: T201 run alone, by hand
