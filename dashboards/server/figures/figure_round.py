"""One round of figures for all who see by area and nothing else: asked once, and told to each apart.

Comes in: the areas whose screens wait for figures. Goes out: ``Figures`` of one area, answered out of the round,
so that a crowd of towns costs the database what one does. ``live_overview.py`` makes a round now and then.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from command_center.people.roles import SEES_BY_AREA
from command_center.people.scope import Scope
from command_center.shifts.duty import Duty
from dashboards.server.figures.figure_questions import questions_by_area
from dashboards.server.figures.overview import Figures, list_children
from dashboards.server.incidents.narrowing import Narrowing
from grid.city import City

BY_AREA = ("tally", "shared", "disposal", "areas", "alarms")


def find_plain_area(scope: Scope, narrowing: Narrowing) -> str | None:
    """Return the area by which alone these eyes see, if it is so: what counts for them follows from it."""
    if scope.worker is not None or len(scope.grants) != 1 or narrowing != Narrowing():
        return None
    grant = scope.grants[0]
    return grant.area if grant.role in SEES_BY_AREA and grant.domains is None else None


class FigureRound:
    """What was asked for some areas at one moment."""

    def __init__(self, figures: Figures, areas: Iterable[str]) -> None:
        self.areas = frozenset(areas)
        self.city, self.now = figures.city, figures.now
        self.duties = figures.list_on_duty()
        figures.asked = questions_by_area(figures.session.get_bind().dialect.name)
        codes = [child.code for child in list_children(self.city, self.city.code)]
        self._rows: dict[tuple[str, str], list[Any]] = {}
        for name in BY_AREA:
            for row in figures.ask(name, seers=sorted(self.areas), codes=codes):
                self._rows.setdefault((name, row.seen_by), []).append(row)
        self._seats = figures.ask("seats", area=self.city.code)

    def answer(self, name: str, area: str) -> Sequence[Any]:
        return self._seats if name == "seats" else self._rows.get((name, area), [])


class FiguresOfRound(Figures):
    """The figures of one area out of a round: nothing is asked any more, and no session needed."""

    def __init__(self, told: FigureRound, scope: Scope, area: str) -> None:
        self.city, self.scope, self.narrowing = told.city, scope, Narrowing()
        self._told, self._area, self._duties = told, area, told.duties
        self.set_moment(told.now)

    def ask(self, name: str, **_more: Any) -> Sequence[Any]:
        return self._told.answer(name, self._area)


def make_round(
    session: Session, city: City, areas: Iterable[str], *, now: datetime, duties: list[Duty]
) -> FigureRound:
    """Ask everything for these areas."""
    figures = Figures(session, city, now=now, scope=Scope("", ()), narrowing=Narrowing(), duties=duties)
    return FigureRound(figures, areas)
