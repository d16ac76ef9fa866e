"""The tree of areas: who lies in whom, from the district down to the cell.

The areas of one day come in (``city_load`` wrote them, ``city`` read them), questions about ancestry go
out. Knows no geometry: that is ``city_map``. Number and names of the levels are data of the city.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

AreaClass = Literal["A", "B", "C"]

DEFAULT_LEVELS = ("district", "town", "community", "grid", "cell")


@dataclass(frozen=True, slots=True)
class Area:
    """One area of responsibility, or a cell.

    ``area_class``: A core, B ordinary, C outskirts (limits may differ by it). ``aliases``: codes that the
    area bore in older nets. ``synthetic``: its outline was made up and must be shown as 示意.
    """

    code: str
    name: str
    name_en: str
    level: str
    parent: str | None
    kind: str
    area_class: AreaClass = "B"
    synthetic: bool = False
    aliases: tuple[str, ...] = ()


class AreaTree:
    """All areas of a city on one day, by code. Overlay levels (police districts) are roots of their own."""

    def __init__(self, areas: Iterable[Area], levels: tuple[str, ...] = DEFAULT_LEVELS) -> None:
        """Take the areas in any order.

        Raises:
            ValueError: Two areas share a code, a parent is unknown, or the parents run in a circle.
        """
        self.levels = levels
        self._areas: dict[str, Area] = {}
        for area in areas:
            if area.code in self._areas:
                raise ValueError(f"two areas have the code {area.code}")
            self._areas[area.code] = area
        self._aliases = {alias: a.code for a in self._areas.values() for alias in a.aliases}
        self._children: dict[str | None, list[Area]] = {}
        for code in sorted(self._areas):
            area = self._areas[code]
            self._children.setdefault(area.parent, []).append(area)
        self._by_level: dict[str, list[Area]] = {}
        for code in sorted(self._areas):
            self._by_level.setdefault(self._areas[code].level, []).append(self._areas[code])
        self._paths: dict[str, tuple[str, ...]] = {}
        for code in self._areas:
            self._paths[code] = self._walk_up(code)

    def _walk_up(self, code: str) -> tuple[str, ...]:
        path: list[str] = []
        here: str | None = code
        while here is not None:
            if here in path:
                raise ValueError(f"the parents of {code} run in a circle")
            if here not in self._areas:
                raise ValueError(f"{path[-1] if path else code} has an unknown parent {here}")
            path.append(here)
            here = self._areas[here].parent
        return tuple(reversed(path))

    def get_area(self, code: str) -> Area:
        """Return the area with this code or alias; raises ``KeyError`` when there is none."""
        area = self.find_area(code)
        if area is None:
            raise KeyError(code)
        return area

    def find_area(self, code: str) -> Area | None:
        """Return the area with this code, or with this code of an older net."""
        return self._areas.get(code) or self._areas.get(self._aliases.get(code, ""))

    def path(self, code: str) -> tuple[str, ...]:
        """Return the codes from the root down to and including the area itself."""
        return self._paths[code]

    def children(self, code: str | None) -> list[Area]:
        """Return the areas directly below, by code; of None: the roots."""
        return list(self._children.get(code, ()))

    def list_level(self, level: str) -> list[Area]:
        """Return every area of a level, by code."""
        return list(self._by_level.get(level, ()))

    def list_areas(self) -> list[Area]:
        """Return every area, by code."""
        return [self._areas[code] for code in sorted(self._areas)]

    def is_within(self, code: str, ancestor: str) -> bool:
        """Tell whether the area is the ancestor itself or lies anywhere below it."""
        return ancestor in self._paths.get(code, ())

    def find_ancestor(self, code: str, level: str) -> Area | None:
        """Return the area of that level on the way up from ``code``, itself included."""
        for step in self._paths.get(code, ()):
            if self._areas[step].level == level:
                return self._areas[step]
        return None

    def __len__(self) -> int:
        return len(self._areas)
