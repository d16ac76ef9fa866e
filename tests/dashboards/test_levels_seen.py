"""The level rules and the emergency response as people meet them: over HTTP, each seeing no more than theirs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import select, update

from command_center.cases.incident_tables import Incident, IncidentAudience
from command_center.orders.order_tables import Order
from command_center.people.roles import Role
from command_center.running.brain_figures import write_states
from command_center.timers import fire_due
from foundation.clock import ManualClock
from tests.command_center.test_levels import FIRST
from tests.dashboards.served import TOWN_A, TOWN_B, Served
from tests.dashboards.test_isolation import DISTRICT, act, report


def look(client: httpx.Client, path: str) -> Any:
    answer = client.get(f"/api/v1/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def do(client: httpx.Client, path: str, **body: Any) -> dict[str, Any]:
    answer = act(client, path, **body)
    assert answer.status_code in (200, 201), answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def test_what_is_grave_is_copied_told_and_reported_upward(command: Served) -> None:
    town, duty = command.enter(Role.TOWN_OPERATOR, TOWN_A), command.enter(Role.DUTY_LEADER, DISTRICT)
    incident = report(town, TOWN_A, category="EM-04001", channel="worker")
    assert incident["copied_to_district"] and {"U6-severity", "U7-sensitive"} <= {
        mark["rule"] for mark in incident["levels"]
    }
    number = incident["number"]
    graded = do(duty, f"incidents/{number}/actions/set_severity", version=incident["version"], severity=3)
    assert "city" in graded["reports_up"]
    assert {"report_phone", "report_first"} <= {clock["stage"] for clock in graded["clocks"]}
    offered = {one["action"]: one["schema"] for one in look(duty, f"incidents/{number}/actions")["items"]}
    assert "city" in offered["report_up"]["properties"]["to"]["enum"]
    lacking = act(duty, f"incidents/{number}/actions/report_up", kind="first", to="city")
    assert lacking.status_code == 422 and "losses" in {error["field"] for error in lacking.json()["errors"]}
    do(duty, f"incidents/{number}/actions/report_up", kind="first", to="city", **FIRST)
    (made,) = look(duty, f"incidents/{number}/reports")["items"]
    assert made["kind"] == "first" and made["words"]["nature"] == FIRST["nature"]
    told = [one["text"] for one in look(duty, f"incidents/{number}/timeline")["items"] if one["kind"] == "told"]
    assert told and all("_" not in text["zh"] and "@" not in text["zh"] for text in told)
    neighbour = command.enter(Role.TOWN_OPERATOR, TOWN_B)
    assert neighbour.get(f"/api/v1/incidents/{number}/reports").status_code == 404
    assert look(town, "level-rules")["rules"][0]["id"] == "U1-settle"


def test_after_an_hour_the_supervision_stands_with_its_why_and_is_answered(command: Served) -> None:
    town, duty = command.enter(Role.TOWN_OPERATOR, TOWN_A), command.enter(Role.DUTY_LEADER, DISTRICT)
    number = report(town, TOWN_A)["number"]
    late = ManualClock(datetime.now(UTC) + timedelta(hours=1))
    while fire_due(command.database, command.city, late):
        pass
    shown = look(town, f"incidents/{number}")
    assert shown["is_overdue"] and shown["supervision"]["rule"] == "U8-overdue"
    assert shown["holder"]["code"] == f"desk-{TOWN_A}" and shown["level"] == "town"
    path, version = f"incidents/{number}/actions", shown["version"]
    assert act(duty, f"{path}/answer_supervision", version=version, text="不是我").status_code in (403, 409)
    answered = do(town, f"{path}/answer_supervision", version=version, text="马上受理")
    again = act(town, f"{path}/answer_supervision", version=answered["version"], text="再来")
    assert again.status_code == 409 and again.json()["type"].endswith("move_not_allowed")
    assert do(duty, f"{path}/lift_supervision", version=answered["version"])["supervised_by"] is None


def test_a_place_that_comes_back_is_listed_to_its_own_and_settled(command: Served) -> None:
    town = command.enter(Role.TOWN_OPERATOR, TOWN_A)
    for _ in range(3):
        command.open_incident(TOWN_A, "UM-01001")
        with command.database.write() as session:
            session.execute(update(Incident).values(state="closed", closed_at=datetime.now(UTC)))
    (place,) = look(town, "long-term")["items"]
    assert place["count"] == 3 and place["rule"] == "U9-repeats" and place["category_name"]["en"]
    neighbour = command.enter(Role.TOWN_OPERATOR, TOWN_B)
    assert look(neighbour, "long-term")["items"] == []
    assert act(neighbour, f"long-term/{place['id']}/settle", result="x").status_code == 404
    do(town, f"long-term/{place['id']}/settle", result="更换井盖")
    assert act(town, f"long-term/{place['id']}/settle", result="又一次").status_code == 409
    assert look(town, "long-term")["items"] == []
    assert look(town, "long-term?state=settled")["items"][0]["result"] == "更换井盖"


def test_an_emergency_response_is_commanded_over_http(command: Served) -> None:
    duty, head = command.enter(Role.DUTY_LEADER, DISTRICT), command.enter(Role.LEADER, DISTRICT)
    town, other = command.enter(Role.TOWN_OPERATOR, TOWN_A), command.enter(Role.TOWN_OPERATOR, TOWN_B)
    begun = act(duty, "responses", title="强降雨", state="warning")
    assert begun.status_code == 201, begun.text
    path = f"responses/{begun.json()['id']}"
    assert act(town, "responses", title="自行启动", area=DISTRICT).status_code == 403
    wrong = act(duty, f"{path}/actions/activate_response", level=9, reason="x")
    assert wrong.status_code == 422 and wrong.json()["errors"][0]["field"] == "level"
    waiting = do(duty, f"{path}/actions/activate_response", level=2, reason="堤防告急")
    assert waiting["state"] == "warning" and waiting["proposal"]["level"] == 2
    assert act(duty, f"{path}/actions/confirm_response").status_code == 403
    active = do(head, f"{path}/actions/confirm_response")
    assert (active["state"], active["level"], active["proposal"]) == ("response", 2, None)
    issued = do(duty, f"{path}/actions/issue_order", to=TOWN_A, text="转移低洼住户")
    number = issued["done"]["instruction"]
    mine = look(town, path)
    assert mine["partial"] and [one["text"] for one in mine["instructions"]] == ["转移低洼住户"]
    assert other.get(f"/api/v1/{path}").status_code == 404
    assert look(other, "responses")["items"] == []
    assert act(other, f"{path}/actions/receive_order", instruction=number).status_code == 404
    assert do(town, f"{path}/actions/receive_order", instruction=number)["instructions"][0]["state"] == "received"
    late = act(duty, f"{path}/actions/no_such_action")
    assert late.status_code == 404
    assert act(duty, f"{path}/actions/evaluate", text="早了").status_code == 409


def test_of_a_private_matter_a_phone_shows_where_to_go_and_no_more(command: Served) -> None:
    town = command.enter(Role.TOWN_OPERATOR, TOWN_A)
    device = command.city.register.find_device(command.device_in(TOWN_A))
    assert device is not None
    where = {"lon": device.lonlat.lon, "lat": device.lonlat.lat}
    incident = report(town, TOWN_A, category="PO-05003", text="独居老人三天没有出门", channel="worker", **where)
    number = incident["number"]
    worker = next(w.id for w in command.city.workers.list_workers(role="grid_worker") if w.area.startswith(TOWN_A))
    with command.database.write() as session:
        rows = session.scalars(select(Order).where(Order.incident == number)).all()
        assert rows
        for row in rows:
            row.worker, row.holder_kind = worker, "grid"
        session.merge(IncidentAudience(incident=number, kind="worker", code=worker))
    phone = command.enter(Role.GRID_WORKER, TOWN_A, worker=worker)
    seen = look(phone, f"incidents/{number}")
    assert seen["partial"] and seen["text"] == "" and seen["sources"] == [] and seen["reporter"] is None
    assert look(town, f"incidents/{number}")["text"]


def test_the_watchdog_is_on_the_metrics_and_in_readiness(command: Served) -> None:
    figures = {
        "name": "citybrain_watchdog_overdue",
        "kind": "gauge",
        "help": "h",
        "labels": {"kind": "timer_late"},
    }
    now = datetime.now(UTC)
    states: dict[str, Any] = {
        "watchdog": {"overdue": {"timer_late": 2, "clock_not_missed": 0}},
        "metrics": {"metrics": [{**figures, "value": 2}]},
    }
    write_states(command.database, "b", now, states)
    client = command.client()
    assert 'citybrain_watchdog_overdue{kind="timer_late"} 2' in client.get("/metrics").text
    check = client.get("/readyz").json()["checks"]["watchdog"]
    assert check["ok"] and check["overdue"] == {"timer_late": 2}
    write_states(command.database, "b", now - timedelta(minutes=5), {"watchdog": states["watchdog"]})
    assert not client.get("/readyz").json()["checks"]["watchdog"]["ok"]
