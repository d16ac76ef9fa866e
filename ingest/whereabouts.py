"""Where workers and vehicles are, the newest of each, told to the brain and the windows once a second.

Comes in: fixes from the receiving thread. Goes out: the ring ``rings.positions``, as a worker's phone rings it.
Nothing is kept here and no fix is stored on the bus: an old position is worth nothing, and a track is not made.
"""

from __future__ import annotations

import asyncio

import msgspec

from foundation.bus import subjects
from foundation.bus.connection import Bus
from ingest.messages import Fix

TELL_EVERY_S = 1.0


class Whereabouts:
    """The newest fix of each worker and vehicle since the last telling; noted by one thread, taken by another."""

    def __init__(self) -> None:
        self._newest: dict[str, Fix] = {}

    def note(self, fix: Fix) -> None:
        """Take one in; one that is older than what is known changes nothing."""
        known = self._newest.get(fix.key)
        if known is None or known.at <= fix.at:
            self._newest[fix.key] = fix

    def take(self) -> list[Fix]:
        """Return what came since the last call."""
        taken, self._newest = list(self._newest.values()), {}
        return taken

    async def run(self, bus: Bus) -> None:
        """Tell for ever."""
        while True:
            await asyncio.sleep(TELL_EVERY_S)
            for fix in self.take():
                await bus.ring(subjects.POSITIONS, msgspec.json.encode(fix))
