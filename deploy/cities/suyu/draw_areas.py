"""Draws the made-up geometry of the district: cells first, everything above them as unions of cells.

Seeds come in, outlines in WGS-84 degrees go out to ``generate.py``. Nothing here is surveyed: seats, sizes
and every border are invented (示意). Because each border is one wobbled edge shared by exactly two cells,
neighbours have the same vertices and there is neither gap nor overlap.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass, field
from random import Random

import numpy as np
import shapely

CENTRE_LON, CENTRE_LAT = 118.41, 33.98
METRES_PER_LAT = 111_195.0
METRES_PER_LON = METRES_PER_LAT * math.cos(math.radians(CENTRE_LAT))
DECIMALS = 6  # 0.1 m

Point = tuple[float, float]

# seat (km east, north of the centre), share of the area (km²), spacing of cells at the seat (m)
TOWNS: dict[str, tuple[float, float, float, float]] = {
    "321311001": (-9.0, -0.6, 42, 300),
    "321311002": (-9.4, -5.6, 42, 300),
    "321311003": (-10.6, 4.4, 46, 320),
    "321311006": (-4.0, -14.2, 88, 450),
    "321311105": (6.4, -15.0, 98, 460),
    "321311106": (12.4, -4.6, 150, 450),
    "321311108": (9.6, 6.6, 170, 450),
    "321311111": (4.4, -6.0, 104, 470),
    "321311113": (3.4, 15.0, 96, 470),
    "321311201": (-2.6, 5.6, 84, 470),
    "321311401": (-4.8, -3.6, 34, 370),
    "321311402": (-9.8, -10.6, 28, 400),
    "321311403": (-5.4, 0.8, 24, 360),
    "321311451": (-13.0, -1.6, 18, 330),
    "321311901": (-5.0, 12.4, 56, 460),
}
OUTLINE_KM: list[Point] = [
    (-15.6, -3.2),
    (-14.8, 2.6),
    (-13.4, 7.2),
    (-10.4, 12.4),
    (-7.4, 16.8),
    (-1.2, 19.4),
    (4.6, 20.6),
    (8.8, 17.2),
    (12.6, 13.8),
    (16.6, 10.2),
    (17.4, 4.6),
    (18.0, -2.2),
    (17.6, -8.4),
    (14.2, -12.6),
    (11.6, -18.4),
    (5.8, -20.6),
    (-1.0, -20.0),
    (-6.6, -18.8),
    (-10.8, -15.2),
    (-13.6, -10.4),
]
SPACING_GROWTH = 0.17  # metres of spacing gained per metre away from the nearest seat
SPACING_MAX_M = 980.0
WOBBLE_RATIO = 0.13


@dataclass
class Cell:
    seed: Point
    outline: shapely.Polygon
    area_m2: float
    near: set[int] = field(default_factory=set)


def to_degrees(xy: Point) -> Point:
    return (
        round(CENTRE_LON + xy[0] / METRES_PER_LON, DECIMALS),
        round(CENTRE_LAT + xy[1] / METRES_PER_LAT, DECIMALS),
    )


def draw_cells(random: Random) -> list[Cell]:
    """Return the cells of the district with their neighbours, in a fixed order."""
    outline = shapely.Polygon([(x * 1000, y * 1000) for x, y in OUTLINE_KM])
    seeds = _scatter(random, outline.buffer(3500))
    inside = shapely.contains_xy(outline, [s[0] for s in seeds], [s[1] for s in seeds])
    polygons = _voronoi(seeds)
    wobbled = _wobble(random, polygons)
    kept = sorted((i for i in range(len(seeds)) if inside[i]), key=lambda i: (seeds[i][0], seeds[i][1]))
    cells = [Cell(seeds[i], wobbled[i], polygons[i].area) for i in kept]
    tree = shapely.STRtree([cell.outline for cell in cells])
    for i, cell in enumerate(cells):
        for j in sorted(tree.query(cell.outline, predicate="intersects").tolist()):
            if i < j and cell.outline.intersection(cells[j].outline).length > 0:
                cell.near.add(j)
                cells[j].near.add(i)
    return cells


def _scatter(random: Random, reach: shapely.Polygon) -> list[Point]:
    """Throw darts, each keeping the distance that is usual at its place: dense cores, wide fields."""
    west, south, east, north = reach.bounds
    seats = np.array([(x * 1000, y * 1000) for x, y, _, _ in TOWNS.values()])
    cores = np.array([core for _, _, _, core in TOWNS.values()])
    taken = np.empty((0, 2))
    spacings = np.empty(0)
    for _ in range(60_000):
        dart = np.array([random.uniform(west, east), random.uniform(south, north)])
        if not shapely.contains_xy(reach, *dart):
            continue
        away = np.hypot(*(seats - dart).T)
        spacing = min(float((cores + SPACING_GROWTH * away).min()), SPACING_MAX_M)
        if len(taken) and (np.hypot(*(taken - dart).T) < np.minimum(spacings, spacing)).any():
            continue
        taken = np.vstack([taken, dart])
        spacings = np.append(spacings, spacing)
    return [(round(float(x), 1), round(float(y), 1)) for x, y in taken]


def _voronoi(seeds: list[Point]) -> list[shapely.Polygon]:
    parts = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(seeds)))
    tree = shapely.STRtree(parts)
    owners, found = tree.query(shapely.points(seeds), predicate="intersects")
    by_seed = dict(zip(owners.tolist(), found.tolist(), strict=True))
    return [parts[by_seed[i]] for i in range(len(seeds))]


def _wobble(random: Random, polygons: list[shapely.Polygon]) -> list[shapely.Polygon]:
    """Bend every edge once, the same way for both of its sides, and round to the stored degrees."""
    bends: dict[tuple[Point, Point], list[Point]] = {}
    result = []
    for polygon in polygons:
        corners = [(round(x, 1), round(y, 1)) for x, y in polygon.exterior.coords[:-1]]
        corners = [c for i, c in enumerate(corners) if c != corners[i - 1]]
        ring: list[Point] = []
        for a, b in zip(corners, corners[1:] + corners[:1], strict=True):
            low, high = min(a, b), max(a, b)
            if (low, high) not in bends:
                bends[low, high] = [low, *_bend(random, low, high), high]
            line = bends[low, high]
            ring += (line if a == low else line[::-1])[:-1]
        result.append(shapely.Polygon([to_degrees(p) for p in ring]))
    return result


def _bend(random: Random, a: Point, b: Point) -> list[Point]:
    length = math.dist(a, b)
    if length < 190:
        return []
    side = random.gauss(0, 0.5)
    side = max(-1.0, min(1.0, side)) * WOBBLE_RATIO
    along = 0.5 + random.uniform(-0.08, 0.08)
    middle = (
        round(a[0] + (b[0] - a[0]) * along - (b[1] - a[1]) * side, 1),
        round(a[1] + (b[1] - a[1]) * along + (b[0] - a[0]) * side, 1),
    )
    return [*_bend(random, a, middle), middle, *_bend(random, middle, b)]


def share_among_towns(random: Random, cells: list[Cell]) -> list[str]:
    """Return the town of each cell: towns grow from their seats, the smallest for its share first."""
    seats = {code: (x * 1000, y * 1000) for code, (x, y, _, _) in TOWNS.items()}
    shares = {code: km2 * 1e6 for code, (_, _, km2, _) in TOWNS.items()}
    starts = {code: min(range(len(cells)), key=lambda i: math.dist(cells[i].seed, seats[code])) for code in TOWNS}
    owner = grow(random, cells, set(range(len(cells))), starts, weights=shares)
    return [str(owner[i]) for i in range(len(cells))]


def grow(
    random: Random, cells: list[Cell], members: set[int], starts: dict[str, int], *, weights: dict[str, float]
) -> dict[int, str]:
    """Return an owner for each member; every owner's cells hang together.

    The owner with the smallest area for its weight takes the frontier cell nearest to its start.
    """
    growth = _Growth(random, cells, members, starts)
    for code in sorted(starts):
        growth.take(code, starts[code])
    while open_codes := growth.list_open():
        code = min(open_codes, key=lambda c: growth.size[c] / weights[c])
        growth.take(code, heapq.heappop(growth.frontier[code])[1])
    return growth.owner


class _Growth:
    """Owners while they grow: what each has, and which cells it touches."""

    def __init__(self, random: Random, cells: list[Cell], members: set[int], starts: dict[str, int]) -> None:
        self.random, self.cells, self.members, self.starts = random, cells, members, starts
        self.owner: dict[int, str] = {}
        self.size = dict.fromkeys(starts, 0.0)
        self.frontier: dict[str, list[tuple[float, int]]] = {code: [] for code in starts}

    def take(self, code: str, i: int) -> None:
        self.owner[i] = code
        self.size[code] += self.cells[i].area_m2
        start = self.cells[self.starts[code]].seed
        for j in sorted(self.cells[i].near & self.members):
            if j not in self.owner:
                distance = math.dist(self.cells[j].seed, start) * self.random.uniform(0.9, 1.15)
                heapq.heappush(self.frontier[code], (distance, j))

    def list_open(self) -> list[str]:
        """Return the owners that can still grow, their frontiers cleared of taken cells."""
        for waiting in self.frontier.values():
            while waiting and waiting[0][1] in self.owner:
                heapq.heappop(waiting)
        return [code for code in sorted(self.frontier) if self.frontier[code]]


def split(random: Random, cells: list[Cell], members: list[int], codes: list[str]) -> dict[int, str]:
    """Return the members shared among the codes in connected parts of about the same number of cells."""
    hops_from = {i: _hops(cells, set(members), i) for i in members}
    starts = [max(members, key=lambda i: (hops_from[members[0]][i], i))]
    while len(starts) < len(codes):
        starts.append(max(members, key=lambda i: (min(hops_from[s][i] for s in starts), i)))
    even = [Cell(cell.seed, cell.outline, 1.0, cell.near) for cell in cells]
    starts.sort(key=lambda i: (round(-cells[i].seed[1], -3), cells[i].seed[0]))  # north to south, west to east
    named = dict(zip(codes, starts, strict=True))
    return grow(random, even, set(members), named, weights=dict.fromkeys(codes, 1.0))


def _hops(cells: list[Cell], members: set[int], start: int) -> dict[int, int]:
    hops = {start: 0}
    queue = [start]
    for i in queue:
        for j in sorted(cells[i].near & members):
            if j not in hops:
                hops[j] = hops[i] + 1
                queue.append(j)
    return hops
