"""One happening from three sources is one case; every source is kept, and so is the reason of the decision."""

from __future__ import annotations

import json
from typing import Any

import pytest

from grid.coordinates import LonLat, distance_m
from ingest.simulate.speak_frigate import Sighting
from tests.journeys.messages import new_id, now, send_reading, send_review
from tests.journeys.product import Person, Product, eventually

pytestmark = pytest.mark.journey
PATIENCE_S = 30.0  # other journeys share the machine; how quick it is, the benches say


def scene(operator: Person) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the manhole cover that a camera sees best."""
    covers = [d for d in operator.get("/devices", limit=500)["items"] if d["kind"] == "manhole_cover"]
    cameras = operator.get("/cameras", limit=500)["items"]
    pairs = [
        (distance_m(LonLat(c["lon"], c["lat"]), LonLat(k["lon"], k["lat"])), c["id"], k["id"])
        for c in covers
        for k in cameras
    ]
    _, cover, camera = min(pairs)
    return next(c for c in covers if c["id"] == cover), next(k for k in cameras if k["id"] == camera)


def test_sensor_camera_and_caller_are_one_case(product: Product) -> None:
    operator, gateway = product.person("district_operator"), product.producer()
    cover, camera = scene(operator)
    send_reading(gateway, cover, 35.0, hold_s=5)

    def opened() -> dict[str, Any] | None:
        for incident in operator.get("/incidents", category="UM-01003", limit=100)["items"]:
            if any(s["device"] == cover["id"] and not s["ended_at"] for s in incident["sources"]):
                return dict(incident)
        return None

    number = eventually(opened, PATIENCE_S)["number"]
    sighting = Sighting(camera["source_id"], ("manhole",), (), now(), salt=new_id())
    send_review(gateway, sighting, "new")
    call = {
        "category": "UM-01003",
        "text": "演示：井盖响",
        "lon": cover["lon"] + 0.0001,
        "lat": cover["lat"],
        "channel": "hotline",
        "reporter": {"anonymous": True},
    }
    called = operator.post("/incidents", call)
    assert called["number"] == number, "the call joins the open case"

    def kinds() -> Any:
        seen = operator.get(f"/incidents/{number}")
        found = {source["kind"] for source in seen["sources"]}
        return seen if {"device", "camera", "hotline"} <= found else None

    seen = eventually(kinds, PATIENCE_S)
    assert seen["version"] >= 1
    joined = [x for x in operator.get(f"/incidents/{number}/timeline")["items"] if x["kind"] == "signal_joined"]
    assert len(joined) >= 2
    assert all("correlate" in json.dumps(line) for line in joined), "each says by which rule it joined"
    operator.close()
    gateway.close()
