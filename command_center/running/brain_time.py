"""The brain's loop of chores: positions, a look at the city, its own figures, the journal's anchor, patrols."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy.exc import InterfaceError, OperationalError

from command_center.journal.journal_anchor import anchor_file, anchor_head
from command_center.running.brain_figures import write_states
from command_center.running.firing import FireLoop
from command_center.running.positions import Positions, write_positions
from command_center.signals.heard_devices import HeardDevices, write_hearings
from command_center.timers import fill_figures, forget_old, give_out_patrols
from foundation.clock import monotonic_s, to_rfc3339
from foundation.logs import get_logger
from foundation.processes import pause

if TYPE_CHECKING:
    from command_center.running.brain import BrainProcess

BEAT_S = 0.5
POSITIONS_EVERY_S = 1.0
HEARINGS_EVERY_S = 3.0
CITY_EVERY_S = 2.0
STATES_EVERY_S = 5.0
ANCHOR_EVERY_S = 60.0
FORGET_EVERY_S = 3600.0
PATROLS_FIRST_S, PATROLS_EVERY_S = 60.0, 5.0

log = get_logger("timers")
Chore = Callable[[], Awaitable[None]]


class TimeLoop:
    """Beats twice a second; each chore has its own pace, and one that fails is tried at the next beat."""

    def __init__(self, brain: BrainProcess, firing: FireLoop) -> None:
        self._brain, self._firing = brain, firing
        self._positions = Positions()
        self._devices = HeardDevices()
        self._anchored = -1
        self._chores: list[tuple[float, Chore]] = [
            (POSITIONS_EVERY_S, self._store_positions),
            (HEARINGS_EVERY_S, self._store_hearings),
            (CITY_EVERY_S, self._look_at_city),
            (STATES_EVERY_S, self._tell_states),
            (ANCHOR_EVERY_S, self._anchor),
            (FORGET_EVERY_S, self._forget),
            (PATROLS_EVERY_S, self._give_out_patrols),
        ]
        self._next_s = [0.0] * len(self._chores)
        self._next_s[-1] = monotonic_s() + PATROLS_FIRST_S  # alarms that waited come first

    async def run(self, stopping: asyncio.Event) -> None:
        """Beat until told to stop."""
        await self._try(self._fill_figures)
        while not stopping.is_set():
            for index, (every_s, chore) in enumerate(self._chores):
                if monotonic_s() >= self._next_s[index]:
                    self._next_s[index] = monotonic_s() + every_s
                    await self._try(chore)
            await pause(stopping, BEAT_S / 2)

    async def _try(self, chore: Chore) -> None:
        try:
            await chore()
        except (OperationalError, InterfaceError) as error:
            log.warning("not now", chore=chore.__name__, error=str(error).splitlines()[0])
        except Exception as error:  # one chore that fails must not stop the clocks of the city
            log.error("chore failed", chore=chore.__name__, exc_info=error)

    async def answer_state(self, _payload: bytes) -> bytes:
        """Say that this brain lives, and how long ago the clockwork last turned."""
        age_s = round(monotonic_s() - self._firing.beat_s, 3)
        return msgspec.json.encode({"brain": self._brain.name, "beat_age_s": age_s})

    async def hear_position(self, payload: bytes) -> None:
        """Take in one worker's position from the bus."""
        try:
            self._positions.hear(payload)
        except msgspec.DecodeError as error:
            log.warning("not a position", error=str(error))

    async def hear_devices(self, payload: bytes) -> None:
        """Take in which devices the senses heard lately."""
        try:
            self._devices.hear(payload)
        except msgspec.DecodeError as error:
            log.warning("not a telling of devices", error=str(error))

    async def _fill_figures(self) -> None:
        brain = self._brain
        made = await brain.write(lambda: fill_figures(brain.database, brain.city.get(), brain.clock))
        if made:
            log.info("figures made anew", cases=made)

    async def _give_out_patrols(self) -> None:
        brain = self._brain
        if await brain.write(lambda: give_out_patrols(brain.database, brain.city.get(), brain.clock)):
            await brain.ringer.ring()

    async def _store_positions(self) -> None:
        taken = self._positions.take()
        if taken:
            await self._brain.write(lambda: write_positions(self._brain.database, taken))

    async def _store_hearings(self) -> None:
        heard = self._devices.take()
        if heard:
            await self._brain.write(lambda: write_hearings(self._brain.database, heard))

    async def _look_at_city(self) -> None:
        await asyncio.to_thread(self._brain.city.look)

    async def _tell_states(self) -> None:
        brain = self._brain
        states: dict[str, dict[str, Any]] = {
            "timers": {"fired": self._firing.fired},
            "metrics": {"metrics": brain.figures.to_list()},
        }
        await brain.write(lambda: write_states(brain.database, brain.name, brain.clock.now(), states))

    async def _anchor(self) -> None:
        brain = self._brain
        path, at = anchor_file(brain.settings.data), to_rfc3339(brain.clock.now())
        self._anchored = await asyncio.to_thread(anchor_head, brain.database, path, at=at, last=self._anchored)

    async def _forget(self) -> None:
        await self._brain.write(lambda: forget_old(self._brain.database, self._brain.clock))

    async def say_goodbye(self) -> None:
        """Store what is still in hand, and anchor the journal where it ends."""
        for chore in (self._store_positions, self._tell_states, self._anchor):
            await self._try(chore)
