"""Divides the drawn cells among towns, communities and grids, and numbers them."""

from __future__ import annotations

from collections import defaultdict
from random import Random

from district import District, DrawnCell, DrawnGrid, read_units
from draw_areas import Cell, draw_cells, share_among_towns, split

GRIDS = 240
GRID_CLASSES = ((0.55, "A"), (1.15, "B"))  # mean size of a cell in km² below which a grid is core, ordinary


def divide(random: Random) -> District:
    """Return the whole district; the same seed gives the same district."""
    units = read_units()
    cells = draw_cells(random)
    town_of = share_among_towns(random, cells)
    communities = _communities(random, cells, town_of, units)
    grids = _grids(random, cells, communities)
    return _number(cells, communities, grids, units)


def _communities(random: Random, cells: list[Cell], town_of: list[str], units: dict) -> dict[int, str]:
    result: dict[int, str] = {}
    for town in sorted(set(town_of)):
        members = [i for i, code in enumerate(town_of) if code == town]
        codes = [u.code for u in units.values() if u.parent == town]
        result |= split(random, cells, members, codes)
    return result


def _grids(random: Random, cells: list[Cell], communities: dict[int, str]) -> dict[int, str]:
    members = defaultdict(list)
    for i in sorted(communities):
        members[communities[i]].append(i)
    counts = _share_grids({code: len(ids) for code, ids in members.items()})
    result: dict[int, str] = {}
    for code in sorted(members):
        names = [f"{code}G{n:02d}" for n in range(1, counts[code] + 1)]
        result |= split(random, cells, members[code], names)
    return result


def _share_grids(cells_in: dict[str, int]) -> dict[str, int]:
    """Return how many grids each community gets, in proportion to its cells, at least one."""
    per_grid = sum(cells_in.values()) / GRIDS
    counts = {code: max(1, int(n / per_grid)) for code, n in cells_in.items()}
    by_need = sorted(cells_in, key=lambda c: (counts[c] * per_grid - cells_in[c], c))
    for code in by_need[: GRIDS - sum(counts.values())]:
        counts[code] += 1
    return counts


def _number(cells: list[Cell], communities: dict[int, str], grids: dict[int, str], units: dict) -> District:
    drawn: list[DrawnCell] = []
    by_community = defaultdict(list)
    for i in sorted(communities):
        by_community[communities[i]].append(i)
    for community in sorted(by_community):
        # from west to east within a band, the bands from north to south, as grids are numbered
        order = sorted(by_community[community], key=lambda i: (-round(cells[i].seed[1] / 800), cells[i].seed[0]))
        for n, i in enumerate(order, start=1):
            code = f"{community}{n:03d}"
            area = round(cells[i].area_m2 / 1e6, 4)
            drawn.append(DrawnCell(code, grids[i], community, units[community].parent, cells[i].outline, area))
    return District(units, _list_grids(drawn), drawn)


def _list_grids(drawn: list[DrawnCell]) -> list[DrawnGrid]:
    by_grid = defaultdict(list)
    for cell in drawn:
        by_grid[cell.grid].append(cell)
    result = []
    for code, cells in sorted(by_grid.items()):
        mean = sum(c.area_km2 for c in cells) / len(cells)
        area_class = next((name for limit, name in GRID_CLASSES if mean < limit), "C")
        result.append(DrawnGrid(code, cells[0].community, cells[0].town, int(code[-2:]), area_class))
    return result
