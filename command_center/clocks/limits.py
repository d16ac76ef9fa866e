"""How long a stage may take: limits of the catalogue and of the policy, as seconds of one of two calendars.

A case and a stage come in, a ``StageLimit`` goes out; ``clocks.py`` starts the clock with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from command_center.cases.case_file import CaseFile
from command_center.clocks.working_time import CONTINUOUS, WORKING
from grid.catalogue import Limit

FAR_STAGES = frozenset({"arrive", "verify", "check"})
UNITS: dict[str, tuple[float, str]] = {
    "minute": (60, CONTINUOUS),
    "urgent_hour": (3600, CONTINUOUS),
    "urgent_day": (86_400, CONTINUOUS),
    "natural_day": (86_400, CONTINUOUS),
    "work_hour": (3600, WORKING),
    "work_day": (8 * 3600, WORKING),
}
"""Source: the limit algebra of municipal case standards; a work day is eight work hours."""


@dataclass(frozen=True, slots=True)
class StageLimit:
    limit_s: int
    calendar: str

    def scaled(self, share: float) -> StageLimit:
        """Return a part of it, in the same calendar."""
        return StageLimit(max(1, round(self.limit_s * share)), self.calendar)


def to_stage_limit(limit: Limit | list[Any], factor: float = 1.0) -> StageLimit:
    """Return a limit of the catalogue or of the policy as seconds of one of the two calendars."""
    value, unit = limit
    seconds, calendar = UNITS[unit]
    return StageLimit(max(1, round(float(value) * seconds * factor)), calendar)


def choose_limit(case: CaseFile, stage: str) -> StageLimit:
    """Return how long the stage may take for this incident, by urgency, category and class of the area."""
    if stage == "dispose":
        return _disposal_limit(case)
    if stage == "total":
        return _total_limit(case)
    incident, city = case.incident, case.ledger.city
    policy = case.policy("limits")
    area = city.tree.find_area(incident.grid or incident.area)
    factor = policy.get("area_factors", {}).get(area.area_class, 1.0) if area and stage in FAR_STAGES else 1.0
    return to_stage_limit(policy["stages"][stage][incident.urgency], factor)


def _disposal_limit(case: CaseFile) -> StageLimit:
    """Return the limit of the standard by which the case was filed, else the category's by urgency."""
    standard = case.incident.filing_condition
    if standard:
        area = case.ledger.city.tree.find_area(case.incident.grid or case.incident.area)
        factor = standard.get("factors", {}).get(area.area_class, 1.0) if area else 1.0
        return to_stage_limit(standard["limit"], factor)
    limits = case.policy("category_limits").get(case.incident.category)
    chosen = case.policy("limits")["disposal"][case.incident.urgency]
    return to_stage_limit(limits[chosen] if limits else [1, "work_day"])


def _total_limit(case: CaseFile) -> StageLimit:
    """Return the disposal's limit and what dispatching, checking and answering may take beyond it."""
    disposal = _disposal_limit(case)
    beyond = case.policy("limits").get("total_beyond", {}).get(case.incident.urgency, [1, "work_day"])
    return StageLimit(disposal.limit_s + to_stage_limit(beyond).limit_s, disposal.calendar)
