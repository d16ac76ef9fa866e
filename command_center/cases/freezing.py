"""Ordinary cases that an emergency response halts by class (平战结合): their clocks stand still until it lets go.

``responses/freeze_steps.py`` halts and lets go; a case of such a class that is opened meanwhile is halted at its
opening, and one that turns out to be grave runs again. People may go on working on a halted case.
Source: domain.md 3.4.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from command_center.cases.actors import Actor, by_rule
from command_center.cases.case_file import CaseFile
from command_center.cases.incident_tables import Incident
from command_center.clocks.clocks import pause_clocks, resume_clocks
from command_center.clocks.freezable import FREEZABLE
from command_center.journal.ledger import Ledger
from command_center.responses.response_tables import EmergencyResponse
from grid.catalogue import Category
from grid.city import City
from grid.routing_rules import category_fit

RULE, VERSION = "response.freeze", "1"
DAILY = 5


def is_ordinary(incident: Incident) -> bool:
    """Return whether a case may wait: a daily matter, neither 特急 nor sensitive, of no response, no patrol."""
    is_grave = incident.severity < DAILY or incident.urgency == "emergency" or incident.sensitive
    return not is_grave and incident.response is None and not (incident.patrol or incident.replay)


def is_of_class(category: Category | None, classes: Iterable[str]) -> bool:
    return category is not None and any(category_fit(one, category.code, category.domain) >= 0 for one in classes)


def belongs_to(incident: Incident, row: EmergencyResponse, city: City) -> bool:
    """Return whether a response halts such a case; a drill halts drills only."""
    area = incident.grid or incident.area
    is_inside = city.tree.find_area(area) is not None and row.area in city.tree.path(area)
    category = city.catalogue.find_category(incident.category)
    is_same_kind = incident.drill == row.drill
    return is_inside and is_same_kind and is_ordinary(incident) and is_of_class(category, row.frozen)


def freeze_at_opening(case: CaseFile) -> None:
    """Halt a case that is being opened while a response halts its class; its clocks start halted."""
    row = next((one for one in _freezing(case.ledger) if belongs_to(case.incident, one, case.ledger.city)), None)
    if row is not None:
        freeze(case, row, by_rule(RULE, VERSION))


def _freezing(ledger: Ledger) -> list[EmergencyResponse]:
    if ledger.freezing is None:
        rows = ledger.session.scalars(select(EmergencyResponse).where(EmergencyResponse.state == "response"))
        ledger.freezing = [row for row in rows if row.frozen]
    return ledger.freezing


def freeze(case: CaseFile, row: EmergencyResponse, actor: Actor) -> None:
    pause_clocks(case, *FREEZABLE, why="freeze")
    case.incident.frozen_by = row.id
    case.record("frozen", actor, response=row.id, title=row.title)


def thaw(case: CaseFile, actor: Actor) -> None:
    """Let the clocks go on with what they had left; of a suspended case all but the one to dispose."""
    response, case.incident.frozen_by = case.incident.frozen_by, None
    stages = FREEZABLE - {"dispose"} if case.incident.state == "suspended" else FREEZABLE
    resume_clocks(case, *stages, why="thaw")
    case.record("thawed", actor, response=response)


def thaw_what_is_grave(case: CaseFile) -> None:
    """Let a halted case run again that is no ordinary one any more."""
    if case.incident.frozen_by is not None and not is_ordinary(case.incident):
        thaw(case, by_rule(RULE, VERSION))
