"""The watchdog's own loop in the brain's process: looks every few seconds, counts, logs what is new."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Any

from command_center.running.brain_figures import write_states
from command_center.running.watchdog import SHOWN_MAX, find_overdue
from foundation.logs import get_logger
from foundation.processes import pause

if TYPE_CHECKING:
    from command_center.running.brain import BrainProcess

EVERY_S = 5.0
FIGURE = "citybrain_watchdog_overdue"
FOUND = "citybrain_watchdog_found"

log = get_logger("watchdog")


class WatchLoop:
    """Independent of ``TimeLoop``: another task, another thread, other questions."""

    def __init__(self, brain: BrainProcess) -> None:
        self._brain = brain
        self._known: set[tuple[str, int]] = set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Look until told to stop; a look that fails is told, and tried again."""
        while not stopping.is_set():
            await pause(stopping, EVERY_S)
            if not stopping.is_set():
                await self._try()

    async def _try(self) -> None:
        try:
            await self.look()
        except Exception as error:  # noqa: BLE001 the edge of a loop: the watchdog outlives whatever it meets
            log.error("watchdog failed", error=str(error).splitlines()[0])

    async def look(self) -> dict[str, list[int]]:
        """Look once, and write down what was found."""
        brain = self._brain
        now = brain.clock.now()
        found = await asyncio.to_thread(self._find, now)
        fresh = {(kind, number) for kind, numbers in found.items() for number in numbers} - self._known
        for kind in sorted({kind for kind, _ in fresh}):
            brain.figures.count(FOUND, sum(one == kind for one, _ in fresh), kind=kind)
            log.error("what was due did not happen", kind=kind, numbers=found[kind][:SHOWN_MAX])
        self._known = {(kind, number) for kind, numbers in found.items() for number in numbers}
        for kind, numbers in found.items():
            brain.figures.set(FIGURE, len(numbers), kind=kind)
        data: dict[str, Any] = {"overdue": {kind: len(numbers) for kind, numbers in found.items()}}
        await brain.write(lambda: write_states(brain.database, brain.name, now, {"watchdog": data}))
        return found

    def _find(self, now: datetime) -> dict[str, list[int]]:
        posts = frozenset(post.code for post in self._brain.city.get().posts.list_posts())
        with self._brain.database.read() as session:
            return find_overdue(session, now, posts)
