"""Reads from a case what the level rules ask. Pure, but for the count of repeats."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from command_center.cases.case_file import CaseFile
from command_center.cases.incident_tables import Incident
from command_center.levels.level_rules import CaseFacts
from grid.city import City
from grid.city_folder.level_documents import RepeatsDoc
from grid.coordinates import LonLat, distance_m


def read_facts(case: CaseFile) -> CaseFacts:
    """Return the facts of a case as it stands."""
    return facts_of(case.incident, case.ledger.city, set(case.audience.shared))


def facts_of(incident: Incident, city: City, shared: set[str]) -> CaseFacts:
    """Return the facts of an incident; ``shared`` are the areas that were asked to assist."""
    category = city.catalogue.find_category(incident.category)
    code = incident.grid or incident.area
    path = city.tree.path(code) if city.tree.find_area(code) is not None else (code,)
    areas = [area for area in map(city.tree.find_area, path) if area is not None]
    other = [city.tree.find_area(area) for area in shared]
    return CaseFacts(
        category=incident.category,
        domain=incident.domain,
        family=incident.family,
        department=category.lead_department if category is not None else "",
        path=path,
        kinds=frozenset(area.kind for area in areas),
        level=incident.level,
        channel=incident.channel,
        urgency=incident.urgency,
        severity=incident.severity,
        proposed=incident.severity_proposed,
        sensitive=incident.sensitive,
        unowned=incident.unowned,
        crosses_towns=any(area is not None and area.level == "town" and area.code not in path for area in other),
        returns=incident.returns,
        reworks=incident.reworks,
    )


def find_repeats(case: CaseFile, wanted: RepeatsDoc) -> list[int]:
    """Return the cases of the same matter at the same place in the rule's time, itself last."""
    incident, ledger = case.incident, case.ledger
    since = ledger.now - timedelta(days=wanted.days)
    stored = ledger.session.execute(
        select(Incident.number, Incident.lon, Incident.lat, Incident.cell)
        .where(
            Incident.category == incident.category,
            Incident.area == incident.area,
            Incident.opened_at >= since,
            Incident.number < incident.number,
            Incident.drill.is_(False),
            Incident.replay.is_(False),
            Incident.patrol.is_(False),
            Incident.state.not_in(("rejected", "void", "merged")),
        )
        .order_by(Incident.number)
    ).all()
    waiting = [
        (row.number, row.lon, row.lat, row.cell)
        for row in ledger.list_waiting(Incident)
        if row.category == incident.category and row.area == incident.area and row.number < incident.number
    ]
    known = [(number, lon, lat, cell) for number, lon, lat, cell in stored]
    numbers = [row[0] for row in [*known, *waiting] if _is_here(incident, row, wanted.radius_m)]
    return [*dict.fromkeys(numbers), incident.number]


def _is_here(incident: Incident, row: tuple[int, float | None, float | None, str | None], radius_m: float) -> bool:
    """Return whether a case lies at the same place: near, or in the same cell where one has no point."""
    _, lon, lat, cell = row
    if lon is not None and lat is not None and incident.lon is not None and incident.lat is not None:
        return distance_m(LonLat(lon, lat), LonLat(incident.lon, incident.lat)) <= radius_m
    return cell is not None and cell == incident.cell
