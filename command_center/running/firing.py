"""The brain's loop over promises: what is due fires in slices, a few times a second, whatever else goes on.

The door ``timers.py`` does the work on the writing thread; the chores of ``brain_time.py`` are another loop, so
that none of them makes a promise late.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sqlalchemy.exc import InterfaceError, OperationalError

from command_center.running.writer import Pace
from command_center.timers import fire_due
from foundation.clock import Clock, monotonic_s
from foundation.database import Database
from foundation.logs import get_logger
from foundation.processes import pause
from grid.city import City

if TYPE_CHECKING:
    from command_center.running.brain import BrainProcess

BEAT_S = 0.25
SLICE_MIN, SLICE_MAX = 25, 200
TOGETHER = 3

log = get_logger("timers")


class FireLoop:
    """Fires what is due; ``beat_s`` is when it last looked, ``fired`` how many promises it kept."""

    def __init__(self, brain: BrainProcess) -> None:
        self._brain = brain
        self._pace = Pace(brain.writer, SLICE_MIN, SLICE_MAX)
        self.fired = 0
        self.beat_s = monotonic_s()

    async def run(self, stopping: asyncio.Event) -> None:
        """Fire until told to stop; a beat that fails is made up for by the next."""
        while not stopping.is_set():
            try:
                await self._fire()
            except (OperationalError, InterfaceError) as error:
                log.warning("not now", error=str(error).splitlines()[0])
            except Exception as error:  # one promise that fails must not stop the clocks of the city
                log.error("firing failed", exc_info=error)
            self.beat_s = monotonic_s()
            await pause(stopping, BEAT_S)

    async def _fire(self) -> None:
        brain, is_more = self._brain, True
        while is_more:
            fired, is_more = await fire_slice(self._pace, brain.database, brain.city.get(), brain.clock)
            if fired:
                self.fired += fired
                brain.figures.count("citybrain_brain_timers_fired", fired)
                await brain.ringer.ring()


async def fire_slice(pace: Pace, database: Database, city: City, clock: Clock) -> tuple[int, bool]:
    """Fire as many promises as the pace allows; return how many, and whether more may be due.

    Of a backlog a few slices more stand in the queue at once: promises are due, while alarms come in by themselves
    and cost little more in a larger batch. A person's act passes between any two.
    """
    limit = pace.limit()

    def work() -> int:
        began_s = monotonic_s()
        fired = fire_due(database, city, clock, limit)
        pace.note(fired, monotonic_s() - began_s)
        return fired

    fired = [await pace.writer.write(work)]
    if fired[0] == limit:
        fired += await asyncio.gather(*(pace.writer.write(work) for _ in range(TOGETHER)))
    return sum(fired), fired[-1] == limit
