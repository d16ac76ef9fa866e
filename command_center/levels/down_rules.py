"""The rules downward: whose posts never enforce, who learns only where to go of a private matter. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from command_center.orders.order_tables import Order
from command_center.orders.route import PlannedOrder
from grid.catalogue import Category
from grid.routing_rules import category_fit

PRIVATE = 2
"""Source: process.md, last section: class-2 matters."""


def find_powerless(
    document: Mapping[str, Any], category: Category | None, planned: Iterable[PlannedOrder]
) -> PlannedOrder | None:
    """Return the order that would make somebody enforce who has no power to; None where all is in order."""
    down = document.get("down", {})
    if category is None:
        return None
    enforcing = any(category_fit(p, category.code, category.domain) >= 0 for p in down.get("enforcement", ()))
    below = set(down.get("never_enforce", ())) if enforcing else set()
    return next((order for order in planned if order.kind == "dispose" and order.post.kind in below), None)


def is_least_told(document: Mapping[str, Any], privacy_class: int, seen: Iterable[Order]) -> bool:
    """Return whether somebody who sees only these orders of a private matter is shown the least of it."""
    least = set(document.get("down", {}).get("least_told", ()))
    kinds = {order.holder_kind for order in seen}
    return privacy_class >= PRIVATE and bool(kinds) and kinds <= least
