"""What two persons decide, through HTTP: a closing by force, masked fields of many cases; a case and its shape."""

from __future__ import annotations

from command_center.people.roles import Role
from dashboards.server.incidents.incident_shape import IncidentShape
from tests.dashboards.served import TOWN_A, Served

DISTRICT = "321311"
CALLER = {"name": "王五", "phone": "13700000001", "wants_reply": False}


def test_a_second_person_finds_the_request_and_closes_by_force(command: Served) -> None:
    duty = command.enter(Role.DUTY_LEADER, DISTRICT)
    second = command.enter(Role.SHIFT_LEADER, DISTRICT)
    number = command.open_incident(TOWN_A)
    path = f"/api/v1/incidents/{number}"
    version = duty.get(path).json()["version"]
    asked = duty.post(f"{path}/actions/force_close", json={"version": version, "reason": "并入大修"})
    assert asked.status_code == 200, asked.text
    IncidentShape.model_validate(asked.json())
    (request,) = asked.json()["approvals"]
    assert (request["action"], request["stage"], request["reason"]) == ("force_close", "leader", "并入大修")
    assert duty.get("/api/v1/approvals").json()["items"] == []
    (waiting,) = second.get("/api/v1/approvals").json()["items"]
    assert (waiting["incident"], waiting["id"]) == (number, request["id"])
    own = duty.post(f"{path}/actions/approve", json={"version": version + 1})
    assert own.status_code == 403 and own.json()["wanted"] == "approve" and own.json()["state"]
    done = second.post(f"{path}/actions/approve", json={"version": version + 1})
    assert done.status_code == 200, done.text
    assert done.json()["state"] == "closed" and done.json()["is_forced"] and done.json()["approvals"] == []
    late = second.post(f"{path}/actions/approve", json={"version": version + 2})
    assert late.status_code == 409
    assert {"state", "wanted", "allowed", "rule", "rule_text"} <= set(late.json())
    told = [item["text"]["zh"] for item in second.get(f"{path}/timeline").json()["items"]]
    assert any("强制结案" in text for text in told)


def test_masked_fields_of_many_cases_need_two_persons(command: Served) -> None:
    asker = command.enter(Role.DISTRICT_OPERATOR, DISTRICT)
    second = command.enter(Role.DUTY_LEADER, DISTRICT)
    reader = command.enter(Role.LEADER, DISTRICT)
    numbers = [
        asker.post("/api/v1/incidents", json={"text": f"第{n}件", "town": TOWN_A, "reporter": CALLER}).json()[
            "number"
        ]
        for n in range(2)
    ]
    body = {"incidents": numbers, "field": "reporter_phone", "reason": "集中回访"}
    assert reader.post("/api/v1/unmask-requests", json=body).status_code == 403
    missing = asker.post("/api/v1/unmask-requests", json={**body, "incidents": [999]})
    assert missing.status_code == 404
    asked = asker.post("/api/v1/unmask-requests", json=body)
    assert asked.status_code == 201, asked.text
    path = f"/api/v1/unmask-requests/{asked.json()['id']}"
    assert asker.post(f"{path}/read", json={}).status_code == 409
    assert asker.post(f"{path}/approve", json={}).status_code == 403
    assert [item["id"] for item in second.get("/api/v1/unmask-requests").json()["items"]] == [asked.json()["id"]]
    assert second.post(f"{path}/approve", json={"reason": "同意"}).status_code == 200
    assert second.post(f"{path}/read", json={}).status_code == 403
    shown = asker.post(f"{path}/read", json={}).json()
    assert [item["values"] for item in shown["items"]] == [["13700000001"], ["13700000001"]]
    kinds = [item["kind"] for item in asker.get(f"/api/v1/incidents/{numbers[0]}/timeline").json()["items"]]
    assert "unmasked" in kinds
    assert second.post(f"{path}/decline", json={}).status_code == 409
