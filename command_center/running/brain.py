"""The role ``brain``: one process that takes in, acts and keeps time; the asyncio edge of a synchronous core.

Comes in: stored observations from the bus, people's actions as requests, positions. Goes out, always after
the commit: the ring, the receipt, the acknowledgement. Killed at any point it loses nothing: what was not
acknowledged is delivered again, and takes effect once.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import TypeVar

from command_center.journal.journal import ensure_head
from command_center.running.brain_figures import BrainFigures
from command_center.running.brain_intake import IntakeLoop
from command_center.running.brain_requests import RequestDesk
from command_center.running.brain_time import TimeLoop
from command_center.running.city_watch import CityWatch
from command_center.running.firing import FireLoop
from command_center.running.ringer import Ringer
from command_center.running.watch_loop import WatchLoop
from command_center.running.writer import Writer
from command_center.signals.place_names import get_place_names
from foundation.bus import subjects
from foundation.bus.connection import Bus, BusUnavailable, open_bus
from foundation.bus.credentials import bus_url
from foundation.clock import Clock, SystemClock
from foundation.database import Database
from foundation.ids import new_id
from foundation.logs import get_logger
from foundation.processes import hear_stop, pause
from foundation.settings import Settings

QUEUE = "brain"
Result = TypeVar("Result")

log = get_logger("brain")


class BrainProcess:
    """What the loops share: database, city, bus, and the one thread that writes."""

    def __init__(self, settings: Settings, database: Database, bus: Bus, *, city: CityWatch, clock: Clock) -> None:
        self.settings = settings
        self.database = database
        self.bus = bus
        self.city = city
        self.clock = clock
        self.name = new_id()[:12]
        self.figures = BrainFigures()
        self.ringer = Ringer(database, bus, self.figures)
        self.writer = Writer()

    async def write(self, work: Callable[[], Result]) -> Result:
        """Run a piece of synchronous work on the writing thread and return what it returns."""
        return await self.writer.write(work)

    def close(self) -> None:
        self.writer.close()


def run_brain(settings: Settings) -> None:
    """Be the brain until SIGTERM or SIGINT."""
    asyncio.run(_run(settings))


async def _run(settings: Settings) -> None:
    stopping = hear_stop()
    database = Database(settings.database)
    try:
        city = await _wait_for_city(database, stopping)
        bus = await _wait_for_bus(settings, stopping)
        if city is None or bus is None:
            return
        try:
            await serve(BrainProcess(settings, database, bus, city=city, clock=SystemClock()), stopping)
        finally:
            await bus.close()
    finally:
        database.dispose()


async def serve(brain: BrainProcess, stopping: asyncio.Event) -> None:
    """Run every loop until told to stop; then finish what is under way and say goodbye in order."""
    await brain.write(lambda: _prepare(brain))
    await brain.ringer.start()
    firing, desk = FireLoop(brain), RequestDesk(brain)
    time = TimeLoop(brain, firing)
    intake, quick = IntakeLoop(brain), IntakeLoop(brain, urgent=True)
    await brain.bus.listen(subjects.POSITIONS, time.hear_position)
    await brain.bus.listen(subjects.DEVICES, time.hear_devices)
    await brain.bus.serve(subjects.BRAIN_STATE, time.answer_state, queue=QUEUE)
    await brain.bus.serve(subjects.ACTIONS, desk.answer, queue=QUEUE)
    log.info("brain is awake", brain=brain.name, city=brain.city.get().version)
    loops = [asyncio.create_task(loop.run(stopping)) for loop in (firing, intake, quick, time, WatchLoop(brain))]
    stopped = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait([*loops, stopped], return_when=asyncio.FIRST_COMPLETED)
        stopping.set()
        await asyncio.gather(*loops)  # a loop that died lets its error rise: the supervisor starts us anew
    finally:
        stopped.cancel()
        with contextlib.suppress(BusUnavailable):
            await time.say_goodbye()
        brain.close()
    log.info("brain is asleep", brain=brain.name)


def _prepare(brain: BrainProcess) -> None:
    """Make the journal's head where there is none, and read what the first alarm should not wait for."""
    with brain.database.write() as session:
        ensure_head(session)
        get_place_names(session, brain.city.get())


async def _wait_for_city(database: Database, stopping: asyncio.Event) -> CityWatch | None:
    watch = CityWatch(database)
    while not stopping.is_set():
        if await asyncio.to_thread(watch.look):
            return watch
        log.warning("no city yet", mend="citybrain city load DIR")
        await pause(stopping, 1.0)
    return None


async def _wait_for_bus(settings: Settings, stopping: asyncio.Event) -> Bus | None:
    delay_s = 0.25
    while not stopping.is_set():
        try:
            return await open_bus(bus_url(settings, "brain"), name="brain")
        except BusUnavailable as error:
            log.warning("bus away", error=str(error))
        await pause(stopping, delay_s)
        delay_s = min(5.0, delay_s * 2)
    return None
