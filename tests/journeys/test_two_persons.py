"""More time, a suspension that ends by itself, a void, a closing by force: asked by one, agreed to by others."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.journeys.messages import new_id
from tests.journeys.product import Person, Product

pytestmark = pytest.mark.journey
TOWN = "321311001"


def dispatched(operator: Person, category: str = "UM-09015") -> int:
    place = operator.get("/places", q="小学", town=TOWN)["items"][0]  # nobody else's in these journeys
    said = {"category": category, "text": f"演示 {new_id()}", "lon": place["lon"], "lat": place["lat"]}
    return int(operator.post("/incidents", {**said, "channel": "department"})["number"])


def lead(person: Person, number: int) -> dict[str, Any]:
    return next(o for o in person.get(f"/incidents/{number}")["orders"] if o["is_lead"])


def wait_for_state(person: Person, number: int, state: str) -> None:
    for _ in range(100):
        if person.get(f"/incidents/{number}")["state"] == state:
            return
        time.sleep(0.2)
    raise AssertionError(person.get(f"/incidents/{number}"))


def test_time_is_given_and_cases_end_by_the_word_of_two(product: Product) -> None:
    operator = product.person("town_operator", area=TOWN)
    district = product.person("district_operator")
    duty, second = product.person("duty_leader"), product.person("shift_leader")
    market = product.person("liaison", department="market")
    number = dispatched(operator)
    market.act(number, "sign", lead(market, number)["id"])
    market.act(number, "extend", lead(market, number)["id"], reason="等待检测结果")
    operator.act(number, "decline", reason="请先到场")
    before = next(c for c in lead(market, number)["clocks"] if c["stage"] == "dispose")
    market.act(number, "extend", lead(market, number)["id"], reason="等待检测结果")
    operator.act(number, "approve")
    assert [item["incident"] for item in duty.get("/approvals")["items"]] == [number]
    duty.act(number, "approve")
    after = next(c for c in lead(market, number)["clocks"] if c["stage"] == "dispose")
    assert after["limit_s"] == 2 * before["limit_s"] and lead(market, number)["extensions"] == 1
    until = (datetime.now(UTC) + timedelta(seconds=4)).isoformat()
    market.act(number, "suspend", lead(market, number)["id"], reason="等待听证", until=until)
    district.act(number, "approve")
    duty.act(number, "approve")
    assert operator.get("/incidents", state="suspended")["items"][0]["number"] == number
    wait_for_state(operator, number, "handling")
    operator.act(number, "void", reason="登记有误")
    assert operator.get(f"/incidents/{number}")["state"] == "handling"
    duty.act(number, "approve", reason="同意")
    assert operator.get(f"/incidents/{number}")["state"] == "void"
    other = dispatched(operator)
    duty.act(other, "force_close", reason="并入专项整治")
    second.act(other, "approve")
    closed = duty.get(f"/incidents/{other}")
    assert closed["state"] == "closed" and closed["is_forced"]
    for person in (operator, district, duty, second, market):
        person.close()
