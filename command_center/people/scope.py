"""What one person may see: one object, applied to queries, to live entries when sent, and to exports.

Comes in: an account's assignments. Goes out: a yes or no for an ``Audience``, and the same answer as an
SQL condition on ``Incident``. Every list, count, single read and live frame asks here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, false, or_

from command_center.cases.incident_tables import Incident, IncidentAudience
from command_center.people.audience import Audience
from command_center.people.roles import COUNTS_CLASS_2_ONLY, SEES_BY_AREA, SEES_BY_DEPARTMENT, Role


@dataclass(frozen=True)
class Grant:
    """One {role, area, domains, department}; ``domains`` None means all, ``department`` may be a team."""

    role: Role
    area: str
    domains: frozenset[str] | None = None
    department: str | None = None


@dataclass(frozen=True)
class Scope:
    """A person's grants, and the worker that they are, if any."""

    account: str
    grants: tuple[Grant, ...]
    worker: str | None = None

    def roles(self) -> frozenset[Role]:
        return frozenset(grant.role for grant in self.grants)

    def has_role(self, roles: Iterable[Role]) -> bool:
        return not self.roles().isdisjoint(roles)

    def sees(self, audience: Audience) -> bool:
        """Return whether this person may see an incident with that audience."""
        if self.worker is not None and self.worker in audience.workers:
            return True
        for grant in self.grants:  # noqa: SIM110 asked for each entry by each channel: half the cost of ``any``
            if _grant_sees(grant, audience):
                return True
        return False

    def sees_whole(self, audience: Audience) -> bool:
        """Return whether the case is their own: all its orders, clocks and record, not only their part."""
        for grant in self.grants:  # noqa: SIM110 as above
            if _is_at_home(grant, audience):
                return True
        return False

    def sees_counts(self, audience: Audience) -> bool:
        """Return whether the incident counts in this person's figures, seen or not."""
        if self.sees(audience):
            return True
        plain = Audience(
            domain=audience.domain,
            also=audience.also,
            areas=audience.areas,
            shared=audience.shared,
            parties=audience.parties,
        )
        return any(_grant_sees(grant, plain) for grant in self.grants)

    def sees_area(self, path: tuple[str, ...]) -> bool:
        """Return whether a thing at the end of this area path (root first) lies in this person's areas."""
        return any(grant.area in path for grant in self.grants if grant.role not in SEES_BY_DEPARTMENT)

    def holds(self, holder_code: str) -> bool:
        """Return whether this person acts for a department or team."""
        return any(grant.department == holder_code for grant in self.grants)

    def clause(self, *, counts: bool = False) -> ColumnElement[bool]:
        """Return ``sees`` (or ``sees_counts``) as a condition on ``Incident``."""
        conditions = [_grant_clause(grant, counts=counts) for grant in self.grants]
        if self.worker is not None:
            conditions.append(in_audience(("worker",), self.worker))
        return or_(false(), *conditions)


def _grant_sees(grant: Grant, audience: Audience) -> bool:
    if grant.domains is not None and not audience.concerns(grant.domains):
        return False
    if grant.role in SEES_BY_DEPARTMENT:
        return grant.department is not None and grant.department in audience.parties
    if grant.role not in SEES_BY_AREA:
        return False
    if audience.privacy_class >= 2 and grant.role in COUNTS_CLASS_2_ONLY:
        return False
    return grant.area in audience.areas or grant.area in audience.shared


def _is_at_home(grant: Grant, audience: Audience) -> bool:
    if grant.role not in SEES_BY_AREA or grant.area not in audience.areas:
        return False
    if grant.domains is not None and audience.domain not in grant.domains:
        return False
    return not (audience.privacy_class >= 2 and grant.role in COUNTS_CLASS_2_ONLY)


def _grant_clause(grant: Grant, *, counts: bool) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = []
    if grant.domains is not None:
        conditions.append(concerns_clause(grant.domains))
    if grant.role in SEES_BY_DEPARTMENT:
        if grant.department is None:
            return false()
        return and_(*conditions, in_audience(("department",), grant.department))
    if grant.role not in SEES_BY_AREA:
        return false()
    if grant.role in COUNTS_CLASS_2_ONLY and not counts:
        conditions.append(Incident.privacy_class < 2)
    return and_(*conditions, in_audience(("area", "shared"), grant.area))


def concerns_clause(domains: Iterable[str]) -> ColumnElement[bool]:
    """Return ``Audience.concerns`` as a condition on ``Incident``."""
    wanted = sorted(domains)
    return or_(Incident.domain.in_(wanted), in_audience(("domain",), *wanted))


def in_audience(kinds: tuple[str, ...], *codes: str) -> ColumnElement[bool]:
    """Return the condition that one of the codes stands in the incident's audience."""
    return exists().where(
        IncidentAudience.incident == Incident.number,
        IncidentAudience.kind.in_(kinds),
        IncidentAudience.code.in_(codes),
    )
