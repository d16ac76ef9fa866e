"""What the emergency wall says of public warnings in force and of responses under way.

Warnings and responses of the areas above are public: they hold for a town as well and stand on its wall. What a
response orders is counted only for its own area. Drills are marked and outside every figure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select

from command_center.cases.case_file import ENDED_STATES
from command_center.cases.incident_tables import Incident, IncidentSource
from command_center.responses.response_tables import EmergencyResponse, Instruction
from dashboards.server.figures.boards.board_shape import figure, panel, row
from dashboards.server.incidents.names import name_area, path_of
from dashboards.server.incidents.narrowing import in_area
from ingest.observation import SourceKind

if TYPE_CHECKING:
    from dashboards.server.figures.overview import Figures

ROWS_MAX = 6
PUBLIC_STATES = ("response", "recovery")
UNDER_WAY = ("issued", "received", "executing")


def show_warnings(figures: Figures, area: str) -> dict[str, Any]:
    """Return the warnings in force for an area, the gravest first."""
    above = [code for code in path_of(figures.city, area) if code != area]
    statement = (
        select(Incident)
        .join(IncidentSource, IncidentSource.incident == Incident.number)
        .where(
            IncidentSource.kind == SourceKind.WARNING.value,
            IncidentSource.ended_at.is_(None),
            Incident.state.not_in(ENDED_STATES),
            Incident.replay.is_(False),
            Incident.privacy_class < 2,
            or_(in_area(area), Incident.area.in_(above)),
        )
        .distinct()
        .order_by(Incident.opened_at.desc())
    )
    found = sorted(figures.session.scalars(statement), key=lambda one: one.severity_proposed or one.severity)
    rows = [_show_warning(figures, one) for one in found[:ROWS_MAX]]
    return panel("warnings", figures.now, [figure("in_force", sum(not one.drill for one in found))], rows=rows)


def _show_warning(figures: Figures, incident: Incident) -> dict[str, Any]:
    category = figures.city.catalogue.find_category(incident.category)
    return row(
        incident.title,
        category.en if category is not None else incident.title,
        [],
        incident=incident.number,
        severity=incident.severity,
        severity_proposed=incident.severity_proposed,
        since=incident.opened_at,
        area=name_area(figures.city, incident.area),
        drill=incident.drill,
    )


def show_responses(figures: Figures, area: str) -> dict[str, Any]:
    """Return the responses under way, and how their orders stand."""
    tree, path = figures.city.tree, path_of(figures.city, area)
    statement = (
        select(EmergencyResponse).where(EmergencyResponse.state != "ended").order_by(EmergencyResponse.level)
    )
    found = [
        one
        for one in figures.session.scalars(statement)
        if tree.is_within(one.area, area) or (one.area in path and one.state in PUBLIC_STATES)
    ]
    own = [one.id for one in found if not one.drill and tree.is_within(one.area, area)]
    under_way, late = _count_orders(figures, own)
    figured = [
        figure("responses", sum(not one.drill for one in found)),
        figure("orders", under_way),
        figure("orders_late", late),
    ]
    rows = [
        row(
            one.title,
            one.title,
            [],
            state=one.state,
            level=one.level,
            since=one.activated_at or one.opened_at,
            area=name_area(figures.city, one.area),
            drill=one.drill,
        )
        for one in found[:ROWS_MAX]
    ]
    return panel("responses", figures.now, figured, rows=rows)


def _count_orders(figures: Figures, responses: list[int]) -> tuple[int, int]:
    if not responses:
        return 0, 0
    of_these = (Instruction.response.in_(responses), Instruction.state.in_(UNDER_WAY))
    session = figures.session
    under_way = session.scalar(select(func.count()).select_from(Instruction).where(*of_these)) or 0
    late = (
        session.scalar(select(func.count()).select_from(Instruction).where(*of_these, Instruction.late > 0)) or 0
    )
    return int(under_way), int(late)
