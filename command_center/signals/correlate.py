"""Which open incident a new sighting belongs to: same family, near enough, soon enough. Pure.

``intake.py`` fills the index with the open incidents of a batch's families; the nearest one answers. The
index cuts the ground into squares of the family's radius, so that a storm of thousands stays quick.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from grid.catalogue import Category
from grid.coordinates import METRES_PER_DEGREE, LonLat, distance_m

RULE = "correlate.same-family"
NARROWEST = 0.4  # cosine of the northernmost latitude for which the squares are wide enough, 66 degrees


@dataclass(frozen=True, slots=True)
class OpenCase:
    """What correlation needs to know of an open incident. Replays and drills join only their like."""

    number: int
    family: str
    lonlat: LonLat
    last_signal_at: datetime
    replay: bool = False
    drill: bool = False


class OpenCases:
    """Open incidents by family and square."""

    def __init__(self) -> None:
        self._squares: dict[tuple[str, int, int], dict[int, OpenCase]] = defaultdict(dict)
        self._radius_m: dict[str, float] = {}
        self._waiting: dict[str, list[OpenCase]] = defaultdict(list)

    def add(self, case: OpenCase) -> None:
        """Take an open incident in."""
        radius_m = self._radius_m.get(case.family)
        if radius_m is None:
            self._waiting[case.family].append(case)
        else:
            self._squares[_square(case.family, case.lonlat, radius_m)][case.number] = case

    def touch(self, case: OpenCase, at: datetime) -> None:
        """Note that the incident had a signal, which lets its window begin anew."""
        if at > case.last_signal_at:
            self.add(replace(case, last_signal_at=at))

    def find(
        self, category: Category, lonlat: LonLat, at: datetime, *, replay: bool = False, drill: bool = False
    ) -> tuple[OpenCase, float] | None:
        """Return the nearest open incident that this sighting belongs to, and its distance in metres."""
        self._settle(category)
        window = timedelta(seconds=category.window_s)
        best: tuple[float, int, OpenCase] | None = None
        for case in self._near(category.family, lonlat):
            if (case.replay, case.drill) != (replay, drill) or abs(at - case.last_signal_at) > window:
                continue
            away_m = distance_m(lonlat, case.lonlat)
            if away_m <= category.radius_m and (best is None or (away_m, case.number) < best[:2]):
                best = (away_m, case.number, case)
        return (best[2], best[0]) if best is not None else None

    def _settle(self, category: Category) -> None:
        """Choose the family's squares: as large as the largest radius asked for so far."""
        known = self._radius_m.get(category.family, 0.0)
        if category.radius_m <= known:
            return
        self._radius_m[category.family] = category.radius_m
        moved = self._waiting.pop(category.family, [])
        for key in [key for key in self._squares if key[0] == category.family]:
            moved.extend(self._squares.pop(key).values())
        for case in moved:
            self.add(case)

    def _near(self, family: str, lonlat: LonLat) -> list[OpenCase]:
        _, column, row = _square(family, lonlat, self._radius_m[family])
        return [
            case
            for x in (column - 1, column, column + 1)
            for y in (row - 1, row, row + 1)
            for case in self._squares.get((family, x, y), {}).values()
        ]


def _square(family: str, lonlat: LonLat, size_m: float) -> tuple[str, int, int]:
    height_deg = size_m / METRES_PER_DEGREE
    width_deg = height_deg / NARROWEST  # one width everywhere, so that neighbours are neighbours
    return (family, math.floor(lonlat.lon / width_deg), math.floor(lonlat.lat / height_deg))
