"""Which open incident a new sighting belongs to: compatible, near enough, soon enough. Pure.

``intake.py`` fills the index with the open incidents of a batch's families; the nearest one answers. The
index cuts the ground into squares of the family's radius, so that a storm of thousands stays quick.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from grid.catalogue import Category
from grid.coordinates import METRES_PER_DEGREE, LonLat, distance_m

RULE = "correlate.same-family"
NARROWEST = 0.4  # cosine of the northernmost latitude for which the squares are wide enough, 66 degrees
Neighbours = Callable[[str], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class OpenCase:
    """What correlation needs to know of an open incident. Replays and drills join only their like."""

    number: int
    family: str
    lonlat: LonLat
    last_signal_at: datetime
    replay: bool = False
    drill: bool = False
    category: str = ""
    cell: str | None = None
    is_storm: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What looks for its incident: where and when, and what it is beside its category."""

    category: Category
    lonlat: LonLat
    at: datetime
    cell: str | None = None
    kind: str = ""
    replay: bool = False
    drill: bool = False


def no_neighbours(_cell: str) -> tuple[str, ...]:
    return ()


class OpenCases:
    """Open incidents by family (and by category where a group names one), square and cell."""

    def __init__(self, neighbours: Neighbours = no_neighbours) -> None:
        self._neighbours = neighbours
        self._cases: dict[str, dict[int, OpenCase]] = defaultdict(dict)
        self._squares: dict[tuple[str, int, int], dict[int, OpenCase]] = defaultdict(dict)
        self._cells: dict[tuple[str, str], dict[int, OpenCase]] = defaultdict(dict)
        self._radius_m: dict[str, float] = {}

    def add(self, case: OpenCase) -> None:
        """Take an open incident in."""
        for name in {case.family, case.category}:
            self._cases[name][case.number] = case
            self._place(name, case)

    def _place(self, name: str, case: OpenCase) -> None:
        radius_m = self._radius_m.get(name)
        if radius_m is not None:
            self._squares[_square(name, case.lonlat, radius_m)][case.number] = case
        if case.cell is not None:
            self._cells[name, case.cell][case.number] = case

    def drop(self, number: int) -> None:
        """Forget an incident that is not open any more."""
        for cases in (*self._cases.values(), *self._squares.values(), *self._cells.values()):
            cases.pop(number, None)

    def touch(self, case: OpenCase, at: datetime) -> None:
        """Note that the incident had a signal, which lets its window begin anew."""
        if at > case.last_signal_at:
            self.add(replace(case, last_signal_at=at))

    def find(self, sought: Sought) -> tuple[OpenCase, float] | None:
        """Return the nearest open incident that this belongs to, and how far in metres; the older on a tie."""
        category = sought.category
        if category.joined_by and sought.kind not in category.joined_by:
            return None
        best: tuple[float, int, OpenCase] | None = None
        for case, is_by_cell in self._near(sought):
            if (case.replay, case.drill) != (sought.replay, sought.drill) or not _is_soon(case, sought):
                continue
            away_m = distance_m(sought.lonlat, case.lonlat)
            is_near = is_by_cell or away_m <= category.radius_m
            if is_near and (best is None or (away_m, case.number) < best[:2]):
                best = (away_m, case.number, case)
        return (best[2], best[0]) if best is not None else None

    def _near(self, sought: Sought) -> Iterator[tuple[OpenCase, bool]]:
        """Yield what may be near enough, and whether its cell alone says so."""
        category = sought.category
        for name in (category.family, *category.kin):
            self._settle(name, category.radius_m)
            _, column, row = _square(name, sought.lonlat, self._radius_m[name])
            for x in (column - 1, column, column + 1):
                for y in (row - 1, row, row + 1):
                    for case in self._squares.get((name, x, y), {}).values():
                        yield case, False
            for cell in self._cells_of(sought):
                for case in self._cells.get((name, cell), {}).values():
                    yield case, True

    def _cells_of(self, sought: Sought) -> tuple[str, ...]:
        if sought.cell is None or sought.category.cells == "none":
            return ()
        beside = self._neighbours(sought.cell) if sought.category.cells == "adjacent" else ()
        return (sought.cell, *beside)

    def _settle(self, name: str, radius_m: float) -> None:
        """Choose the squares of a name: as large as the largest radius asked for so far."""
        if radius_m <= self._radius_m.get(name, 0.0):
            return
        self._radius_m[name] = radius_m
        for key in [key for key in self._squares if key[0] == name]:
            del self._squares[key]
        for case in self._cases[name].values():
            self._place(name, case)


def _is_soon(case: OpenCase, sought: Sought) -> bool:
    return abs(sought.at - case.last_signal_at) <= timedelta(seconds=sought.category.window_s)


def _square(name: str, lonlat: LonLat, size_m: float) -> tuple[str, int, int]:
    height_deg = size_m / METRES_PER_DEGREE
    width_deg = height_deg / NARROWEST  # one width everywhere, so that neighbours are neighbours
    return (name, math.floor(lonlat.lon / width_deg), math.floor(lonlat.lat / height_deg))
