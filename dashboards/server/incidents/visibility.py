"""How much of one incident a person sees: nothing, the shared part with their own orders, or the whole.

``Scope`` says whether; this module says how much. A person who was only asked to assist, or acts for a
department, sees the shared incident and the orders of their own, nothing else of the neighbour
(process.md, `assist`). The board of a further domain sees the shared incident and the orders of that domain.
Pure; used alike for single reads, lists and live frames.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, and_, false, or_

from command_center.cases.incident_tables import Incident
from command_center.orders.order_tables import Order
from command_center.people.audience import Audience
from command_center.people.roles import COUNTS_CLASS_2_ONLY, SEES_BY_AREA, SEES_BY_DEPARTMENT
from command_center.people.scope import Scope, in_audience
from grid.city import City

ALL_ORDERS: None = None
"""In place of a set of order ids: the whole incident is seen."""


def sees_whole(scope: Scope, audience: Audience) -> bool:
    """Return whether this person sees all orders, clocks and the record of the incident."""
    return scope.sees_whole(audience)


def whole_clause(scope: Scope) -> ColumnElement[bool]:
    """Return ``sees_whole`` as a condition on ``Incident``."""
    conditions: list[ColumnElement[bool]] = []
    for grant in scope.grants:
        if grant.role not in SEES_BY_AREA:
            continue
        condition = in_audience(("area",), grant.area)
        if grant.domains is not None:
            condition = and_(condition, Incident.domain.in_(sorted(grant.domains)))
        if grant.role in COUNTS_CLASS_2_ONLY:
            condition = and_(condition, Incident.privacy_class < 2)
        conditions.append(condition)
    return or_(false(), *conditions)


def own_orders(scope: Scope, audience: Audience, orders: Iterable[Order], city: City) -> frozenset[int] | None:
    """Return the ids of the orders that this person may see, or ``ALL_ORDERS``."""
    if sees_whole(scope, audience):
        return ALL_ORDERS
    return frozenset(
        order.id
        for order in orders
        if _is_own(scope, order, audience, city) or _is_of_domain(scope, order, audience, city)
    )


def _is_own(scope: Scope, order: Order, audience: Audience, city: City) -> bool:
    if scope.worker is not None and order.worker == scope.worker:
        return True
    post = city.posts.find_post(order.holder_code)
    department = post.department if post is not None and post.kind == "department" else ""
    if scope.holds(order.holder_code) or (department and scope.holds(department)):
        return True
    if order.area is None or city.tree.find_area(order.area) is None:
        return False
    path = city.tree.path(order.area)
    return any(
        grant.area in path and (grant.domains is None or audience.domain in grant.domains)
        for grant in scope.grants
        if grant.role not in SEES_BY_DEPARTMENT
    )


def _is_of_domain(scope: Scope, order: Order, audience: Audience, city: City) -> bool:
    """Return whether a board of a further domain sees an order: that of a department of this domain."""
    post = city.posts.find_post(order.holder_code)
    department = city.departments.get(post.department) if post is not None and post.department else None
    if department is None or department.domain not in audience.also:
        return False
    return any(
        grant.role in SEES_BY_AREA
        and grant.area in audience.areas
        and grant.domains is not None
        and department.domain in grant.domains
        and not (audience.privacy_class >= 2 and grant.role in COUNTS_CLASS_2_ONLY)
        for grant in scope.grants
    )
