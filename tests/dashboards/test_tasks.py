"""Patrols and special tasks over HTTP: who sees what, and that a patrol is in no list of incidents."""

from datetime import UTC, datetime, timedelta

from command_center.people.roles import Role
from command_center.timers import give_out_patrols
from foundation.clock import ManualClock
from tests.dashboards.served import TOWN_A, TOWN_B, Served

DISTRICT = "321311"


def test_a_special_task_from_town_to_finding(command: Served) -> None:
    town = command.enter(Role.TOWN_OPERATOR, TOWN_A)
    device = command.city.register.find_device(command.device_in(TOWN_A))
    assert device is not None
    grid = command.city.tree.find_ancestor(device.area, "grid")
    assert grid is not None
    body = {
        "title": "井盖专项", "domain": "urban_management",
        "due_at": (datetime.now(UTC) + timedelta(days=2)).isoformat(),
        "checklist": [{"key": "whole", "kind": "yes_no", "zh": "井盖完好", "en": "the cover is whole"}],
        "items": [{"title": "路口井盖", "lon": device.lonlat.lon, "lat": device.lonlat.lat}],
    }  # fmt: skip
    made = town.post("/api/v1/tasks", json=body)
    assert made.status_code == 201, made.text
    task = made.json()
    assert task["actions"] == ["assign", "extend", "withdraw"] and task["progress"]["overdue"] == 0
    assert town.post("/api/v1/tasks", json={**body, "surprise": 1}).status_code == 422
    address = f"/api/v1/tasks/{task['id']}"
    given = town.post(f"{address}/assign", json={}).json()
    assert given["progress"]["issued"] == 1 and given["by_town"][0]["area"]["code"] == TOWN_A
    number = given["items"][0]["incident"]
    walker = command.enter(Role.GRID_WORKER, grid.code, worker=f"gw-{grid.code}")
    (mine,) = walker.get("/api/v1/patrols", params={"mine": True}).json()["items"]
    assert mine["incident"] == number and mine["checklist"][0]["key"] == "whole"
    assert [one["number"] for one in walker.get("/api/v1/incidents?assigned_to=me").json()["items"]] == [number]
    assert town.get("/api/v1/incidents").json()["items"] == [], "a patrol is no incident"
    assert [one["number"] for one in town.get("/api/v1/incidents?patrol=true").json()["items"]] == [number]
    assert town.get("/api/v1/overview").json()["totals"]["open"] == 0
    where = {"lon": device.lonlat.lon, "lat": device.lonlat.lat, "accuracy_m": 9}
    visit = f"/api/v1/incidents/{number}/actions/visit"
    refused = walker.post(visit, json={"version": 1, **where})
    assert refused.status_code == 422 and "check_whole" in refused.text
    done = walker.post(visit, json={"version": 1, **where, "check_whole": False, "finding": "井盖破损"})
    assert done.status_code == 200 and done.json()["state"] == "closed"
    after = town.get(address).json()
    assert after["progress"]["done"] == 1 and len(after["findings"]) == 1
    assert after["items"][0]["worker"]["name"].endswith("**")
    neighbour = command.enter(Role.TOWN_OPERATOR, TOWN_B)
    assert neighbour.get(address).status_code == 404 and neighbour.get("/api/v1/tasks").json()["items"] == []
    assert town.post(f"{address}/close", json={}).json()["state"] == "closed"
    late = town.post(f"{address}/extend", json={"due_at": body["due_at"], "reason": "晚"})
    assert late.status_code == 409 and late.json()["state"] == "closed"


def test_coverage_counts_grids_with_a_visit(command: Served) -> None:
    clock = ManualClock(datetime.now(UTC).replace(hour=4, minute=0))
    assert give_out_patrols(command.database, command.city, clock) > 0
    wall = command.enter(Role.LEADER, DISTRICT)
    window = {
        "from": (clock.now() - timedelta(days=1)).isoformat(),
        "to": (clock.now() + timedelta(days=1)).isoformat(),
    }
    figures = wall.get("/api/v1/patrols/coverage", params=window).json()
    assert figures["patrol_coverage"] == {"value": 0.0, "numerator": 0, "denominator": 240}
    assert figures["visits"]["denominator"] > 0 and len(figures["items"]) == 15
    listed = wall.get("/api/v1/patrols").json()["items"]
    assert {one["state"] for one in listed} == {"issued"} and all(one["duty"] for one in listed)
