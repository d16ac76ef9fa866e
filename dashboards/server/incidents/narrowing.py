"""What a screen looks at within what its person may see: an area and some domains.

Like ``Scope`` it answers twice, for an ``Audience`` and as a condition on ``Incident``, and both agree.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, true

from command_center.cases.incident_tables import Incident, IncidentAudience
from command_center.people.audience import Audience
from command_center.people.scope import concerns_clause


@dataclass(frozen=True)
class Narrowing:
    """None means: no narrowing. ``patrols``: also patrols, which are no incidents; a phone looks at them."""

    area: str | None = None
    domains: frozenset[str] | None = None
    patrols: bool = False

    def fits(self, audience: Audience) -> bool:
        if audience.patrol and not self.patrols:
            return False
        if self.domains is not None and not audience.concerns(self.domains):
            return False
        return self.area is None or self.area in audience.areas or self.area in audience.shared

    def clause(self) -> ColumnElement[bool]:
        condition: ColumnElement[bool] = true() if self.patrols else Incident.patrol.is_(False)
        if self.domains is not None:
            condition = condition & concerns_clause(self.domains)
        if self.area is not None:
            condition = condition & in_area(self.area)
        return condition


def in_area(code: str) -> ColumnElement[bool]:
    """Return the condition that an incident lies in an area, or that the area was asked to assist."""
    return exists().where(
        IncidentAudience.incident == Incident.number,
        IncidentAudience.kind.in_(("area", "shared")),
        IncidentAudience.code == code,
    )
