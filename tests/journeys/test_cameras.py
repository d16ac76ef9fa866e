"""A camera sees the crowd at the bus station: one incident per review, from its first message to its end."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from ingest.simulate.speak_frigate import Sighting
from tests.journeys.messages import find_by_source, list_of_source, new_id, now, send_review
from tests.journeys.product import Person, Producer, Product, eventually

pytestmark = pytest.mark.journey


@pytest.fixture
def gateway(product: Product) -> Any:
    producer = product.producer()
    yield producer
    producer.close()


@pytest.fixture
def operator(product: Product) -> Any:
    person = product.person("district_operator")
    yield person
    person.close()


def bus_station_camera(person: Person) -> dict[str, Any]:
    cameras = person.get("/cameras", limit=500)["items"]
    return next(camera for camera in cameras if camera["kind"] == "bus_station")


def test_passenger_flow_at_the_bus_station(product: Product, gateway: Producer, operator: Person) -> None:
    camera = bus_station_camera(operator)
    sighting = Sighting(camera["source_id"], ("person",) * 4, ("hall",), now(), salt=new_id())
    send_review(gateway, sighting, "new")
    incident = eventually(lambda: find_by_source(operator, sighting.review_id), 5)
    assert incident["category"] == "TR-06001" and incident["domain"] == "transport"
    assert incident["urgency"] == "emergency" and incident["copied_to_district"]
    assert incident["area"]["path"][0] == "321311" and len(incident["area"]["path"]) >= 3
    assert incident["location"]["lon"] == pytest.approx(camera["lon"])
    assert incident["state"] in ("dispatched", "handling"), "a camera above its threshold opens directly"
    assert {order["kind"] for order in incident["orders"]} >= {"attend", "dispose"}
    send_review(gateway, sighting, "update")
    send_review(gateway, sighting, "end")

    def ended() -> Any:
        found = list_of_source(operator, sighting.review_id)
        assert len(found) == 1, "begin, update and end are one incident"
        return next(s for s in found[0]["sources"] if s["id"] == sighting.review_id)["ended_at"]

    assert eventually(ended, 5)
    decision = operator.get(f"/incidents/{incident['number']}/decision")
    assert "route" in json.dumps(decision) and "assign" in json.dumps(decision)


def test_the_same_message_again_changes_nothing(gateway: Producer, operator: Person) -> None:
    camera = bus_station_camera(operator)
    sighting = Sighting(camera["source_id"], ("person",), ("hall",), now(), salt=new_id())
    send_review(gateway, sighting, "new")
    number = eventually(lambda: find_by_source(operator, sighting.review_id), 5)["number"]
    before = operator.get(f"/incidents/{number}")
    for _ in range(5):
        send_review(gateway, sighting, "new")
    marker = Sighting(camera["source_id"], ("car",), ("forecourt",), now(), salt=new_id())
    send_review(gateway, marker, "new")
    eventually(lambda: find_by_source(operator, marker.review_id), 5)
    after = operator.get(f"/incidents/{number}")
    mine = [s for s in after["sources"] if s["id"] == sighting.review_id]
    assert len(mine) == 1 and after["version"] == before["version"]


def test_recorded_messages_of_a_real_frigate(
    product: Product, gateway: Producer, operator: Person, shared: Path
) -> None:
    folder = shared / "samples" / "frigate"
    camera = bus_station_camera(operator)
    for name in ("doc_reviews_update.jsonc", "doc_events_update.jsonc", "mqttwarn_frigate-event-full.json"):
        recorded = (folder / name).read_text()
        topic = "frigate/reviews" if "reviews" in name else "frigate/events"
        gateway.publish(topic, recorded.encode())  # an unknown camera, comments in the JSON: nothing may break
    review = json.loads(re.sub(r"//[^\n]*", "", (folder / "doc_reviews_update.jsonc").read_text()))
    for side in ("before", "after"):
        review[side] |= {"camera": camera["source_id"], "id": f"{now().timestamp():.6f}-{new_id('r')[-6:]}"}
        review[side]["start_time"] = now().timestamp()
    review["before"]["id"] = review["after"]["id"]
    gateway.publish("frigate/reviews", review)
    incident = eventually(lambda: find_by_source(operator, review["after"]["id"]), 5)
    assert "Bob" not in json.dumps(operator.get(f"/incidents/{incident['number']}")), "names of people are dropped"
