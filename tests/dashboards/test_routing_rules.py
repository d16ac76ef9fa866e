"""Who keeps the system sees what each routing rule has cost and mends it for later cases; nobody else does."""

from __future__ import annotations

from command_center.people.roles import Role
from tests.dashboards.served import TOWN_A, Served
from tests.dashboards.test_parties import act

DISTRICT = "321311"


def test_the_rule_behind_a_return_is_mended_by_who_keeps_the_table(command: Served) -> None:
    number = command.open_incident(TOWN_A, "UM-01003")
    leader = command.enter(Role.DUTY_LEADER, DISTRICT)
    shown = leader.get(f"/api/v1/incidents/{number}").json()
    drainage = command.enter(Role.LIAISON, DISTRICT, department=shown["holder"]["code"].removeprefix("dept-"))
    act(drainage, number, "return", reason_code="not_ours", reason="不属我单位")
    back = leader.get(f"/api/v1/incidents/{number}").json()
    assert back["routed_by"]["editable"] and back["returned"]["reason_code"] == "not_ours"
    admin, town = command.enter(Role.SYSTEM_ADMIN, DISTRICT), command.enter(Role.TOWN_OPERATOR, TOWN_A)
    path = f"/api/v1/routing-rules/{back['routed_by']['rule']}"
    rule = admin.get(path).json()
    assert rule["id"] == back["routed_by"]["rule"] and rule["correct"]["required"][0] == "category"
    assert town.get(path).json()["correct"] is None
    body = {"category": "UM-01003", "department": "housing", "reason": "权责调整"}
    assert town.post(path + "/correct", json=body).status_code == 403
    for wrong in ({"category": "TR-01001"}, {"department": "nobody"}, {"area": "nowhere"}, {"reason": ""}):
        refused = admin.post(path + "/correct", json=body | wrong)
        assert refused.status_code == 422 and {one["field"] for one in refused.json()["errors"]} == set(wrong), (
            refused.text
        )
    assert admin.post("/api/v1/routing-rules/none/correct", json=body).status_code == 404
    done = admin.post(path + "/correct", json=body | {"area": TOWN_A}, headers={"Idempotency-Key": "r-1"})
    assert done.status_code == 200 and done.json()["new_version"] != rule["version"], done.text
    again = admin.post(path + "/correct", json=body | {"area": TOWN_A}, headers={"Idempotency-Key": "r-1"})
    assert again.json() == done.json()
