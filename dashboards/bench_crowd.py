"""Measures the live feed under a crowd: many sockets of wall, desk and field, some entries a second.

Comes in: a running product and how many sockets. Goes out: delays, the web server's CPU for each delivered frame
(of every kind: heartbeats cost it as well) beside that of a bare broadcast of the same bytes in the same time with
the same pings, memory for each idle socket. Called by ``bench_live.py``.
"""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

from dashboards.bench_running import SETTLE_S, WARM_S, NotMeasured, Running, Stopwatch, publish_alarms
from dashboards.bench_seats import (
    Heard,
    Seat,
    broadcast_bare,
    cpu_s_of,
    find_child,
    memory_of,
    open_seats,
    seat_crowd,
)
from dashboards.server.live.live_journal import read_head
from foundation.database import Database

SOCKETS, ENTRIES_PER_S, PROBE_PER_S = 2000, 50.0, 8.0
SECONDS = 20.0
STEPS = 5
TAIL_S = 1.0  # what was published last is still on its way


def measure_crowd(
    product: Running, *, sockets: int = SOCKETS, entries_per_s: float = ENTRIES_PER_S, seconds: float = SECONDS
) -> dict[str, float]:
    """Seat a crowd, let so many entries a second be written, and compare with a bare broadcast.

    Raises:
        NotMeasured: Not every socket got its picture, or nothing was told.
    """
    heard, web = Heard(), find_child(product.pid, "web")
    seats = open_seats(product.data, sockets)
    before = memory_of(web)
    asked = (entries_per_s, seconds, before)
    figures = asyncio.run(_measure_seated(product, (seats, heard), web, asked))
    delivered = sum(heard.frames.values())
    if delivered < sockets or heard.started < sockets:
        raise NotMeasured(
            f"{heard.started} of {sockets} sockets were seated, {delivered} frames delivered: too few"
        )
    bare_us = broadcast_bare(heard.frames, sockets, figures["seconds"]) / delivered * 1e6
    ordered = sorted(heard.delays_s)
    return figures | {
        "sockets": sockets,
        "frames": delivered,
        "frames_of_entries": sum(n for one, n in heard.frames.items() if one.startswith(b'{"type":"entries"')),
        "frame_kb": round(sum(len(one) * n for one, n in heard.frames.items()) / delivered / 1000, 1),
        "frame_delay_p50_ms": round(ordered[len(ordered) // 2] * 1000, 1),
        "frame_delay_p99_ms": round(ordered[int(len(ordered) * 0.99)] * 1000, 1),
        "cpu_us_per_frame": round(figures["web_cpu_s"] / delivered * 1e6, 1),
        "bare_broadcast_us_per_frame": round(bare_us, 1),
        "cpu_to_bare_broadcast_ratio": round(figures["web_cpu_s"] / delivered * 1e6 / bare_us, 2),
    }


async def _measure_seated(
    product: Running, crowded: tuple[list[Seat], Heard], web: int, asked: tuple[float, float, int]
) -> dict[str, float]:
    (seats, heard), (entries_per_s, seconds, before) = crowded, asked
    crowd = await seat_crowd(product.port, seats, heard)
    await asyncio.sleep(SETTLE_S)
    idle_kb = (memory_of(web) - before) / len(seats) / 1000
    # a process of its own: paho waits by ``select``, which knows no socket beyond the 1,024th
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        first = _read_head(product)
        await _publish(pool, product, PROBE_PER_S, WARM_S, seed=1)
        await asyncio.sleep(2)
        each = max(1.0, (_read_head(product) - first) / (PROBE_PER_S * WARM_S))
        first, began_s, cpu_s, heard.is_open = _read_head(product), time.monotonic(), cpu_s_of(web), True
        await _publish_steadily(pool, product, (entries_per_s, each), seconds)
        told_s = time.monotonic() - began_s
        await asyncio.sleep(TAIL_S)
        heard.is_open = False
    took_s, entries = time.monotonic() - began_s, _read_head(product) - first
    figures = {"web_cpu_s": round(cpu_s_of(web) - cpu_s, 2), "seconds": took_s}
    for one in crowd:
        one.transport.abort()
    return figures | {"entries_per_s": round(entries / told_s, 1), "idle_socket_kb": round(idle_kb, 1)}


async def _publish_steadily(
    pool: ProcessPoolExecutor, product: Running, wanted: tuple[float, float], seconds: float
) -> None:
    """Publish so that so many entries a second are written, of about so many for each alarm.

    What one part wrote less than it should, as alarms join cases, the next makes up for.
    """
    (entries_per_s, each), first = wanted, _read_head(product)
    for part in range(STEPS):
        owed = entries_per_s * seconds * (part + 1) / STEPS - (_read_head(product) - first)
        even = entries_per_s / each  # what is not written yet on a busy machine is no reason for a flood
        rate_per_s = min(max(owed / each * STEPS / seconds, 0.8 * even), 1.3 * even)
        await _publish(pool, product, rate_per_s, seconds / STEPS, seed=2 + part)


async def _publish(
    pool: ProcessPoolExecutor, product: Running, rate_per_s: float, seconds: float, *, seed: int
) -> None:
    work = partial(publish_alarms, product, Stopwatch(), rate_per_s=rate_per_s, seconds=seconds, seed=seed)
    await asyncio.get_running_loop().run_in_executor(pool, work)


def _read_head(product: Running) -> int:
    """Return the number of the last entry."""
    database = Database(f"sqlite:///{product.data / 'citybrain.db'}")
    with database.read() as session:
        _, number = read_head(session)
    database.dispose()
    return number
