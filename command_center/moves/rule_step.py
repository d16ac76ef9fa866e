"""Steps that mend the routing rule which sent cases to the wrong hands; they hold for later cases only.

The correction is one more row of the routing table, for a category (in the whole district or in one town): the
most particular row wins, so nothing else changes its way. A duty leader corrects from the case that came back;
who keeps the system, and sees no case, from the list of rules with what each has cost
(``dashboards/server/routes/routing_routes.py``).
"""

from __future__ import annotations

from typing import Any

from command_center.cases.entry_words import take_words
from command_center.moves import move_forms as forms
from command_center.moves.act import Act, invalid, refuse
from command_center.moves.field_check import check_fields
from command_center.moves.return_forms import HERE
from command_center.people.roles import Role
from command_center.people.scope import Scope
from grid.city import City
from grid.policy_edit import edit_policy
from grid.routing_rules import category_fit

ID_MAX = 64
CORRECT = forms.form(
    ("rule", "category", "department", "reason"),
    rule=forms.code("派遣规则", "routing rule"),
    category=forms.code("事项类别", "category", "category"),
    area=forms.code("适用乡镇街道（不填为规则原范围）", "town (none: wherever the rule holds)", "area"),
    department=forms.code("今后派往", "to be sent to", "department"),
    reason=forms.REASON,
)


def may_correct(scope: Scope, city: City) -> bool:
    """Return whether a person keeps the routing table: the system's administrator, the district's duty leader."""
    top = {grant.role for grant in scope.grants if grant.area == city.code}
    return scope.has_role(frozenset({Role.SYSTEM_ADMIN})) or Role.DUTY_LEADER in top


def correct_rule(act: Act) -> None:
    """From a case: for its category, here or in the whole district."""
    incident, city = act.case.incident, act.ledger.city
    before = _find_rule(act, incident.routed_rule or "")
    if before is None:
        detail = "the routing table in force does not have that rule any more"
        raise refuse("move_not_allowed", detail, facts={"state": incident.state, "wanted": "correct_rule"})
    place = city.tree.find_ancestor(incident.area, "town") if act.words("reach") == HERE else None
    told = _put(act, before, incident.category, place.code if place is not None else before["area"])
    act.record("rule_corrected", reason=act.words("reason"), **told)
    act.result = told


def correct_routing(act: Act) -> None:
    """From the list of rules: for one category that the rule is about, in a town or wherever the rule holds."""
    city = act.ledger.city
    if not may_correct(act.scope, city):
        raise refuse("forbidden", "the routing table is kept by the system administrator and the duty leader")
    faults = check_fields(CORRECT, act.data)
    if faults:
        raise invalid(**faults)
    before = _find_rule(act, act.words("rule"))
    if before is None:
        raise refuse("not_found", "the routing table in force has no such rule")
    category = city.catalogue.find_category(act.words("category"))
    if category is None or category_fit(before["category"], category.code, category.domain) < 0:
        raise invalid(category="is not in the catalogue, or the rule is not about it")
    area = act.words("area")
    if area and (city.tree.find_area(area) is None or city.tree.get_area(area).level != "town"):
        raise invalid(area="is no town of the city")
    told = _put(act, before, category.code, area or before["area"])
    data = {**told, "category": category.code, "category_name": {"zh": category.zh, "en": category.en}}
    act.ledger.append(
        "rule_corrected", act.actor, data=take_words(act.ledger, {**data, "reason": act.words("reason")})
    )
    act.result = told


def _find_rule(act: Act, id: str) -> dict[str, Any] | None:
    rules = act.ledger.city.policy("routing")["rules"]
    return next((dict(rule) for rule in rules if rule["id"] == id), None)


def _put(act: Act, before: dict[str, Any], category: str, area: str) -> dict[str, Any]:
    """Write the corrected row into the table in force; return what the entry says."""
    city, department = act.ledger.city, act.words("department")
    if city.posts.find_department_post(department) is None:
        raise invalid(department="is no department with a post of its own")
    row = _mend(before, category, department, area)
    row["reason_zh"] = f"派遣规则经更正，改派{city.departments[department].name}"
    row["reason_en"] = f"the rule was corrected: to {city.departments[department].name_en}"
    same = ("category", "area", "urgency")
    rules = [dict(rule) for rule in city.policy("routing")["rules"]]
    kept = [rule for rule in rules if any(rule[name] != row[name] for name in same)]
    row["id"] = _name(before["id"], {rule["id"] for rule in kept})
    version = edit_policy(act.ledger.session, "routing", {"rules": [*kept, row]}, act.ledger.now)
    return {"rule": before["id"], "new_rule": row["id"], "new_version": version, "department": department}


def _mend(before: dict[str, Any], category: str, department: str, area: str) -> dict[str, Any]:
    others = [order for order in before["orders"] if order["kind"] != "dispose"]
    orders = [*others, {"kind": "dispose", "to": f"department:{department}"}]
    return {**before, "category": category, "area": area, "orders": orders}


def _name(before: str, taken: set[str]) -> str:
    base = before.partition("~")[0][: ID_MAX - 6]
    return next(name for n in range(1, 10_000) if (name := f"{base}~{n}") not in taken)
