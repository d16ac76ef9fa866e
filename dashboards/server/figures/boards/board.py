"""The own figures of one domain's wall: warnings and responses, disputes and places, devices, roads and parking.

``overview.py`` adds the board to an overview that is asked for one domain. Every figure is counted here from
cases, devices, readings, responses and visits; what nobody tells the city is said in words, never made up.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dashboards.server.figures.boards.board_shape import NO_DEVICE, NO_READING, figure, panel, row
from dashboards.server.figures.boards.case_counts import CaseCounts, count_told_by, count_visits
from dashboards.server.figures.boards.device_counts import Family, boards_of, read_family
from dashboards.server.figures.boards.emergency_panels import show_responses, show_warnings
from grid.board_names import FAMILIES

if TYPE_CHECKING:
    from dashboards.server.figures.overview import Figures

PUBLIC_ORDER = "public_order"
Panel = dict[str, Any]


def make_board(figures: Figures, domain: str) -> list[Panel]:
    """Return the panels of a domain's wall."""
    board = _Board(figures)
    return [show() for show in board.panels[domain]]


class _Board:
    """One domain's panels, from one look at the cases."""

    def __init__(self, figures: Figures) -> None:
        self.figures = figures
        self.area = figures.narrowing.area or figures.city.code
        self.counts = CaseCounts(figures)
        said = boards_of(figures.city)
        self._kinds: dict[str, list[str]] = said.get("devices") or {}
        self._cases: dict[str, list[str]] = said.get("cases") or {}
        self.panels: dict[str, list[Callable[[], Panel]]] = {
            "emergency": [
                lambda: show_warnings(figures, self.area),
                lambda: show_responses(figures, self.area),
                self.show_hazards,
            ],
            PUBLIC_ORDER: [self.show_disputes, self.show_places, self.show_passengers],
            "urban_management": [self.show_families, self.show_components],
            "transport": [self.show_congestion, self.show_parking, self.show_hazardous_goods],
        }

    def family(self, name: str) -> Family:
        return read_family(self.figures, self.area, self._kinds.get(name, ()))

    def cases(self, name: str) -> list[str]:
        return self._cases.get(name, [])

    def _count_cases(self, name: str, *names: str) -> list[dict[str, Any]]:
        counted = self.counts.sum_of(self.cases(name))
        return [figure(one, getattr(counted, one)) for one in names]

    def _list_categories(self, name: str) -> list[dict[str, Any]]:
        catalogue = self.figures.city.catalogue
        found = [(catalogue.find_category(code), count) for code, count in self.counts.list_open(self.cases(name))]
        return [row(one.zh, one.en, [figure("open", count.open)]) for one, count in found if one is not None]

    def show_hazards(self) -> Panel:
        family = self.family("hazards")
        figures = self._count_cases("hazards", "open", "overdue", "opened_today", "closed_today")
        watch = [figure("monitors", family.heard, of=len(family.devices))] if family.devices else []
        why = None if family.devices else NO_DEVICE
        return panel(
            "hazards", self.figures.now, [*figures, *watch], rows=self._list_categories("hazards"), why=why
        )

    def show_disputes(self) -> Panel:
        figures = self._count_cases("disputes", "open", "overdue", "opened_today", "closed_today")
        return panel("disputes", self.figures.now, figures, rows=self._list_categories("disputes"))

    def show_places(self) -> Panel:
        due, done, missed = count_visits(self.figures, PUBLIC_ORDER, self.area)
        visits = [figure("visits_done", done, of=due), figure("visits_missed", missed)]
        figures = [*self._count_cases("places", "open", "overdue"), *visits]
        return panel("places", self.figures.now, figures, rows=self._list_categories("places"))

    def show_passengers(self) -> Panel:
        family = self.family("passenger_flow")
        now = sum(one.value for one in family.readings) if family.readings else None
        figures = [
            figure("people_now", now, "people"),
            figure("counters", len(family.readings), of=len(family.devices)),
            *self._count_cases("passenger_flow", "open"),
        ]
        rows = [
            row(one.device.name, one.device.name_en, [figure("people_now", one.value, "people")])
            for one in sorted(family.readings, key=lambda one: -one.value)[:4]
        ]
        return self._measured("passenger_flow", family, figures, rows)

    def _measured(self, key: str, family: Family, figures: list[Any], rows: list[Any]) -> Panel:
        why = NO_DEVICE if not family.devices else None if family.readings else NO_READING
        return panel(key, family.read_at or self.figures.now, figures, rows=rows, why=why)

    def show_families(self) -> Panel:
        return panel("families", self.figures.now, [], rows=[self._show_family(name) for name in FAMILIES])

    def _show_family(self, name: str) -> dict[str, Any]:
        family = self.family(name)
        cases = self.counts.sum_of(self.cases(name)).open if self.cases(name) else None
        told = count_told_by(self.figures, family.ids) if family.devices else cases
        has = bool(family.devices)
        figures = [
            figure("heard", family.heard if has else None, of=len(family.devices) if has else None),
            figure("silent", family.silent + family.never if has else None),
            figure("fault", family.fault if has else None),
            figure("open", told),
        ]
        return row("", "", figures, key=name, why=None if has else NO_DEVICE)

    def show_components(self) -> Panel:
        figures = self._count_cases("components", "open", "overdue", "opened_today", "closed_today")
        return panel("components", self.figures.now, figures, rows=self._list_categories("components"))

    def show_congestion(self) -> Panel:
        family = self.family("congestion")
        queues = sorted(family.readings, key=lambda one: -one.value)
        figures = [
            *self._count_cases("congestion", "open", "overdue"),
            figure("longest_queue_m", queues[0].value if queues else None, "m"),
            figure("radars", len(queues), of=len(family.devices)),
        ]
        rows = [
            row(one.device.name, one.device.name_en, [figure("queue_m", one.value, "m")])
            for one in queues[:4]
            if one.value > 0
        ]
        return self._measured("congestion", family, figures, rows)

    def show_parking(self) -> Panel:
        family = self.family("parking")
        taken = sum(one.value > 0 for one in family.readings) if family.readings else None
        figures = [
            *self._count_cases("parking", "open", "overdue"),
            figure("taken", taken, of=len(family.readings) if family.readings else None),
            figure("sensors", len(family.readings), of=len(family.devices)),
        ]
        return self._measured("parking", family, figures, self._list_categories("parking"))

    def show_hazardous_goods(self) -> Panel:
        family = self.family("hazardous_goods")
        has = bool(family.devices)
        figures = [
            *self._count_cases("hazardous_goods", "open", "overdue", "opened_today"),
            figure("vehicles", family.heard if has else None, of=len(family.devices) if has else None),
        ]
        rows = self._list_categories("hazardous_goods")
        return panel("hazardous_goods", self.figures.now, figures, rows=rows, why=None if has else NO_DEVICE)
