"""Proves that every category goes somewhere: in every town, to a holder and to hands that exist."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from grid.area_tree import Area, AreaTree
from grid.catalogue import Catalogue, Category
from grid.city_folder.draft import CityDraft
from grid.city_folder.faults import Faults
from grid.city_folder.read_csv import Row
from grid.city_folder.repeats import refuse_repeats
from grid.routing_rules import category_fit, find_routing_rule, find_way_in, holder_level

ORDER_KINDS = ("attend", "dispose", "verify", "check", "patrol")
REPORTED_BY = ("device", "camera", "hotline", "citizen", "worker", "media", "superior", "department")


def parse_orders(listed: list[str]) -> list[dict[str, str]]:
    """Return the orders of a routing row.

    Raises:
        ValueError: One is not ``kind=to``, or its kind does not exist.
    """
    orders = []
    for text in listed:
        kind, sign, to = text.partition("=")
        if not sign or not to or kind not in ORDER_KINDS:
            raise ValueError(f"order {text!r} is not kind=to with a kind of {', '.join(ORDER_KINDS)}")
        orders.append({"kind": kind, "to": to})
    return orders


def routing_document(rows: list[Row]) -> list[dict[str, object]]:
    """Return the rules as the policy stores them."""
    return [{**row.fields, "orders": parse_orders(row["orders"])} for row in rows]


def check_routing(draft: CityDraft, catalogue: Catalogue, tree: AreaTree) -> None:
    """Add a fault for each row that is wrong or never fits, and each category without a route or a way in."""
    rows = [row for row in draft.rows["routing.csv"] if len(row.fields) == 10]
    refuse_repeats(rows, ("id",), draft.faults)
    targets = _Targets(draft, tree)
    _refuse_shadowed([(row.file, row.line, row["id"], _fits(row)) for row in rows], draft.faults)
    for row in rows:
        _check_row(row, catalogue, tree, draft.faults)
        targets.check(row)
    usable = [dict(row.fields) for row in rows]
    towns = tree.list_level("town") or tree.list_areas()[:1]
    for category in catalogue.list_categories():
        _check_category(category, usable, towns, targets)


def _fits(row: Row) -> tuple[object, ...]:
    return (row["category"], row["area"], row["urgency"])


def _refuse_shadowed(rules: Iterable[tuple[str, int, str, tuple[object, ...]]], faults: Faults) -> None:
    """Add a fault for each rule that an earlier one about the very same always wins over."""
    first: dict[tuple[object, ...], tuple[str, int]] = {}
    for file, line, id, about in rules:
        other = first.setdefault(about, (id, line))
        if other[0] != id:
            faults.add(file, line, f"{id} can never match: {other[0]} in line {other[1]} is about the very same")


def _check_row(row: Row, catalogue: Catalogue, tree: AreaTree, faults: Faults) -> None:
    categories = catalogue.list_categories()
    if not any(category_fit(row["category"], c.code, c.domain) >= 0 for c in categories):
        faults.add(row.file, row.line, f"{row['id']} can never match: no category {row['category']!r}")
    area = row["area"]
    kinds = {a.kind for a in tree.list_areas()}
    if area and area not in ("A", "B", "C") and area not in kinds and tree.find_area(area) is None:
        faults.add(row.file, row.line, f"{row['id']} can never match: unknown area {area!r}")


class _Targets:
    """What a holder or the addressee of an order may be in this city."""

    def __init__(self, draft: CityDraft, tree: AreaTree) -> None:
        posts = [row for row in draft.rows["posts.csv"] if {"code", "kind", "area", "team"} <= set(row.fields)]
        self.faults, self.tree = draft.faults, tree
        self.posts = {row["code"] for row in posts}
        self.departments = draft.codes("departments.csv")
        self.with_post = {row.get("department") for row in posts if row["kind"] == "department"}
        self.teams = {(row["area"], row["team"]) for row in posts if row["kind"] == "team"}
        self.team_kinds = {team for _, team in self.teams}
        self.territorial = {
            row["code"] for row in draft.rows["departments.csv"] if row.get("kind") == "territorial"
        }

    def check(self, row: Row) -> None:
        try:
            orders = parse_orders(row["orders"])
        except ValueError as error:
            self.faults.add(row.file, row.line, f"{row['id']}: {error}")
            return
        for target in (row["holder"], *(order["to"] for order in orders)):
            fault = self._find_fault(target)
            if fault:
                self.faults.add(row.file, row.line, f"{row['id']}: {fault}")

    def _find_fault(self, target: str) -> str | None:
        kind, _, code = target.partition(":")
        if not code:
            words = ("desk", "community", "grid", "department")
            return None if target in words else f"unknown addressee {target!r}"
        if kind == "department":
            if code not in self.departments:
                return f"unknown department {code!r}"
            return None if code in self.with_post else f"department {code!r} has no post"
        if kind == "team":
            return None if code in self.team_kinds else f"no town has a team {code!r}"
        if kind == "post":
            return None if code in self.posts else f"unknown post {code!r}"
        return f"unknown addressee {target!r}"

    def find_missing(self, category: Category, row: dict[str, object], town: Area) -> str | None:
        """Return what a route would need in a town and does not find there."""
        words = [row["holder"], *(text.partition("=")[2] for text in row["orders"])]  # type: ignore[attr-defined]
        for word in map(str, words):
            kind, _, code = word.partition(":")
            if kind == "team" and code in self.team_kinds and (town.code, code) not in self.teams:
                return f"team {code} of {town.name}"
            if word == "department":
                lead = category.lead_department
                if lead not in self.with_post and lead not in self.territorial:
                    return f"post of department {lead}"
        return None


def _check_category(
    category: Category, rules: list[dict[str, object]], towns: list[Area], targets: _Targets
) -> None:
    tree = targets.tree
    seen: set[str] = set()
    for town in towns:
        rule = find_routing_rule(rules, category, area=town.code, urgency=category.urgency, tree=tree)
        fault = None
        if rule is None:
            fault = f"category {category.code} has no route"
        elif holder_level(rule, category) not in tree.levels:
            fault = f"category {category.code} routes to a level that the city does not have"
        else:
            missing = targets.find_missing(category, dict(rule), town)
            fault = f"{rule['id']}: category {category.code} needs a {missing}" if missing else None
        if fault and fault not in seen:
            seen.add(fault)
            targets.faults.add("routing.csv", 0, fault)


def check_ways_in(draft: CityDraft, catalogue: Catalogue) -> None:
    """Add a fault for each row that never fits, and each category and kind of source without a way in."""
    categories = catalogue.list_categories()
    for line, way in draft.ways_in:
        if not any(category_fit(way.category, c.code, c.domain) >= 0 for c in categories):
            draft.faults.add("ways_in.toml", line, f"{way.id} can never match: no category {way.category!r}")
    about = [("ways_in.toml", line, way.id, (way.category, way.source)) for line, way in draft.ways_in]
    _refuse_shadowed(about, draft.faults)
    ids = [way.id for _, way in draft.ways_in]
    for line, way in draft.ways_in:
        if ids.count(way.id) > 1:
            draft.faults.add("ways_in.toml", line, f"duplicate id {way.id}")
    rules = [msgspec.to_builtins(way) for _, way in draft.ways_in]
    for source_kind in REPORTED_BY:
        without = [c.code for c in categories if find_way_in(rules, c, source_kind) is None]
        if without:
            text = f"{len(without)} categories seen by {source_kind} have no way in, the first is {without[0]}"
            draft.faults.add("ways_in.toml", 0, text)
