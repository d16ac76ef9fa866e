"""The register over HTTP: added, changed, imported, unknown things accepted; cameras that see."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from command_center.intake import take_in
from command_center.journal.journal_tables import JournalEntry
from command_center.people.roles import Role
from foundation.clock import SystemClock
from foundation.ids import new_id
from ingest.judge import Senses
from ingest.messages import Message
from tests.dashboards.served import Served, read_city, with_brain

CODE = "32131101080000001"
NEW = {
    "id": "lamp-x", "name": "路灯甲", "kind": "street_lamp", "source": "native", "source_id": "lamp-x",
    "lon": 118.3301, "lat": 33.9602, "object_code": CODE, "owner_department": "police",
    "department": "traffic_police",
}  # fmt: skip


@pytest.fixture
def live(serve: Callable[..., Served], database: Any) -> Served:
    """Return the application with a brain that knows the register as it is now."""
    return serve(with_brain(database, lambda: read_city(database)))


def kinds(served: Served) -> list[str]:
    with served.database.read() as session:
        return list(session.scalars(select(JournalEntry.kind).order_by(JournalEntry.number)))


def test_a_thing_is_added_changed_and_found(live: Served) -> None:
    admin = live.enter(Role.SYSTEM_ADMIN, live.city.code)
    made = admin.post("/api/v1/devices", json=NEW | {"coord_x": 1})
    assert made.status_code == 422 and "coord_x" in made.text
    made = admin.post("/api/v1/devices", json=NEW)
    assert made.status_code == 201, made.text
    assert (made.json()["version"], made.json()["object_code"], made.json()["health"]) == (1, CODE, "ok")
    assert admin.post("/api/v1/devices", json=NEW).status_code == 422
    assert admin.patch("/api/v1/devices/lamp-x", json={"state": "fault"}).status_code == 422
    seen = admin.patch("/api/v1/devices/lamp-x", json={"state": "fault", "version": 1})
    assert seen.status_code == 200 and (seen.json()["health"], seen.json()["version"]) == ("fault", 2)
    stale = admin.patch("/api/v1/devices/lamp-x", json={"state": "ok", "version": 1})
    assert stale.status_code == 409 and stale.json()["version"] == 2
    listed = admin.get("/api/v1/devices", params={"health": "fault"}).json()["items"]
    assert [item["id"] for item in listed] == ["lamp-x"]
    assert admin.get("/api/v1/devices", params={"q": CODE}).json()["items"][0]["id"] == "lamp-x"
    folder = admin.patch("/api/v1/devices/air-station-001", json={"state": "abandoned", "version": 0})
    assert (
        folder.status_code == 200
        and folder.json()["name"] == live.city.register.find_device("air-station-001").name
    )  # type: ignore[union-attr]
    assert kinds(live).count("device_registered") == 1 and kinds(live).count("device_changed") == 2


def test_a_department_keeps_its_own_things_and_nobody_elses(live: Served) -> None:
    own = next(d for d in live.city.register.list_devices() if d.department == "transport_bureau")
    other = next(d for d in live.city.register.list_devices() if d.department == "environment")
    clerk = live.enter(Role.LIAISON, live.city.code, department="transport_bureau")
    assert clerk.patch(f"/api/v1/devices/{own.id}", json={"state": "maintenance", "version": 0}).status_code == 200
    assert clerk.patch(f"/api/v1/devices/{other.id}", json={"state": "fault", "version": 0}).status_code in (
        403,
        404,
    )
    worker = live.enter(Role.GRID_WORKER, live.city.code)
    assert worker.patch(f"/api/v1/devices/{own.id}", json={"state": "ok", "version": 1}).status_code == 403


def test_a_file_is_tried_refused_and_imported(live: Served) -> None:
    admin = live.enter(Role.SYSTEM_ADMIN, live.city.code)
    good = "id,name,kind,x,y\nc-1,甲,junction,622900,3758000\nc-2,乙,junction,39623000,3758100\n"
    query = {"kind": "cameras", "datum": "EPSG:4548"}
    bad = admin.post("/api/v1/devices/import", params=query, content=(good + "c-3,丙,junction,1,2\n").encode())
    assert bad.status_code == 422 and bad.json()["faults"][0]["row"] == 4
    tried = admin.post("/api/v1/devices/import", params=query | {"dry_run": "true"}, content=good.encode())
    assert (tried.json()["dry_run"], tried.json()["created"]) == (True, 2)
    assert admin.get("/api/v1/cameras/c-1").status_code == 404
    done = admin.post("/api/v1/devices/import", params=query, content=good.encode())
    assert done.status_code == 200 and done.json()["created"] == 2
    camera = admin.get("/api/v1/cameras/c-2").json()
    assert camera["original"] == {"datum": "epsg:4548", "x": 39623000.0, "y": 3758100.0}
    again = admin.post("/api/v1/devices/import", params=query, content=good.encode()).json()
    assert (again["created"], again["changed"], again["unchanged"]) == (0, 0, 2)
    assert kinds(live).count("register_imported") == 1


def test_cameras_that_see_a_place_come_first(live: Served) -> None:
    admin = live.enter(Role.SYSTEM_ADMIN, live.city.code)
    for id, heading_deg, north in (("away", 180, 0.0002), ("towards", 180, 0.0005)):
        said = NEW | {"id": id, "source_id": id, "kind": "junction", "object_code": "", "lat": NEW["lat"] + north}
        said |= {"heading_deg": heading_deg if id == "towards" else 0, "fov_deg": 60, "range_m": 100}
        assert admin.post("/api/v1/cameras", json=said).status_code == 201
    near = admin.get("/api/v1/cameras", params={"near": f"{NEW['lon']},{NEW['lat']}", "radius_m": 120}).json()[
        "items"
    ]
    assert [(c["id"], c["sees"]) for c in near if c["id"] in ("away", "towards")] == [
        ("towards", True), ("away", False),
    ]  # fmt: skip
    query = {"near": f"{NEW['lon']},{NEW['lat']}", "sees": "true"}
    assert all(c["sees"] for c in admin.get("/api/v1/cameras", params=query).json()["items"])


def native(served: Served, device: str, kind: str, payload: str) -> Message:
    city = read_city(served.database)
    topic = f"citybrain/v1/devices/{device}/{kind}"
    return Message(city.sources["native"], topic, payload.encode(), datetime.now(UTC), new_id(), "mqtt", False)


def hear(served: Served, message: Message) -> Any:
    city = read_city(served.database)
    taken = Senses(city).take(message)
    return take_in(served.database, city, SystemClock(), taken.records)


def alarm(id: str) -> str:
    return f'{{"id": "{id}", "at": "{datetime.now(UTC).isoformat()}", "category": "UM-01037", "phase": "begin"}}'


def test_an_unknown_device_waits_and_is_accepted(live: Served) -> None:
    telemetry = f'{{"at": "{datetime.now(UTC).isoformat()}", "values": {{"x": 1}}}}'
    hear(live, native(live, "ghost-1", "telemetry", telemetry))
    (outcome,) = hear(live, native(live, "ghost-1", "alarm", alarm("g1")))
    assert outcome.incident is None and outcome.outcome == "recorded"
    operator = live.enter(Role.DISTRICT_OPERATOR, live.city.code)
    waiting = operator.get("/api/v1/candidates").json()["items"]
    assert len(waiting) == 1 and "register" in waiting[0]["reason"]["en"]
    (found,) = operator.get("/api/v1/devices/candidates").json()["items"]
    assert (found["source_id"], found["reason"], found["messages"]) == ("ghost-1", "unknown_device", 2)
    assert len(found["kept"]) == 1
    path = f"/api/v1/devices/candidates/{found['id']}"
    assert operator.post(f"{path}/accept", json={"kind": "street_lamp"}).status_code == 422
    where = {"kind": "street_lamp", "name": "幽灵灯", "lon": 118.3301, "lat": 33.9602}
    done = operator.post(f"{path}/accept", json=where)
    assert done.status_code == 200 and done.json()["kept"] == found["kept"], done.text
    assert operator.post(f"{path}/accept", json=where).status_code == 409
    (outcome,) = hear(live, native(live, "ghost-1", "alarm", alarm("g2")))
    assert outcome.incident is not None
    assert hear(live, native(live, "ghost-1", "telemetry", telemetry)) == []
    assert {"device_accepted", "candidate_opened"} <= set(kinds(live))
    town = live.enter(Role.TOWN_OPERATOR, "321311001")
    assert town.get("/api/v1/devices/candidates").status_code in (403, 404)


def test_an_unknown_device_may_be_another_name_of_a_known_one_or_dismissed(live: Served) -> None:
    operator = live.enter(Role.SHIFT_LEADER, live.city.code)
    for name in ("other-name", "nobody"):
        hear(live, native(live, name, "alarm", alarm(name)))
    ids = {c["source_id"]: c["id"] for c in operator.get("/api/v1/devices/candidates").json()["items"]}
    taken = operator.post(
        f"/api/v1/devices/candidates/{ids['other-name']}/accept", json={"device": "air-station-001"}
    )
    assert taken.status_code == 200, taken.text
    (outcome,) = hear(live, native(live, "other-name", "alarm", alarm("again")))
    assert outcome.record.device == "air-station-001" and outcome.incident is not None
    now = datetime.now(UTC)
    review = {"id": "r1", "camera": "new-cam", "start_time": now.timestamp(), "severity": "alert"}
    seen = Message(
        live.city.sources["frigate"],
        "frigate/reviews",
        json.dumps({"type": "new", "after": review | {"data": {"objects": ["fire"]}}}).encode(),
        now,
    )
    hear(live, seen)
    listed = operator.get("/api/v1/devices/candidates").json()["items"]
    (path,) = (f"/api/v1/devices/candidates/{c['id']}/accept" for c in listed if c["source_id"] == "new-cam")
    where = {"kind": "junction", "lon": 118.3301, "lat": 33.9602, "fov_deg": 60}
    assert operator.post(path, json=where).status_code == 200
    (outcome,) = hear(live, seen)
    assert outcome.record.device == "new-cam" and outcome.incident is not None, "what spoke as a camera is one"
    path = f"/api/v1/devices/candidates/{ids['nobody']}/dismiss"
    assert operator.post(path, json={"reason": "测试设备"}).json()["state"] == "dismissed"
    hear(live, native(live, "nobody", "alarm", alarm("more")))
    assert operator.get("/api/v1/devices/candidates").json()["items"] == []


def test_a_source_may_not_speak_for_anothers_device(live: Served) -> None:
    camera = next(c for c in live.city.register.list_cameras() if c.source == "frigate")
    (outcome,) = hear(live, native(live, camera.source_id, "alarm", alarm("stolen")))
    assert (outcome.outcome, outcome.record.reason) == ("quarantined", "not_its_device")
    admin = live.enter(Role.SYSTEM_ADMIN, live.city.code)
    counts = {s["name"]: s for s in admin.get("/api/v1/sources").json()["items"]}
    assert counts["native"]["quarantined"] == 1
    assert admin.get("/api/v1/devices/candidates").json()["items"] == []
