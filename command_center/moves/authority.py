"""What one person's grants let them do with one incident: at which level they act, for which orders. Pure.

``moves.py`` asks for every row of its table. Seeing is decided before, by ``Scope``; a person who was only
asked to assist acts for their own orders and for nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from command_center.cases.incident_tables import Incident
from command_center.orders.order_tables import Order
from command_center.people.audience import Audience
from command_center.people.roles import SEES_BY_DEPARTMENT, Role
from command_center.people.scope import Grant, Scope
from grid.city import City

OPERATORS = frozenset({Role.DISTRICT_OPERATOR, Role.TOWN_OPERATOR, Role.SHIFT_LEADER, Role.DUTY_LEADER})
ACCEPTORS = OPERATORS | {Role.COMMUNITY_OPERATOR}
LEADERS = frozenset({Role.SHIFT_LEADER, Role.DUTY_LEADER})
CARRIERS = ACCEPTORS | {Role.GRID_WORKER, Role.LIAISON, Role.HANDLER}
"""Who may carry an order: whoever only reads, supervises or administers never does."""

LOCAL_POSTS = frozenset({"desk", "team", "community", "grid"})
LEVELS_OF_KEEPER = {
    "grid": frozenset({"community", "town"}),
    "community": frozenset({"community", "town"}),
    "team": frozenset({"town"}),
}
TOWN_RANK = 1
HIGHEST_OF_ROLE = {Role.TOWN_OPERATOR: 1, Role.COMMUNITY_OPERATOR: 2, Role.GRID_WORKER: 3}
"""Index of the highest level at which a role acts, however wide its area was written."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A post as somebody's place in a consultation: enough of an order to ask for whom a person acts."""

    holder_kind: str
    holder_code: str
    area: str | None
    worker: str | None = None


@dataclass(frozen=True, slots=True)
class Authority:
    """One person before one incident."""

    scope: Scope
    incident: Incident
    audience: Audience
    city: City

    def _grants(self, roles: Iterable[Role]) -> list[Grant]:
        wanted, audience = frozenset(roles), self.audience
        return [
            grant
            for grant in self.scope.grants
            if grant.role in wanted
            and grant.area in audience.areas
            and (grant.domains is None or audience.domain in grant.domains)
        ]

    def _rank(self, level: str) -> int:
        """Return 0 for the topmost level; what the city does not know ranks lowest."""
        levels = self.city.tree.levels
        return levels.index(level) if level in levels else len(levels)

    def _rank_of(self, grant: Grant) -> int:
        area = self.city.tree.find_area(grant.area)
        rank = self._rank(area.level) if area is not None else len(self.city.tree.levels)
        return max(rank, HIGHEST_OF_ROLE.get(grant.role, 0))

    def acts_at_level(self, roles: Iterable[Role]) -> bool:
        """Return whether they act at the level that holds the case, or above it."""
        held = self._rank(self.incident.level)
        return any(self._rank_of(grant) <= held for grant in self._grants(roles))

    def acts_at_top(self, roles: Iterable[Role]) -> bool:
        """Return whether they act for the whole city."""
        return any(self._rank_of(grant) == 0 for grant in self._grants(roles))

    def acts_for_town(self, roles: Iterable[Role]) -> bool:
        """Return whether they act for a town that holds the case, itself or through its communities."""
        held = self._rank(self.incident.level)
        towns = [grant for grant in self._grants(roles) if self._rank_of(grant) == TOWN_RANK]
        return bool(towns) and held >= TOWN_RANK

    def acts_above(self, roles: Iterable[Role]) -> bool:
        """Return whether they act at a level above the one that holds the case; of the topmost, at it."""
        held = self._rank(self.incident.level)
        return any(self._rank_of(grant) < held or held == 0 for grant in self._grants(roles))

    def acts_for(self, order: Order | Seat) -> bool:
        """Return whether the order is theirs: on their phone, at their department or team, or at their desk."""
        if self.scope.worker is not None and order.worker == self.scope.worker:
            return True
        if any(self._is_of_department(grant, order) for grant in self.scope.grants):
            return True
        return order.holder_kind in LOCAL_POSTS and self._keeps_post_of(order)

    def keeps(self, post_code: str) -> bool:
        """Return whether they act for a post: its department, or the desk that sits there or keeps it."""
        post = self.city.posts.find_post(post_code)
        if post is None:
            return False
        if post.kind == "department":
            return any(grant.department == post.department for grant in self.scope.grants)
        keeper = self.city.tree.get_area(post.area).parent if post.kind == "grid" else post.area
        return any(grant.role in ACCEPTORS and grant.area == keeper for grant in self.scope.grants)

    def heads(self, order: Order) -> bool:
        """Return whether they answer for the order's post and are not its hands: clerk, or keeper of the post."""
        clerks = (grant for grant in self.scope.grants if grant.role == Role.LIAISON)
        if any(self._is_of_department(grant, order) for grant in clerks):
            return True
        return order.holder_kind in LOCAL_POSTS and self._keeps_post_of(order)

    def _is_of_department(self, grant: Grant, order: Order | Seat) -> bool:
        if grant.role not in SEES_BY_DEPARTMENT or grant.department is None:
            return False
        if grant.domains is not None and not self.audience.concerns(grant.domains):
            return False
        post = self.city.posts.find_post(order.holder_code)
        is_department = post is not None and post.kind == "department" and post.department == grant.department
        return order.holder_code == grant.department or is_department

    def _keeps_post_of(self, order: Order | Seat) -> bool:
        """Return whether they sit at the desk that answers for a post: a town for its teams and communities.

        The district has moves of its own, not its towns' hands.
        """
        if order.area is None or self.city.tree.find_area(order.area) is None:
            return False
        path = self.city.tree.path(order.area)
        levels = LEVELS_OF_KEEPER.get(order.holder_kind)
        return any(
            grant.area in path and self._is_keeper(grant, order, levels)
            for grant in self.scope.grants
            if grant.role in ACCEPTORS and (grant.domains is None or self.audience.concerns(grant.domains))
        )

    def _is_keeper(self, grant: Grant, order: Order | Seat, levels: frozenset[str] | None) -> bool:
        if levels is None:
            return grant.area == order.area and grant.role != Role.COMMUNITY_OPERATOR
        area = self.city.tree.find_area(grant.area)
        return area is not None and area.level in levels

    def role_name(self) -> str:
        """Return under which role they act, for the record: the first that reaches the incident."""
        reaching = [
            g.role for g in self.scope.grants if g.area in self.audience.areas or g.area in self.audience.shared
        ]
        by_department = [g.role for g in self.scope.grants if g.department in self.audience.parties]
        found = [*by_department, *reaching, *(grant.role for grant in self.scope.grants)]
        return str(found[0]) if found else ""
