"""A step that mends the routing rule which sent a case to the wrong hands; it holds for later cases only.

The correction is one more row of the routing table, for this category (in the whole district or in one town): the
most particular row wins, so nothing else changes its way.
"""

from __future__ import annotations

from typing import Any

from command_center.moves.act import Act, invalid, refuse
from command_center.moves.return_forms import HERE
from grid.policy_edit import edit_policy

ID_MAX = 64


def correct_rule(act: Act) -> None:
    incident, city = act.case.incident, act.ledger.city
    rules = [dict(rule) for rule in city.policy("routing")["rules"]]
    before = next((rule for rule in rules if rule["id"] == incident.routed_rule), None)
    if before is None:
        detail = "the routing table in force does not have that rule any more"
        raise refuse("move_not_allowed", detail, facts={"state": incident.state, "wanted": "correct_rule"})
    department = act.words("department")
    if city.posts.find_department_post(department) is None:
        raise invalid(department="is no department with a post of its own")
    place = city.tree.find_ancestor(incident.area, "town") if act.words("reach") == HERE else None
    row = _mend(before, incident.category, department, place.code if place is not None else before["area"])
    row["reason_zh"] = f"派遣规则经更正，改派{city.departments[department].name}"
    row["reason_en"] = f"the rule was corrected: to {city.departments[department].name_en}"
    same = ("category", "area", "urgency")
    kept = [rule for rule in rules if any(rule[name] != row[name] for name in same)]
    row["id"] = _name(before["id"], {rule["id"] for rule in kept})
    version = edit_policy(act.ledger.session, "routing", {"rules": [*kept, row]}, act.ledger.now)
    told = {"rule": before["id"], "new_rule": row["id"], "new_version": version, "department": department}
    act.record("rule_corrected", reason=act.words("reason"), **told)
    act.result = told


def _mend(before: dict[str, Any], category: str, department: str, area: str) -> dict[str, Any]:
    others = [order for order in before["orders"] if order["kind"] != "dispose"]
    orders = [*others, {"kind": "dispose", "to": f"department:{department}"}]
    return {**before, "category": category, "area": area, "orders": orders}


def _name(before: str, taken: set[str]) -> str:
    base = before.partition("~")[0][: ID_MAX - 6]
    return next(name for n in range(1, 10_000) if (name := f"{base}~{n}") not in taken)
