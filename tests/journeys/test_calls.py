"""A citizen calls: words and a town are enough, the caller is masked, somebody looks before it is filed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.journeys.messages import new_id
from tests.journeys.product import Person, Product, eventually

pytestmark = pytest.mark.journey

TOWN = "321311001"
NAME, PHONE = "演示来电人", "000-0000-4711"


@pytest.fixture
def operator(product: Product) -> Any:
    person = product.person("town_operator", area=TOWN)
    yield person
    person.close()


def call(**said: Any) -> dict[str, Any]:
    reporter = {"name": NAME, "phone": PHONE, "anonymous": False, "wants_reply": True}
    return {"text": f"演示：路灯不亮 {new_id()}", "channel": "hotline", "reporter": reporter, **said}


def test_words_and_a_town_are_enough(operator: Person) -> None:
    incident = operator.post("/incidents", call(town=TOWN, place_text="菜场后面"))
    seen = operator.get(f"/incidents/{incident['number']}")
    assert seen["area"]["path"] == ["321311", TOWN]
    assert seen["location"] is None or seen["location"]["how"] not in ("message", "register")
    assert seen["state"] in ("reported", "verifying")
    assert seen["sources"][0]["kind"] == "hotline"


def test_a_call_with_a_place_is_verified_first_and_carried_to_its_end(operator: Person) -> None:
    place = operator.get("/places", q="便民", town=TOWN)["items"][0]
    said = call(category="UM-06049", lon=place["lon"], lat=place["lat"], town=TOWN)
    number = operator.post("/incidents", said)["number"]
    seen = operator.get(f"/incidents/{number}")
    assert seen["state"] == "verifying" and seen["way_in"] == "verify_first"
    assert [order["kind"] for order in seen["orders"]] == ["verify"]
    if operator.find_action(number, "verify") is None:
        pytest.fail(
            f"nobody at the town can close the verification: {operator.get(f'/incidents/{number}/actions')}"
        )


def test_the_caller_is_masked_until_somebody_gives_a_reason(operator: Person) -> None:
    number = operator.post("/incidents", call(town=TOWN))["number"]
    assert PHONE not in json.dumps(operator.get(f"/incidents/{number}"), ensure_ascii=False)
    assert NAME not in json.dumps(operator.get(f"/incidents/{number}"), ensure_ascii=False)
    shown = operator.post(
        f"/incidents/{number}/unmask", {"field": "reporter_phone", "reason": "演示：回拨核实地点"}
    )
    assert PHONE in json.dumps(shown)
    kinds = [line["kind"] for line in operator.get(f"/incidents/{number}/timeline")["items"]]
    assert "unmasked" in kinds


def test_an_enquiry_is_answered_at_once(operator: Person) -> None:
    number = operator.post("/incidents", call(town=TOWN, category="PO-06001"))["number"]
    operator.act(number, "answer", reply="演示：请到便民服务中心办理")
    assert operator.get(f"/incidents/{number}")["state"] == "closed"


def test_similar_ones_nearby_are_offered_and_joined(operator: Person) -> None:
    place = operator.get("/places", q="学", town=TOWN)["items"][0]
    here = {"lon": place["lon"], "lat": place["lat"]}
    number = operator.post("/incidents", call(category="UM-06050", town=TOWN, **here))["number"]
    similar = operator.get("/incidents/similar", category="UM-06050", **here)["items"]
    assert number in [item["number"] for item in similar]
    joined = operator.post("/incidents", call(category="UM-06050", town=TOWN, join=number, **here))
    assert joined["number"] == number
    seen = eventually(lambda: operator.get(f"/incidents/{number}"))
    assert len(seen["sources"]) == 2 and seen["reporter"]["count"] == 2


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"text": "no place", "channel": "hotline"}, ""),
        ({"text": "x", "town": TOWN, "colour": "red"}, "colour"),
        ({"text": "x", "town": TOWN, "reporter": {"name": "a", "face": "b"}}, "face"),
        ({"town": TOWN, "lon": "east"}, "lon"),
    ],
)
def test_a_report_that_cannot_be_is_refused_by_name(operator: Person, said: dict[str, Any], field: str) -> None:
    problem = operator.post("/incidents", said, expect=422)
    assert problem["status"] == 422 and problem["type"]
    assert field in json.dumps(problem)


def test_the_same_key_reports_once(operator: Person) -> None:
    key, said = new_id("key"), call(town=TOWN)
    first = operator.post("/incidents", said, **{"Idempotency-Key": key})
    second = operator.post("/incidents", said, **{"Idempotency-Key": key})
    assert first["number"] == second["number"]
    operator.post("/incidents", call(town=TOWN), expect=422, **{"Idempotency-Key": key})
