from __future__ import annotations

from collections.abc import Callable
from typing import Any

from command_center.moves.requests import ActionAnswer, ActionRequest, Refusal
from command_center.people.roles import Role
from dashboards.server.errors import STATUS
from dashboards.server.incidents.incident_shape import IncidentPage
from foundation.bus.connection import BusUnavailable
from tests.dashboards.served import TOWN_A, Served

DISTRICT = "321311"
REPORT = {"text": "路面井盖移位", "category": "UM-01001", "town": TOWN_A}


def test_a_report_by_hand_becomes_an_incident_once_for_its_key(command: Served) -> None:
    client = command.enter(Role.TOWN_OPERATOR, TOWN_A)
    headers = {"Idempotency-Key": "call-0001"}
    first = client.post("/api/v1/incidents", json=REPORT, headers=headers)
    again = client.post("/api/v1/incidents", json=REPORT, headers=headers)
    assert first.status_code == again.status_code == 201
    assert first.json()["number"] == again.json()["number"]
    other = client.post("/api/v1/incidents", json={**REPORT, "text": "另一件"}, headers=headers)
    assert other.status_code == 422 and other.json()["type"].endswith("key_reused")
    assert len(client.get("/api/v1/incidents").json()["items"]) == 1


def test_a_report_with_neither_place_nor_town_is_refused(command: Served) -> None:
    client = command.enter(Role.TOWN_OPERATOR, TOWN_A)
    answer = client.post("/api/v1/incidents", json={"text": "有情况"})
    assert answer.status_code == 422 and answer.json()["type"].endswith("unplaceable")
    assert {error["field"] for error in answer.json()["errors"]} >= {"town"}
    assert client.post("/api/v1/incidents", json={"town": TOWN_A}).status_code == 422
    assert client.get("/api/v1/incidents").json()["items"] == []


def test_what_is_offered_can_be_done_and_the_loser_is_told_who_won(command: Served) -> None:
    client = command.enter(Role.DISTRICT_OPERATOR, DISTRICT)
    rival = command.enter(Role.DISTRICT_OPERATOR, DISTRICT)
    incident = client.post("/api/v1/incidents", json={"text": "说不清的事", "town": TOWN_A}).json()
    number, version = incident["number"], incident["version"]
    offers = client.get(f"/api/v1/incidents/{number}/actions").json()["items"]
    assert "accept" in {offer["action"] for offer in offers}
    assert all(set(offer) >= {"action", "order", "label", "irreversible", "schema"} for offer in offers)
    done = client.post(f"/api/v1/incidents/{number}/actions/accept", json={"version": version})
    assert done.status_code == 200 and done.json()["version"] == version + 1
    lost = rival.post(f"/api/v1/incidents/{number}/actions/accept", json={"version": version})
    assert lost.status_code == 409, lost.text
    assert lost.json()["incident"]["version"] == version + 1
    if lost.json()["type"].endswith("version_conflict"):
        assert lost.json()["winner"]["action"] == "accept"


def test_a_field_that_the_action_does_not_have_is_named(command: Served) -> None:
    client = command.enter(Role.DISTRICT_OPERATOR, DISTRICT)
    incident = client.post("/api/v1/incidents", json={"text": "说不清的事", "town": TOWN_A}).json()
    path = f"/api/v1/incidents/{incident['number']}/actions"
    answer = client.post(f"{path}/accept", json={"version": incident["version"], "colour": "red"})
    assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == "colour"
    answer = client.post(f"{path}/reject", json={"version": incident["version"]})
    assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == "reason"
    for body in ({"version": "1"}, {"version": True}, {"after": 3}, {"at": "yesterday"}, {"note": "\x00"}):
        assert client.post(f"{path}/accept", json=body).status_code == 422, body
    assert client.post(f"{path}/fly", json={"version": 1}).status_code == 404


def test_a_story_is_told_in_both_languages(command: Served) -> None:
    client = command.enter(Role.DISTRICT_OPERATOR, DISTRICT)
    number = command.open_incident(TOWN_A)
    items = client.get(f"/api/v1/incidents/{number}/timeline").json()["items"]
    assert items and all(item["text"]["zh"] and item["text"]["en"] for item in items)
    assert not any("{" in item["text"]["zh"] + item["text"]["en"] for item in items)
    first = client.get(f"/api/v1/incidents/{number}/timeline?limit=1").json()
    rest = client.get(f"/api/v1/incidents/{number}/timeline?cursor={first['next']}").json()
    assert [*first["items"], *rest["items"]] == items
    steps = client.get(f"/api/v1/incidents/{number}/decision").json()["items"]
    assert {"route"} <= {step["step"] for step in steps}
    assert all(step["rule"] and step["version"] and step["reason"]["zh"] for step in steps)


def test_filters_find_what_they_name_and_pages_have_no_seam(command: Served) -> None:
    client = command.enter(Role.DISTRICT_OPERATOR, DISTRICT)
    for n in range(7):
        client.post("/api/v1/incidents", json={"text": f"第{n}件", "town": TOWN_A})
    listed = [item["number"] for item in client.get("/api/v1/incidents").json()["items"]]
    assert listed == sorted(listed, reverse=True) and len(listed) == 7
    paged: list[int] = []
    cursor = ""
    while True:
        found = client.get(f"/api/v1/incidents?limit=3{cursor}").json()
        paged += [item["number"] for item in found["items"]]
        if found["next"] is None:
            break
        cursor = f"&cursor={found['next']}"
    assert paged == listed
    one = client.get(f"/api/v1/incidents/{listed[0]}").json()
    fits = {
        "state": one["state"], "level": one["level"], "urgency": one["urgency"], "severity": str(one["severity"]),
        "domain": one["domain"], "area": TOWN_A, "category": one["category"], "since": one["updated_at"],
        "overdue": "false", "q": "第6件",
    }  # fmt: skip
    for name, value in fits.items():
        numbers = [
            item["number"] for item in client.get("/api/v1/incidents", params={name: value}).json()["items"]
        ]
        assert listed[0] in numbers, name
    misses = {
        "state": "closed",
        "area": "321311002",
        "severity": "1",
        "q": "没有",
        "overdue": "true",
        "bbox": "1,1,2,2",
    }
    for name, value in misses.items():
        assert client.get("/api/v1/incidents", params={name: value}).json()["items"] == [], name


def test_every_refusal_of_the_brain_has_its_status(serve: Callable[..., Served]) -> None:
    kinds = [
        "not_found", "forbidden", "invalid", "move_not_allowed", "version_conflict", "key_reused", "in_progress",
        "unplaceable", "not_now",
    ]  # fmt: skip

    async def ask(request: ActionRequest) -> ActionAnswer:
        kind = request.data["text"]
        return ActionAnswer(
            refusal=Refusal(type=kind, detail="因此", fields={"x": "wrong"}, facts={"state": "closed"})
        )

    client = serve(ask).enter(Role.DISTRICT_OPERATOR, DISTRICT)
    wanted = {"not_found": 404, "forbidden": 403, "invalid": 422, "move_not_allowed": 409, "version_conflict": 409,
              "key_reused": 422, "in_progress": 409, "unplaceable": 422, "not_now": 503}  # fmt: skip
    for kind in kinds:
        answer = client.post("/api/v1/incidents", json={"text": kind, "town": TOWN_A})
        assert answer.status_code == wanted[kind] == STATUS[kind], kind
        assert answer.json()["type"] == f"urn:citybrain:problem:{kind}"


def test_a_silent_brain_is_503_and_the_key_is_passed_on(serve: Callable[..., Served]) -> None:
    asked: list[ActionRequest] = []

    async def ask(request: ActionRequest) -> ActionAnswer:
        asked.append(request)
        raise BusUnavailable("nobody")

    client = serve(ask).enter(Role.DISTRICT_OPERATOR, DISTRICT)
    headers = {"Idempotency-Key": "k-1", "X-Trace-Id": "trace-12345"}
    answer = client.post("/api/v1/incidents", json={"text": "x", "town": TOWN_A}, headers=headers)
    assert answer.status_code == 503 and answer.headers["retry-after"] == "1"
    assert (asked[0].key, asked[0].trace_id) == ("k-1", "trace-12345")
    client.post("/api/v1/incidents", json={"text": "x", "town": TOWN_A})
    assert len(asked[1].key) == 32 and asked[0].body_digest == asked[1].body_digest


def test_a_worker_goes_on_and_off_shift_and_is_only_then_on_the_map(command: Served) -> None:
    worker = command.city.workers.list_workers(role="grid_worker")[0]
    phone = command.enter(Role.GRID_WORKER, worker.area, worker=worker.id)
    position: dict[str, Any] = {"lon": worker.home.lon, "lat": worker.home.lat, "accuracy_m": 5}
    assert phone.post("/api/v1/workers/me/position", json=position).status_code == 202
    assert phone.post("/api/v1/workers/me/shift", json={"on": False}).json()["on_shift"] is False
    off = phone.post("/api/v1/workers/me/position", json=position)
    assert off.status_code == 409 and off.json()["type"].endswith("off_shift")
    assert phone.get("/api/v1/me").json()["on_shift"] is False
    assert phone.post("/api/v1/workers/me/shift", json={"on_shift": True}).json()["on_shift"] is True
    for wrong in ({"lon": 0, "lat": 0}, {"lon": 200, "lat": 0}, {"lat": 1}, {"lon": 118, "lat": 33, "speed": 3}):
        assert phone.post("/api/v1/workers/me/position", json=wrong).status_code == 422, wrong


def test_incidents_are_what_the_document_says(command: Served) -> None:
    client = command.enter(Role.DISTRICT_OPERATOR, DISTRICT)
    command.open_incident(TOWN_A)
    client.post("/api/v1/incidents", json={**REPORT, "category": "PO-01001", "reporter": {"phone": "13800138000"}})
    listed = client.get("/api/v1/incidents").json()
    assert len(IncidentPage.model_validate(listed).items) == 2
    schema = client.get("/api/v1/openapi.json").json()["components"]["schemas"]
    assert "IncidentShape" in schema and "ReportBody" in schema


def test_a_department_that_gives_a_case_back_is_answered_with_what_it_saw(command: Served) -> None:
    desk = command.enter(Role.DISTRICT_OPERATOR, DISTRICT)
    liaison = command.enter(Role.LIAISON, DISTRICT, department="drainage")
    number = command.open_incident(TOWN_A, "UM-01003")
    (order,) = liaison.get(f"/api/v1/incidents/{number}").json()["orders"]
    assert order["holder"]["code"] == "dept-drainage" and {c["stage"] for c in order["clocks"]} == {
        "sign",
        "dispose",
    }
    body = {
        "version": desk.get(f"/api/v1/incidents/{number}").json()["version"],
        "reason": "地点不对",
        "reason_code": "wrong_place",
    }
    answer = liaison.post(f"/api/v1/incidents/{number}/actions/return", json=body)
    assert answer.status_code == 200, answer.text
    given = answer.json()
    assert given["visible"] is False and given["partial"] and given["state"] == "filed"
    assert [order["state"] for order in given["orders"]] == ["returned"] and given["reporter"] is None
    assert liaison.get(f"/api/v1/incidents/{number}").status_code == 404
