"""A manhole cover moves: uplinks beyond the rule's threshold are one incident, ended when the value is back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.messages import alarm, find_by_source, find_device, now, send_reading
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


def find_by_device(person: Person, device: str) -> dict[str, Any] | None:
    items = person.get("/incidents", limit=200)["items"]
    return next((i for i in items if any(source.get("device") == device for source in i["sources"])), None)


def test_a_manhole_cover_moves(gateway: Producer, operator: Person) -> None:
    device = find_device(operator, kind="manhole_cover")
    send_reading(gateway, device, 2.0)
    send_reading(gateway, device, 31.0, hold_s=5)
    incident = eventually(lambda: find_by_device(operator, device["id"]), 5)
    assert incident["category"] == "UM-01003"
    source = next(s for s in incident["sources"] if s["device"] == device["id"])
    assert source["kind"] == "device" and not source["ended_at"]
    for value in (33.0, 29.0, 16.0, 12.0):
        send_reading(gateway, device, value)
    send_reading(gateway, device, 3.0)

    def ended() -> Any:
        seen = operator.get(f"/incidents/{incident['number']}")
        mine = [s for s in seen["sources"] if s["device"] == device["id"]]
        assert len(mine) == 1, "one episode is one alarm"
        return mine[0]["ended_at"]

    assert eventually(ended, 15)
    kinds = [line["kind"] for line in operator.get(f"/incidents/{incident['number']}/timeline")["items"]]
    assert kinds.index("incident_opened") < kinds.index("signal_ended")


def test_a_flicker_below_the_hold_time_is_nothing(gateway: Producer, operator: Person) -> None:
    devices = operator.get("/devices", limit=500)["items"]
    device = [d for d in devices if d["kind"] == "manhole_cover"][7]
    send_reading(gateway, device, 31.0)
    send_reading(gateway, device, 2.0)
    marker = alarm("UM-01037")
    gateway.publish("citybrain/v1/devices/street-lamp-003/alarm", marker)
    eventually(lambda: find_by_source(operator, marker["id"]), 5)
    assert find_by_device(operator, device["id"]) is None


def test_a_device_under_its_own_name_gets_its_receipts(product: Product, operator: Person) -> None:
    id = next(iter(product.mqtt_logins()["devices"]))
    device = product.producer(id)
    device.listen(id)
    begin = alarm("UM-01037", seq=1)
    device.publish(f"citybrain/v1/devices/{id}/alarm", begin)
    receipt = eventually(lambda: next((r for r in device.receipts if r["id"] == begin["id"]), None), 5)
    assert (receipt["outcome"], receipt["phase"], receipt["seq"]) == ("recorded", "begin", 1)
    assert operator.get(f"/incidents/{receipt['incident']}")["category"] == "UM-01037"
    device.publish(f"citybrain/v1/devices/{id}/alarm", begin)
    eventually(lambda: [r["outcome"] for r in device.receipts].count("duplicate"), 5)
    device.close()


def test_a_device_cannot_speak_for_another(product: Product, operator: Person) -> None:
    logins = list(product.mqtt_logins()["devices"])
    thief = product.producer(logins[1])
    spoofed = alarm("EM-04001")
    thief.client.publish(f"citybrain/v1/devices/{logins[2]}/alarm", json.dumps(spoofed), qos=1)
    own = alarm("UM-01037")
    # the engine may cut the connection of whoever breaks the rules; a fresh one must still be served
    fresh = product.producer(logins[3])
    fresh.publish(f"citybrain/v1/devices/{logins[3]}/alarm", own)
    eventually(lambda: find_by_source(operator, own["id"]), 5)
    assert find_by_source(operator, spoofed["id"]) is None
    fresh.close()
    thief.close()


def test_an_end_that_overtakes_its_begin(gateway: Producer, operator: Person) -> None:
    begin = alarm("UM-01037", seq=1)
    end = {**begin, "phase": "end", "seq": 2}
    gateway.publish("citybrain/v1/devices/street-lamp-010/alarm", end)
    gateway.publish("citybrain/v1/devices/street-lamp-010/alarm", begin)
    incident = eventually(lambda: find_by_source(operator, begin["id"]), 5)
    source = next(s for s in incident["sources"] if s["id"] == begin["id"])
    assert eventually(lambda: source["ended_at"] or _ended(operator, begin["id"]), 5)


def _ended(person: Person, alarm_id: str) -> Any:
    incident = find_by_source(person, alarm_id)
    return incident and next(s for s in incident["sources"] if s["id"] == alarm_id)["ended_at"]


def test_recorded_uplinks_of_a_real_chirpstack(gateway: Producer, operator: Person, shared: Path) -> None:
    folder = shared / "samples" / "chirpstack_v4"
    for path in sorted(folder.glob("doc_event_*.json")):
        kind = path.stem.removeprefix("doc_event_")
        gateway.publish(f"application/app/device/0101010101010101/event/{kind}", path.read_bytes())
    device = [d for d in operator.get("/devices", limit=500)["items"] if d["kind"] == "manhole_cover"][11]
    recorded = json.loads((folder / "doc_event_up.json").read_text())
    recorded["deviceInfo"]["devEui"] = device["source_id"]
    recorded |= {"time": now().isoformat(), "object": {"lean_angle_deg": 40.0}}
    gateway.publish(device["topic"], recorded)
    send_reading(gateway, device, 40.0, hold_s=5)
    assert eventually(lambda: find_by_device(operator, device["id"]), 6)["category"] == "UM-01003"
