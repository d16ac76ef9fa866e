"""Who is responsible: from category, place and urgency to level, holder and orders, with the reason. Pure.

The city's table ``routing`` comes in; a ``Route`` goes out, which ``incidents.py`` carries out and stores as
a decision.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from command_center.cases.policy_key import PolicyKey
from grid.catalogue import Category
from grid.city import City
from grid.city_map import Place
from grid.posts import Post
from grid.routing_rules import Row, category_fit, find_routing_rule

NO_POST = {"zh": "该处没有此岗位", "en": "there is no such post for this place"}


@dataclass(frozen=True, slots=True)
class PlannedOrder:
    """One order to be given: its kind and the post that gets it."""

    kind: str
    post: Post


@dataclass(frozen=True, slots=True)
class Route:
    """The answer: ``holder`` keeps the case, ``orders`` carry it out; ``refused`` are orders nobody can get."""

    level: str
    holder: Post
    orders: tuple[PlannedOrder, ...]
    copy_to_district: bool
    rule: str
    version: str
    reason: Mapping[str, str]
    refused: tuple[Mapping[str, Any], ...] = ()


class NoDesk(LookupError):
    """The city has no post that could hold the case: its folder is at fault."""


def route(city: City, category: Category | None, place: Place, urgency: str) -> Route:
    """Return who is responsible for such a thing at such a place; ``category`` None: not yet named.

    Raises:
        NoDesk: Not even the district has a desk, or the table lacks its row for everything else.
    """
    rule = _choose_rule(city, category, place, urgency)
    level = str(rule["level"] or (category.level if category is not None else "town"))
    holder = find_holder(city, place, level, str(rule["holder"] or "desk"))
    planned, refused = _plan(city, category, place, rule["orders"])
    return Route(
        level=holder.level,
        holder=holder,
        orders=planned,
        copy_to_district=bool(rule["copy_to_district"]),
        rule=str(rule["id"]),
        version=city.policy_version("routing"),
        reason={"zh": str(rule["reason_zh"]), "en": str(rule["reason_en"])},
        refused=refused,
    )


def _choose_rule(city: City, category: Category | None, place: Place, urgency: str) -> Row:
    document = PolicyKey(city.policy("routing"))
    if category is None:
        rule: Row | None = next((row for row in document.document["rules"] if row["category"] == "*"), None)
    else:
        rows = _rows_of_category(document, category.code, category.domain)
        rule = find_routing_rule(rows, category, area=place.path[-1], urgency=urgency, tree=city.tree)
    if rule is None:
        raise NoDesk("the routing table has no row for everything else")
    return rule


@lru_cache(maxsize=4096)
def _rows_of_category(document: PolicyKey, code: str, domain: str) -> tuple[Row, ...]:
    """Return the few rows that can fit a category; the table has hundreds."""
    return tuple(row for row in document.document["rules"] if category_fit(row["category"], code, domain) >= 0)


def find_holder(city: City, place: Place, level: str, kind: str) -> Post:
    """Return the post of that kind and level for the place; where there is none, the desk next above."""
    if kind == "community" and place.community is not None:
        community = city.posts.find_community_post(place.community)
        if community is not None:
            return community
    if kind == "grid" and place.grid is not None:
        grid = city.posts.find_grid_post(place.grid)
        if grid is not None:
            return grid
    wanted = reversed(place.path) if level != "district" else iter(place.path)
    for code in wanted:
        desk = city.posts.find_desk(code)
        if desk is not None:
            return desk
    raise NoDesk(f"no desk stands anywhere on {'/'.join(place.path)}")


def _plan(
    city: City, category: Category | None, place: Place, wanted: Iterable[Mapping[str, str]]
) -> tuple[tuple[PlannedOrder, ...], tuple[Mapping[str, Any], ...]]:
    planned: list[PlannedOrder] = []
    refused: list[Mapping[str, Any]] = []
    for order in wanted:
        post = find_target(city, category, place, order["to"])
        if post is None:
            refused.append({"code": order["to"], "name": order["to"], "role": order["kind"], "refused": NO_POST})
        else:
            planned.append(PlannedOrder(order["kind"], post))
    return tuple(planned), tuple(refused)


def find_target(city: City, category: Category | None, place: Place, target: str) -> Post | None:
    """Return the post that an order goes to, in the words of the routing table (deploy/cities/README.md)."""
    kind, _, name = target.partition(":")
    if kind == "grid":
        return (city.posts.find_grid_post(place.grid) if place.grid else None) or _community(city, place)
    if kind == "community":
        return _community(city, place)
    if kind == "team":
        return city.posts.find_team(place.town, name) if place.town else None
    if kind == "desk":
        return find_holder(city, place, name or "town", "desk")
    if kind == "post":
        return city.posts.find_post(name)
    return find_department(city, place, name or (category.lead_department if category is not None else ""))


def find_department(city: City, place: Place, department: str) -> Post | None:
    """Return the post of a department; of a territorial one, the community or the town's desk of the place."""
    found = city.departments.get(department)
    if found is not None and found.kind == "territorial":
        return _community(city, place) if department == "community" else find_holder(city, place, "town", "desk")
    return city.posts.find_department_post(department)


def _community(city: City, place: Place) -> Post | None:
    return city.posts.find_community_post(place.community) if place.community else None
