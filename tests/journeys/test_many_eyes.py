"""Several parties on one case, through the front door: a flood, a whistle, a merge, a call-back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.journeys.messages import new_id
from tests.journeys.product import Person, Product

pytestmark = pytest.mark.journey
TOWN = "321311001"


@pytest.fixture
def people(product: Product) -> Iterator[dict[str, Person]]:
    found = {
        "town": product.person("town_operator", area=TOWN),
        "duty": product.person("duty_leader"),
        **{name: product.person("liaison", department=name) for name in ("drainage", "traffic_police", "water")},
    }
    yield found
    for person in found.values():
        person.close()


def report(person: Person, category: str, **facts: Any) -> int:
    place = person.get("/places", q="便民", town=TOWN)["items"][0]
    said = {"category": category, "text": f"演示 {new_id()}", "lon": place["lon"], "lat": place["lat"]}
    return int(person.post("/incidents", {**said, "channel": "department", **facts})["number"])


def part_of(person: Person, number: int) -> dict[str, Any]:
    parts = [order for order in person.get(f"/incidents/{number}")["orders"] if order["kind"] == "dispose"]
    found: dict[str, Any] = parts[-1]
    return found


def finish(person: Person, number: int, order: int) -> None:
    """Dispose of an order, saying what its form asks."""
    offer = person.find_action(number, "dispose", order)
    assert offer is not None
    met = {"closing_met": True} if "closing_met" in offer["schema"]["required"] else {}
    met |= {"no_photo_reason": "演示"} if "no_photo_reason" in offer["schema"]["properties"] else {}
    person.act(number, "dispose", order, result="演示：已处置", **met)


def test_three_departments_on_one_flood_each_with_their_own_clock(people: dict[str, Person]) -> None:
    town, duty = people["town"], people["duty"]
    number = report(duty, "EM-09006")
    people["water"].get(f"/incidents/{number}", expect=404)
    town.act(number, "whistle", reason_type="3", departments=["water"], task="演示：调泵抽排")
    called = part_of(people["water"], number)
    assert [clock["stage"] for clock in called["clocks"]] == ["respond"]
    people["water"].act(number, "respond", called["id"])
    assert [clock["stage"] for clock in part_of(people["water"], number)["clocks"]] == ["dispose"]
    lead = part_of(people["drainage"], number)
    people["drainage"].act(number, "sign", lead["id"])
    for name, person in people.items():
        shown = person.get(f"/incidents/{number}")
        if name in ("drainage", "traffic_police", "water"):
            assert shown["partial"] and all(name in order["holder"]["code"] for order in shown["orders"]), name
            ids = {order["id"] for order in shown["orders"]}
            assert {clock["order"] for clock in shown["clocks"]} <= ids
            text = person.http.get(f"/api/v1/incidents/{number}/timeline").text
            foreign = {order["id"] for order in town.get(f"/incidents/{number}")["orders"]} - ids
            assert not [id for id in foreign if f'"order":{id},' in text]
    assert set(town.get(f"/incidents/{number}")["domains"]) >= {"emergency", "transport"}
    finish(people["drainage"], number, lead["id"])
    assert town.get(f"/incidents/{number}")["state"] == "handling"
    finish(people["water"], number, called["id"])
    assert town.get(f"/incidents/{number}")["state"] == "disposed"


def test_a_merge_is_taken_back_and_both_callers_are_kept(people: dict[str, Person]) -> None:
    town = people["town"]
    caller = {"name": "演示甲", "phone": "13800000001", "wants_reply": True}
    main = report(town, "UM-06003", channel="phone", reporter=caller)
    other = report(town, "UM-06048", channel="phone", reporter={**caller, "name": "演示乙"})
    before = town.get(f"/incidents/{other}")
    town.act(other, "merge", into=main, reason="演示：同一件事")
    merged = town.get(f"/incidents/{main}")
    assert len(merged["reporters"]) == 2 and [one["number"] for one in merged["merged"]] == [other]
    town.act(other, "unmerge", reason="演示：不是一件事")
    after = town.get(f"/incidents/{other}")
    assert (after["state"], after["holder"]) == (before["state"], before["holder"])
    assert {clock["stage"] for clock in after["clocks"]} == {clock["stage"] for clock in before["clocks"]}
    assert len(after["reporters"]) == len(town.get(f"/incidents/{main}")["reporters"]) == 1


def test_a_call_back_reopens_the_case(people: dict[str, Person]) -> None:
    town = people["town"]
    caller = {"name": "演示丙", "phone": "13800000003", "wants_reply": True}
    said = {"text": f"演示咨询 {new_id()}", "town": TOWN, "channel": "phone", "reporter": caller}
    number = int(town.post("/incidents", said)["number"])
    town.act(number, "answer", reply="演示：请到社区办理")
    assert number in {item["incident"] for item in town.get("/callbacks", area=TOWN, limit=500)["items"]}
    town.act(number, "unreachable")
    town.act(number, "revisit", satisfaction="dissatisfied", note="演示：没有办成")
    again = town.get(f"/incidents/{number}")
    assert (again["state"], again["round"], again["rounds"][0]["reply"]) == ("filed", 2, "演示：请到社区办理")


def test_a_consultation_decides_and_its_guest_goes(people: dict[str, Person]) -> None:
    town, duty, water = people["town"], people["duty"], people["water"]
    number = report(town, "UM-06004")
    duty.act(number, "consult", topic="演示：由谁牵头", members=["water"])
    assert number in {item["incident"] for item in water.get("/consultations")["items"]}
    water.act(number, "give_opinion", opinion="演示：建议属地牵头")
    duty.act(number, "decide", decision="演示：属地牵头")
    water.get(f"/incidents/{number}", expect=404)
    (done,) = town.get(f"/incidents/{number}/consultations")["items"]
    assert done["state"] == "decided" and done["members"][0]["opinion"] == "演示：建议属地牵头"
