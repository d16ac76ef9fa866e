"""Measures the wall in a browser: ten thousand things on its map, a hundred changes a second.

``citybrain bench wall`` calls it. The built wall runs in headless Chromium against a stand-in for the server
(``bench_wall_server.py``). The baseline of the same run is bare MapLibre with one ``updateData`` for each change.
Main thread: processor time of the page's tasks a second. Shown: from the arrival of a frame to its picture.
"""

from __future__ import annotations

import random
import shutil
import time
from contextlib import suppress
from typing import Any

from dashboards.bench_running import NotMeasured
from dashboards.bench_wall_server import BARE_PAGE, OBJECTS, UPDATES_PER_S, serve_wall

SECONDS = 60.0
LONG_S = 600.0
BASELINE_S = 15.0
SETTLE_S = 12.0
START_MS = 120_000
MB = 1024 * 1024
FLAGS = [
    "--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
MISSING = "The wall is measured in a browser: install Chromium and `pip install playwright`, then run it again."

# Notes when a change of each thing arrived, and how long until the map had drawn it.
WATCH = """
window.benchWaits = new Map(); window.benchDelays = [];
const note = (key) => { if (!window.benchWaits.has(key)) window.benchWaits.set(key, performance.now()); };
const Real = window.WebSocket;
window.WebSocket = class extends Real {
  constructor(...given) {
    super(...given);
    this.addEventListener("message", ({ data }) => {
      const entry = data.startsWith('{"type":"entries"') && /"incident":(\\d+)/.exec(data);
      if (entry) note(`incidents/${entry[1]}`);
      else if (data.startsWith('{"type":"positions"'))
        for (const [, id] of data.matchAll(/"id":"(w\\d+)"/g)) note(`workers/${id}`);
    });
  }
};
addEventListener("citybrain-drawn", ({ detail }) => {
  for (const id of detail.ids) {
    const since = window.benchWaits.get(`${detail.source}/${id}`);
    if (since === undefined) continue;
    window.benchWaits.delete(`${detail.source}/${id}`);
    window.benchDelays.push(performance.now() - since);
  }
});
"""


# What still waits has waited at least so long: a queue that never drains must not look quick.
DELAYS = """[[...window.benchDelays, ...[...window.benchWaits.values()].map((since) => performance.now() - since)],
  window.benchWaits.size]"""


def bench_wall(*, long: bool = False) -> dict[str, float]:
    """Return the load of the main thread, the delays until changes are drawn, and how the heap grew.

    Raises:
        NotMeasured: There is no browser, or the wall did not come up.
    """
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError as error:
        raise NotMeasured(MISSING) from error
    browser_path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser_path is None:
        raise NotMeasured(MISSING)
    with serve_wall(random.Random(1)) as base, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=browser_path, args=FLAGS)
        try:
            bare = _measure(browser, base + BARE_PAGE, BASELINE_S)
            wall = _measure(browser, base + "/wall", LONG_S if long else SECONDS)
        except Error as error:
            raise NotMeasured(f"the wall did not come up: {error.message.splitlines()[0]}") from error
        finally:
            with suppress(Error):
                browser.close()
    return {
        "objects": OBJECTS,
        "updates_per_s": UPDATES_PER_S,
        **wall,
        **{f"bare_maplibre_{name}": bare[name] for name in ("main_thread_ms_per_s", "shown_p95_ms", "waiting")},
        "main_thread_ratio": round(wall["main_thread_ms_per_s"] / max(0.1, bare["main_thread_ms_per_s"]), 3),
        "shown_p95_ratio": round(wall["shown_p95_ms"] / max(0.1, bare["shown_p95_ms"]), 3),
    }


def _measure(browser: Any, address: str, seconds: float) -> dict[str, float]:
    """Return the figures of one page, after it has settled."""
    page = browser.new_page(viewport={"width": 1920, "height": 1080})
    page.add_init_script(WATCH)
    page.goto(address)
    page.locator("canvas").first.wait_for(timeout=START_MS)
    page.wait_for_function("window.benchDelays.length + window.benchWaits.size > 200", timeout=START_MS)
    page.wait_for_timeout(SETTLE_S * 1000)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.evaluate("window.benchDelays.length = 0")
    heap_before, busy_before, began_s = _read_heap(session), _read_busy_s(session), time.monotonic()
    page.wait_for_timeout(seconds * 1000)
    busy_s, took_s = _read_busy_s(session) - busy_before, time.monotonic() - began_s
    delays, waiting = page.evaluate(DELAYS)
    heap_after = _read_heap(session)
    page.close()
    if not delays:
        raise NotMeasured("no change was drawn")
    ordered = sorted(delays)
    return {
        "seconds": round(took_s, 1),
        "main_thread_ms_per_s": round(busy_s / took_s * 1000, 1),
        "shown_p50_ms": round(ordered[len(ordered) // 2], 1),
        "shown_p95_ms": round(ordered[int(len(ordered) * 0.95)], 1),
        "drawn_per_s": round((len(ordered) - waiting) / took_s, 1),
        "waiting": float(waiting),
        "heap_mb": round(heap_after / MB, 1),
        "heap_growth_mb": round((heap_after - heap_before) / MB, 2),
    }


def _read_busy_s(session: Any) -> float:
    metrics = session.send("Performance.getMetrics")["metrics"]
    return float(next(one["value"] for one in metrics if one["name"] == "TaskDuration"))


def _read_heap(session: Any) -> float:
    session.send("HeapProfiler.collectGarbage")
    return float(session.send("Runtime.getHeapUsage")["usedSize"])
