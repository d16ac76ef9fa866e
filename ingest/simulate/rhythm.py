"""The rhythm of a day: how much happens at which hour, and when it rains.

Comes in: local seconds of the day, a seed. Goes out: factors that ``day_book.py`` multiplies its rate and
its choice with. Pure, so that the same seed gives the same day.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from random import Random

DAY_S = 86_400

# (hour, how much happens): quiet nights, markets at dawn, two peaks of traffic; the mean is about 1
_CURVE = [
    (0.0, 0.50),
    (4.0, 0.50),
    (5.5, 0.85),
    (7.0, 1.25),
    (8.0, 1.55),
    (9.5, 1.20),
    (12.0, 1.05),
    (14.0, 1.20),
    (17.0, 1.45),
    (18.0, 1.55),
    (20.0, 1.15),
    (22.0, 0.75),
    (24.0, 0.50),
]


def busyness(second: float) -> float:
    """Return how much happens at that second of the local day, about 1 on average, never 0."""
    hour = (second % DAY_S) / 3600
    index = bisect_right(_CURVE, (hour, float("inf"))) - 1
    (from_hour, low), (to_hour, high) = _CURVE[index], _CURVE[min(index + 1, len(_CURVE) - 1)]
    if to_hour == from_hour:
        return low
    return low + (high - low) * (hour - from_hour) / (to_hour - from_hour)


@dataclass(frozen=True, slots=True)
class Busy:
    """When a kind of happening is commoner: local hours from–to, and how many times."""

    from_hour: float
    to_hour: float
    times: float

    def factor(self, second: float) -> float:
        """Return ``times`` within the hours, which may pass midnight, else 1."""
        hour = (second % DAY_S) / 3600
        if self.from_hour <= self.to_hour:
            return self.times if self.from_hour <= hour < self.to_hour else 1.0
        return self.times if hour >= self.from_hour or hour < self.to_hour else 1.0


@dataclass(frozen=True, slots=True)
class Shower:
    """One spell of rain, in seconds of the local day."""

    from_s: float
    to_s: float

    def covers(self, second: float) -> bool:
        return self.from_s <= second < self.to_s


def list_showers(seed: int, day: int) -> list[Shower]:
    """Return the rain of one day: two days in three have one to three showers, the others none."""
    draw = Random(f"{seed}/rain/{day}")
    if day % 3 == 2:
        return []
    starts = sorted(draw.uniform(0, DAY_S - 7200) for _ in range(draw.randint(1, 3)))
    return [Shower(start, start + draw.uniform(1800, 5400)) for start in starts]
