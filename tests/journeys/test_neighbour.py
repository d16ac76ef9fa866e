"""A town sees nothing of another: no route, list, count or live frame, but for what it was asked to assist in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.journeys.live import LiveScreen
from tests.journeys.messages import alarm, find_by_source, new_id
from tests.journeys.product import Person, Product, eventually

pytestmark = pytest.mark.journey

HERE, THERE = "321311001", "321311002"


@pytest.fixture
def here(product: Product) -> Any:
    person = product.person("town_operator", area=HERE)
    yield person
    person.close()


@pytest.fixture
def neighbour(product: Product) -> Any:
    person = product.person("town_operator", area=THERE)
    yield person
    person.close()


def report(person: Person, mark: str) -> int:
    """Report a thing of its own: each of another category, so that none joins another."""
    place = person.get("/places", q="便民", town=HERE)["items"][0]
    where = {"lon": place["lon"], "lat": place["lat"]}
    said = {"category": KINDS.pop(), "text": mark, "channel": "department", **where}
    return int(person.post("/incidents", said)["number"])


KINDS = ["UM-06003", "UM-06004", "UM-06009", "UM-06013", "UM-06036", "UM-06048", "UM-06049", "UM-06050"] * 2


def total_of(person: Person) -> Any:
    return person.get("/overview")


def test_nothing_of_the_neighbour_through_any_door(here: Person, neighbour: Person) -> None:
    mark = new_id("secret")
    screen = LiveScreen(neighbour)
    mine = LiveScreen(here)
    before = json.dumps(_counts(total_of(neighbour)), sort_keys=True)
    number = report(here, mark)
    eventually(lambda: number in mine.incidents, 5)
    for path in (
        f"/incidents/{number}",
        f"/incidents/{number}/actions",
        f"/incidents/{number}/timeline",
        f"/incidents/{number}/decision",
    ):
        neighbour.get(path, expect=404)
    for action in ("accept", "dispatch", "close", "urge"):
        neighbour.post(f"/incidents/{number}/actions/{action}", {"version": 1}, expect=404)
    neighbour.post(f"/incidents/{number}/unmask", {"field": "reporter_phone", "reason": "x"}, expect=404)
    order = here.get(f"/incidents/{number}")["orders"][0]["id"]
    neighbour.post(f"/orders/{order}/actions/sign", {"version": 1}, expect=404)
    for query in ({}, {"area": HERE}, {"q": mark}, {"category": "UM-06050"}, {"limit": 500}):
        answer = neighbour.http.get("/api/v1/incidents", params=query)
        assert mark not in answer.text and f'"number":{number},' not in answer.text
    place = here.get(f"/incidents/{number}")["location"]
    near = neighbour.http.get("/api/v1/incidents/similar", params={"lon": place["lon"], "lat": place["lat"]})
    assert mark not in near.text
    assert json.dumps(_counts(total_of(neighbour)), sort_keys=True) == before, "no figure moved"
    eventually(lambda: "heartbeat" in screen.text, 12)
    assert number not in screen.incidents and mark not in screen.text
    assert not [entry for entry in screen.entries if entry["incident"] == number]
    screen.close()
    mine.close()


def _counts(overview: Any) -> Any:
    """Return the figures of an overview, without times."""
    if isinstance(overview, dict):
        return {
            key: _counts(value) for key, value in overview.items() if not key.endswith("at") and key != "on_duty"
        }
    if isinstance(overview, list):
        return [_counts(value) for value in overview]
    return overview


def test_a_worker_of_another_town_sees_nothing(product: Product, here: Person) -> None:
    worker_account = next(
        a for a in product.accounts() if a["role"] == "grid_worker" and a["area"].startswith(THERE)
    )
    worker = Person(product.base_url, worker_account["username"], worker_account["password"])
    number = report(here, new_id("secret"))
    worker.get(f"/incidents/{number}", expect=404)
    assert number not in [item["number"] for item in worker.get("/incidents", limit=500)["items"]]
    workers = worker.get("/workers", limit=500)["items"]
    assert not [w for w in workers if HERE in w["path"]], "nor the neighbour's people"
    worker.close()


def test_assisting_opens_that_one_incident(here: Person, neighbour: Person) -> None:
    shared_number, other_number = report(here, new_id("shared")), 0
    neighbour.get(f"/incidents/{shared_number}", expect=404)
    screen = LiveScreen(neighbour)
    here.act(shared_number, "assist", area=THERE, task="演示：请协助在路口引导")
    seen = neighbour.get(f"/incidents/{shared_number}")
    assert seen["number"] == shared_number
    holders = [order["holder"]["code"] for order in seen["orders"]]
    assert holders and all(THERE in code for code in holders), "their own sub-task, nothing else of the neighbour"
    assert not seen.get("reporter")
    eventually(lambda: shared_number in screen.incidents, 5)
    other_number = report(here, new_id("secret"))
    neighbour.get(f"/incidents/{other_number}", expect=404)
    screen.close()


def test_a_device_alarm_of_another_town_stays_there(product: Product, here: Person, neighbour: Person) -> None:
    gateway = product.producer()
    lamps = here.get("/devices", kind="street_lamp", limit=500)["items"]
    assert lamps and all(HERE in lamp["path"] for lamp in lamps), "registers are narrowed as well"
    sent = alarm("UM-01037")
    gateway.publish(f"citybrain/v1/devices/{lamps[0]['source_id']}/alarm", sent)
    number = eventually(lambda: find_by_source(here, sent["id"]), 5)["number"]
    neighbour.get(f"/incidents/{number}", expect=404)
    gateway.close()
