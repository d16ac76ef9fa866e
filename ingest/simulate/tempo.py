"""The simulation's own time: how fast the day goes by, and how long to wait for its next moment.

Comes in: ``--speed`` and the city's time zone. Goes out: the second of the local day that is played now, and
real seconds to wait. What a device's rule must hold is never made faster: that is real time.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from foundation.clock import Clock, monotonic_s

DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Moment:
    """A day since the beginning, and a second of it."""

    day: int
    second: float

    @property
    def total_s(self) -> float:
        return self.day * DAY_S + self.second


class Tempo:
    """Begins at the local time of now; a played second lasts ``1 / speed`` real seconds."""

    def __init__(self, clock: Clock, timezone: ZoneInfo, speed: float) -> None:
        self._clock = clock
        self.speed = speed
        local = clock.now().astimezone(timezone)
        self.begin_s = local.hour * 3600 + local.minute * 60 + local.second
        self._started_s = monotonic_s()
        self.run = f"{local:%y%m%d%H%M%S}"

    def now(self) -> datetime:
        """Return the real present, which is what messages carry."""
        return self._clock.now()

    @property
    def elapsed_s(self) -> float:
        """Real seconds since the beginning."""
        return monotonic_s() - self._started_s

    def moment(self) -> Moment:
        """Return what is played now."""
        total_s = self.begin_s + self.elapsed_s * self.speed
        return Moment(int(total_s // DAY_S), total_s % DAY_S)

    async def wait_until(self, total_s: float) -> None:
        """Sleep until that played second, counted from the first midnight."""
        await asyncio.sleep(max(0.0, (total_s - self.moment().total_s) / self.speed))

    async def pause(self, played_s: float) -> None:
        """Sleep for so many played seconds."""
        await asyncio.sleep(max(0.0, played_s / self.speed))
