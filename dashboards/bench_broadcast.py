"""The baseline of ``bench live``: a bare ``websockets`` server that broadcasts given bytes and does no more.

Comes in: on standard input ``{"seconds": S, "sockets": N, "ping_s": P}``, then lines ``[payload, receivers]``.
Goes out: its port as the first line, then the CPU seconds that it took. Started by ``bench_crowd.py``.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

from websockets.asyncio.server import ServerConnection, broadcast, serve


def cpu_s() -> float:
    times = os.times()
    return times.user + times.system


async def run() -> None:
    """Wait for the sockets, broadcast everything at an even pace, tell the cost."""
    head = json.loads(sys.stdin.readline())
    held: list[ServerConnection] = []
    gone = asyncio.Event()

    async def hold(connection: ServerConnection) -> None:
        held.append(connection)
        await gone.wait()

    options: dict[str, Any] = {"compression": None, "max_size": None, "ping_interval": head["ping_s"]}
    async with serve(hold, "127.0.0.1", 0, **options) as server:
        print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 spoken to the bench
        lines = await asyncio.to_thread(sys.stdin.readlines)
        frames = [json.loads(line) for line in lines]
        while len(held) < head["sockets"]:  # noqa: ASYNC110 a poll
            await asyncio.sleep(0.05)
        began, start_s = asyncio.get_running_loop().time(), cpu_s()
        for number, (payload, receivers) in enumerate(frames):
            due = began + number * head["seconds"] / len(frames)
            await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
            broadcast(held[:receivers], payload)
        await asyncio.sleep(0.5)
        print(json.dumps(cpu_s() - start_s), flush=True)  # noqa: T201 spoken to the bench
        gone.set()


if __name__ == "__main__":
    asyncio.run(run())
