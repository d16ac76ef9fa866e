"""A department returns what is not its own; a second return goes to the duty leader, who names one lead."""

from __future__ import annotations

from typing import Any

import pytest

from tests.journeys.messages import new_id
from tests.journeys.product import Person, Product

pytestmark = pytest.mark.journey
TOWN = "321311001"


def order_of(person: Person, number: int, department: str) -> dict[str, Any]:
    orders = person.get(f"/incidents/{number}")["orders"]
    mine = [o for o in orders if o["kind"] == "dispose" and department in o["holder"]["code"]]
    assert mine and mine[-1]["state"] == "issued", orders
    return mine[-1]


def test_two_departments_return_and_the_duty_leader_decides(product: Product) -> None:
    operator = product.person("town_operator", area=TOWN)
    leader = product.person("duty_leader")
    market = product.person("liaison", department="market")
    urban = product.person("liaison", department="urban_management")
    place = operator.get("/places", q="市场", town=TOWN)["items"][0]
    said = {"category": "UM-09015", "text": f"演示 {new_id()}", "lon": place["lon"], "lat": place["lat"]}
    number = operator.post("/incidents", {**said, "channel": "department"})["number"]
    first = order_of(market, number, "market")
    market.act(number, "return", first["id"], reason_code="lacks_info", reason="演示：信息不全")
    assert operator.get(f"/incidents/{number}")["state"] == "filed"
    assert market.http.get(f"/api/v1/incidents/{number}").status_code in (200, 404)
    assert operator.find_action(number, "dispatch") is None, "what came back is corrected first"
    operator.act(number, "correct", holder="urban_management")
    operator.act(number, "dispatch")
    second = order_of(urban, number, "urban_management")
    urban.act(number, "return", second["id"], reason_code="not_ours", reason="演示：职责清单列在他处")
    leader.act(number, "arbitrate", lead="market", assistants=["urban_management"], reason="演示：按权责清单")
    seen = leader.get(f"/incidents/{number}")
    lead = next(o for o in seen["orders"] if o["is_lead"] and o["state"] not in ("returned", "cancelled"))
    assert "market" in lead["holder"]["code"] and seen["state"] == "dispatched" and seen["returns"] == 2
    market.act(number, "sign", lead["id"])
    assert leader.get(f"/incidents/{number}")["state"] == "handling"
    kinds = [line["kind"] for line in leader.get(f"/incidents/{number}/timeline")["items"]]
    assert kinds.count("returned") == 2 and "arbitrated" in kinds
    for person in (operator, leader, market, urban):
        person.close()
