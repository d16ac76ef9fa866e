"""How a worker moves: straight towards the task, a little aside, or a round about home when there is none.

Comes in: where the phone is, where it should be, how long since the last position. Goes out: where it is
now. Pure.
"""

from __future__ import annotations

import math
from random import Random

from grid.coordinates import LonLat, distance_m

METRES_PER_DEGREE = 111_320.0
RIDE_M_S = 7.0  # an electric bicycle
STROLL_M_S = 1.2
ROUND_M = 350.0


def step_towards(here: LonLat, there: LonLat, metres: float) -> LonLat:
    """Return the point that many metres nearer, at most there."""
    left_m = distance_m(here, there)
    if left_m <= metres or left_m == 0:
        return there
    share = metres / left_m
    return LonLat(here.lon + (there.lon - here.lon) * share, here.lat + (there.lat - here.lat) * share)


def stroll(here: LonLat, home: LonLat, metres: float, draw: Random) -> LonLat:
    """Return a step of a round: anywhere near home, and back to it when too far."""
    if distance_m(here, home) > ROUND_M:
        return step_towards(here, home, metres)
    angle = draw.uniform(0, 2 * math.pi)
    lat = here.lat + metres * math.sin(angle) / METRES_PER_DEGREE
    lon = here.lon + metres * math.cos(angle) / (METRES_PER_DEGREE * math.cos(math.radians(here.lat)))
    return LonLat(lon, lat)
