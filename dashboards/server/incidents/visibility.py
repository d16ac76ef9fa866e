"""How much of one incident a person sees: nothing, the shared part with their own orders, or the whole.

``Scope`` says whether; this module says how much. A person who was only asked to assist, or acts for a
department, sees the shared incident and the orders of their own, nothing else of the neighbour
(process.md, `assist`). Pure; used alike for single reads, lists and live frames.
"""

from __future__ import annotations

from collections.abc import Iterable

from command_center.orders.order_tables import Order
from command_center.people.audience import Audience
from command_center.people.roles import COUNTS_CLASS_2_ONLY, SEES_BY_AREA
from command_center.people.scope import Grant, Scope
from grid.city import City

ALL_ORDERS: None = None
"""In place of a set of order ids: the whole incident is seen."""


def sees_whole(scope: Scope, audience: Audience) -> bool:
    """Return whether this person sees all orders, clocks and the record of the incident."""
    return any(_is_at_home(grant, audience) for grant in scope.grants)


def _is_at_home(grant: Grant, audience: Audience) -> bool:
    if grant.role not in SEES_BY_AREA or grant.area not in audience.areas:
        return False
    if grant.domains is not None and audience.domain not in grant.domains:
        return False
    return not (audience.privacy_class >= 2 and grant.role in COUNTS_CLASS_2_ONLY)


def own_orders(scope: Scope, audience: Audience, orders: Iterable[Order], city: City) -> frozenset[int] | None:
    """Return the ids of the orders that this person may see, or ``ALL_ORDERS``."""
    if sees_whole(scope, audience):
        return ALL_ORDERS
    return frozenset(order.id for order in orders if _is_own(scope, order, city))


def _is_own(scope: Scope, order: Order, city: City) -> bool:
    if scope.worker is not None and order.worker == scope.worker:
        return True
    post = city.posts.find_post(order.holder_code)
    department = post.department if post is not None and post.kind == "department" else ""
    if scope.holds(order.holder_code) or (department and scope.holds(department)):
        return True
    return (
        order.area is not None
        and city.tree.find_area(order.area) is not None
        and scope.sees_area(city.tree.path(order.area))
    )
