"""The standards of a case's category, as the city had them when the case was opened, and the one a rule takes.

Asked by the step that files, by the rule that files, and by the forms.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy.orm import Session

from command_center.cases.case_policy import policy_of
from command_center.cases.incident_tables import Incident
from grid.catalogue import Limit
from grid.city import City
from grid.filing_conditions import FilingCondition, choose_condition, list_conditions


class Standards(NamedTuple):
    """``suggested`` has the limit that the urgency asks for, or is the first of all."""

    all: list[FilingCondition]
    suggested: FilingCondition | None

    def find(self, id: str) -> FilingCondition | None:
        return next((each for each in self.all if each.id == id), None)


def standards_of(session: Session, city: City, incident: Incident) -> Standards:
    """Return the standards of the category that the incident has now."""
    try:
        document = policy_of(session, city, incident.policy_version, "conditions").document
    except KeyError:  # a city that was loaded before there were any
        return Standards([], None)
    found = list_conditions(document, incident.category)
    limits = policy_of(session, city, incident.policy_version, "category_limits").document.get(incident.category)
    name = policy_of(session, city, incident.policy_version, "limits").document["disposal"][incident.urgency]
    return Standards(found, choose_condition(found, Limit(*limits[name]) if limits else None))


def file_by_rule(session: Session, city: City, incident: Incident) -> None:
    """Take down the standard of a case that a rule files; what a person chose for the same category stays."""
    standards = standards_of(session, city, incident)
    if standards.find((incident.filing_condition or {}).get("id", "")) is None:
        incident.filing_condition = standards.suggested.to_document() if standards.suggested is not None else None
