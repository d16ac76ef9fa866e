"""The brain's one thread that writes, and how much it may take on at once.

Every loop hands its work to ``Writer``; a person's act passes what machines and clocks have waiting, and
``Pace`` keeps their batches so short that nobody who has just acted waits long behind one.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from foundation.clock import monotonic_s
from grid.city import spare_city

IN_A_ROW = 4
"""So many acts pass before the others have a turn: people cannot stop the clocks of the city."""
ALONE_AIM_S = 0.25
BESIDE_PEOPLE_AIM_S = 0.04
PRESENT_S = 10.0

Result = TypeVar("Result")


class Writer:
    """One thread, because SQLite has one writer: a queue is fair, where waiting for its lock is not."""

    def __init__(self) -> None:
        spare_city()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="brain-writer")
        self._people: deque[Callable[[], None]] = deque()
        self._others: deque[Callable[[], None]] = deque()
        self._passed = 0
        self._acted_s = -PRESENT_S

    async def write(self, work: Callable[[], Result], *, of_person: bool = False) -> Result:
        """Run a piece of synchronous work on the thread and return what it returns."""
        done: Future[Result] = Future()
        if of_person:
            self._acted_s = monotonic_s()
        (self._people if of_person else self._others).append(lambda: _carry_out(work, done))
        self._thread.submit(self._carry_out_next)
        return await asyncio.wrap_future(done)

    def aim_s(self) -> float:
        """Return how long a batch of machines' work may take now."""
        return BESIDE_PEOPLE_AIM_S if monotonic_s() - self._acted_s < PRESENT_S else ALONE_AIM_S

    def close(self) -> None:
        """Finish what waits, and end the thread."""
        self._thread.shutdown(wait=True)

    def _carry_out_next(self) -> None:
        passes = self._people and (self._passed < IN_A_ROW or not self._others)
        self._passed = self._passed + 1 if passes else 0
        (self._people if passes else self._others).popleft()()


def _carry_out(work: Callable[[], Result], done: Future[Result]) -> None:
    if not done.set_running_or_notify_cancel():
        return
    try:
        done.set_result(work())
    except BaseException as error:  # noqa: BLE001 whoever waits for the work is told, as an executor does
        done.set_exception(error)


class Pace:
    """How many things of a kind fit into the time that a batch may take: learned from batch to batch."""

    def __init__(self, writer: Writer, least: int, most: int) -> None:
        self.writer, self._least, self._most = writer, least, most
        self._each_s = 0.0
        self._taken = least

    def limit(self) -> int:
        """Return how many to take on now."""
        fitting = round(self.writer.aim_s() / self._each_s) if self._each_s else self._least
        return max(self._least, min(self._most, fitting, self._taken * 2))

    def note(self, taken: int, took_s: float) -> None:
        """Learn from a batch how long one thing takes."""
        if taken:
            self._each_s, self._taken = max(took_s, 1e-4) / taken, max(taken, self._least)
