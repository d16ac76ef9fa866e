"""The standard by which a case is filed, and what it asks at the end: the closing condition, the evidence.

``file`` chooses one of the category's; ``dispose`` of the lead order and ``close`` must state that its closing
condition is met. Source: domain.md 2.7: filing without one, or closing with its condition unmet, is refused.
"""

from __future__ import annotations

from command_center.cases.incident_tables import Incident
from command_center.cases.standards import standards_of
from command_center.moves.act import Act, invalid
from grid.filing_conditions import FilingCondition, read_condition


def choose_standard(act: Act) -> None:
    """Take down by which of its category's standards the case is filed.

    Raises:
        ActRefused: ``invalid``: the category has standards and none of them is named.
    """
    incident, wanted = act.case.incident, act.words("filing_condition")
    standards = standards_of(act.ledger.session, act.ledger.city, incident)
    chosen = standards.find(wanted)
    if chosen is None and standards.all:
        known = "; ".join(f"{each.id} {each.zh}" for each in standards.all)
        said = (
            f"{wanted} is no standard of {incident.category}"
            if wanted
            else "is needed: the standard it is filed by"
        )
        raise invalid(filing_condition=f"{said}: {known}")
    incident.filing_condition = chosen.to_document() if chosen is not None else None


def find_standard(incident: Incident) -> FilingCondition | None:
    """Return the standard by which the case was filed."""
    return read_condition(incident.filing_condition) if incident.filing_condition else None


def check_closing(act: Act) -> None:
    """Refuse to end what does not say that its closing condition is met."""
    standard = find_standard(act.case.incident)
    if standard is not None and act.data.get("closing_met") is not True:
        said = standard.closing_zh + (f" ({standard.closing_en})" if standard.closing_en else "")
        raise invalid(closing_met=f"the closing condition must be met, and said to be: {said}")


def check_evidence(act: Act) -> None:
    """Refuse a disposal without the evidence that the standard asks for."""
    standard = find_standard(act.case.incident)
    if (
        standard is not None
        and standard.evidence
        and not act.data.get("photos")
        and not act.words("no_photo_reason")
    ):
        raise invalid(photos=f"evidence is needed ({', '.join(standard.evidence)}), or no_photo_reason")
