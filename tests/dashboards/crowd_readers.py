"""Readers in a process of their own, that read all they are told; run as a program by ``test_live_proofs.py``.

Comes in: port, cookie and how many as arguments; on standard input, in the end, how many entries each is told.
Goes out: a line once all have their first picture, and, when all were told, one JSON object: entries told to each,
delays, resets.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import dataclass

from dashboards.bench_seats import Heard, seat_crowd

ENTRY = b'"state_after":'
LAST_S = 60.0
"""So long the last of it may take; the delays say whether that was too long."""


@dataclass
class Read(Heard):
    """What all of them were told; of every twentieth each entry's delay."""

    entries: int = 0
    resets: int = 0

    def take(self, payload: bytes, *, is_sampled: bool) -> None:
        super().take(payload, is_sampled=is_sampled)
        self.frames.clear()
        self.entries += payload.count(ENTRY) if payload.startswith(b'{"type":"entries"') else 0
        self.resets += payload.startswith(b'{"type":"reset"')


async def run(port: int, cookie: str, count: int) -> None:
    heard = Read(is_open=True)
    await seat_crowd(port, [("desk", cookie)] * count, heard)
    print(heard.started, flush=True)  # noqa: T201 spoken to the test
    wanted = int(await asyncio.to_thread(sys.stdin.read)) * count
    deadline = time.monotonic() + LAST_S
    while heard.entries < wanted and time.monotonic() < deadline:  # noqa: ASYNC110 a poll
        await asyncio.sleep(0.05)
    ordered = sorted(heard.delays_s)
    told = {
        "entries_each": heard.entries / count,
        "p99_s": ordered[int(len(ordered) * 0.99)],
        "resets": heard.resets,
        "lost": heard.lost,
    }
    print(json.dumps(told), flush=True)  # noqa: T201 spoken to the test


if __name__ == "__main__":
    asyncio.run(run(int(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
