"""Alice sits in town A, Bob in town B; neither may learn anything of the other's, by any road."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from command_center.people.roles import Role
from dashboards.server.routes.route_table import list_routes
from foundation.clock import to_rfc3339
from tests.dashboards.live_screen import Screen
from tests.dashboards.served import TOWN_A, TOWN_B, Served

DISTRICT = "321311"
LEAKS = ("title", "place_text", "text", "holder", "reporter")


def report(client: httpx.Client, town: str, **facts: Any) -> dict[str, Any]:
    body = {"text": "机密词句", "town": town, "reporter": {"name": "赵小明", "phone": "13800138000"}, **facts}
    answer = client.post("/api/v1/incidents", json=body)
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def act(client: httpx.Client, path: str, **body: Any) -> httpx.Response:
    return client.post(f"/api/v1/{path}", json=body)


def local_workers(served: Served, town: str) -> str:
    return next(w.id for w in served.city.workers.list_workers(role="grid_worker") if w.area.startswith(town))


def strangers(served: Served) -> dict[str, httpx.Client]:
    """Everybody who has no business with town A."""
    worker = local_workers(served, TOWN_B)
    found = served.city.workers.find_worker(worker)
    assert found is not None
    community = served.city.tree.children(TOWN_B)[0].code
    return {
        "town_operator": served.enter(Role.TOWN_OPERATOR, TOWN_B),
        "community_operator": served.enter(Role.COMMUNITY_OPERATOR, community),
        "grid_worker": served.enter(Role.GRID_WORKER, found.area, worker=worker),
        "wall": served.enter(Role.WALL, TOWN_B),
        "leader": served.enter(Role.LEADER, TOWN_B),
        "liaison": served.enter(Role.LIAISON, DISTRICT, department="health_commission"),
        "handler": served.enter(Role.HANDLER, DISTRICT, department="health_commission"),
        "domain": served.enter(Role.DISTRICT_OPERATOR, DISTRICT, domains={"transport"}),
    }


def test_no_route_tells_a_stranger_anything(command: Served) -> None:
    alice = command.enter(Role.TOWN_OPERATOR, TOWN_A)
    incident = report(alice, TOWN_A, category="UM-01001")
    number, order = incident["number"], (incident["orders"] or [{"id": 1}])[0]["id"]
    for name, bob in strangers(command).items():
        for path in ("", "/actions", "/timeline", "/decision"):
            answer = bob.get(f"/api/v1/incidents/{number}{path}")
            assert answer.status_code == 404, (name, path)
            assert answer.json()["detail"] == bob.get("/api/v1/incidents/987654").json()["detail"]
        for query in ("", "?q=机密", f"?q={number}", "?assigned_to=me", "?bbox=117,33,120,35"):
            assert bob.get(f"/api/v1/incidents{query}").json() == {"items": [], "next": None}, (name, query)
        there = bob.get(f"/api/v1/incidents?area={TOWN_A}")
        assert there.status_code == 404 or there.json()["items"] == [], name
        location = incident["location"] or {"lon": 118.3, "lat": 33.9}
        near = bob.get(f"/api/v1/incidents/similar?lon={location['lon']}&lat={location['lat']}&category=UM-01001")
        assert near.json()["items"] == [], name
        overview = bob.get("/api/v1/overview").json()
        assert overview["totals"]["open"] == 0 and overview["totals"]["opened_today"] == 0, name
        assert bob.get("/api/v1/kpi").json()["indicators"]["reported"]["value"] == 0, name
        if name not in ("wall", "leader"):
            assert act(bob, f"incidents/{number}/actions/accept", version=1).status_code == 404, name
            assert act(bob, f"orders/{order}/actions/sign", version=1).status_code == 404, name
            assert act(bob, f"incidents/{number}/unmask", field="phone", reason="curious").status_code == 404, name


def test_every_get_route_is_silent_about_the_neighbour(command: Served) -> None:
    """Walks the routes themselves, so that a new one is tried without anybody remembering to."""
    alice, bob = command.enter(Role.TOWN_OPERATOR, TOWN_A), command.enter(Role.TOWN_OPERATOR, TOWN_B)
    number = report(alice, TOWN_A, category="UM-01001", place_text="机密地点")["number"]
    alice.post("/api/v1/shifts/handovers", json={"notes": "机密"})
    tried = 0
    for route in list_routes():
        if route.method != "GET" or not route.path.startswith("/api/v1/") or "openapi" in route.path:
            continue
        path = (
            route.path.replace("{number}", str(number))
            .replace("{id}", _id_in(route.path))
            .replace("{source}", "twelve")
            .replace("{month}", "2026-03")
            .replace("{form}", "json")
            .replace("{key}", "x1")
        )
        needed = {"/api/v1/grid/locate": "?lon=118.3&lat=33.9", "/api/v1/places": "?q=x"}
        needed["/api/v1/incidents/similar"] = "?lon=118.3&lat=33.9"
        needed["/api/v1/kpi/cases"] = "?indicator=on_time_disposal_rate"
        hour = [to_rfc3339(datetime.now(UTC) + timedelta(hours=off)).replace("+", "%2B") for off in (-1, 0)]
        needed["/api/v1/playback"] = f"?from={hour[0]}&to={hour[1]}"
        answer = bob.get(path + needed.get(path, ""))
        assert answer.status_code in (200, 403, 404), (path, answer.text)
        assert "机密" not in answer.text and f'"number":{number},' not in answer.text, path
        tried += 1
    assert tried > 15


def _id_in(path: str) -> str:
    by_number = ("/handovers/", "/tasks/", "/responses/")
    return "1" if any(part in path for part in by_number) else "0" * 32


def test_areas_outside_the_scope_are_not_there(command: Served) -> None:
    bob = command.enter(Role.TOWN_OPERATOR, TOWN_B)
    for path in ("/overview", "/kpi", "/shifts"):
        assert bob.get(f"/api/v1{path}?area={TOWN_A}").status_code == 404, path
        assert bob.get(f"/api/v1{path}?area=nowhere").status_code == 404, path
        assert bob.get(f"/api/v1{path}?area={TOWN_B}").status_code == 200, path
    for path in ("/workers", "/devices", "/cameras"):
        items = bob.get(f"/api/v1{path}?limit=500").json()["items"]
        assert items and all(TOWN_B in item.get("path", [TOWN_B]) for item in items), path
        assert not any(TOWN_A in json.dumps(item.get("path", [])) for item in items), path
    assert bob.get("/api/v1/quarantine").status_code == 403
    assert bob.get("/api/v1/sources").json()["items"][0]["accepted"] is None


def test_who_is_asked_to_assist_sees_the_case_and_their_own_part(command: Served) -> None:
    alice, bob = command.enter(Role.TOWN_OPERATOR, TOWN_A), command.enter(Role.TOWN_OPERATOR, TOWN_B)
    incident = report(alice, TOWN_A, category="UM-01001")
    number = incident["number"]
    for action in ("accept", "file", "dispatch"):
        offers = {offer["action"] for offer in alice.get(f"/api/v1/incidents/{number}/actions").json()["items"]}
        if action in offers:
            version = alice.get(f"/api/v1/incidents/{number}").json()["version"]
            given = {"filing_condition": "UM-01001-1"} if action == "file" else {}
            done = act(alice, f"incidents/{number}/actions/{action}", version=version, **given)
            assert done.status_code == 200, done.text
    with command.open_socket(bob) as line:
        screen = Screen(line, "desk").start()
        version = alice.get(f"/api/v1/incidents/{number}").json()["version"]
        asked = act(alice, f"incidents/{number}/actions/assist", version=version, area=TOWN_B, task="协助围挡")
        assert asked.status_code == 200, asked.text
        command.bus.ring_now("rings.journal")
        screen.read_quiet()
    whole = asked.json()
    part = bob.get(f"/api/v1/incidents/{number}").json()
    assert number in screen.incidents and len(whole["orders"]) > len(part["orders"]) == 1
    assert part["orders"][0]["task"] == "协助围挡" and part["partial"] is True
    assert part["reporter"] is None and whole["reporter"]["phone"] == "138****8000"
    foreign = {str(order["holder"]["code"]) for order in whole["orders"] if order["id"] != part["orders"][0]["id"]}
    told = json.dumps(screen.entries, ensure_ascii=False) + bob.get(f"/api/v1/incidents/{number}/timeline").text
    for order in whole["orders"]:
        if order["id"] != part["orders"][0]["id"] and order["assignee"]:
            assert order["assignee"]["id"] not in told
    assert bob.get(f"/api/v1/incidents/{number}/decision").json()["items"] == []
    assert all(f'"code": "{code}"' not in json.dumps(screen.incidents[number]["orders"]) for code in foreign)
    without_left = {key: value for key, value in part.items() if key not in ("orders", "clocks")}
    assert without_left == {k: v for k, v in screen.incidents[number].items() if k not in ("orders", "clocks")}


def test_personal_data_is_masked_until_somebody_says_why(command: Served) -> None:
    alice = command.enter(Role.TOWN_OPERATOR, TOWN_A)
    number = report(alice, TOWN_A, category="UM-01001")["number"]
    shown = alice.get(f"/api/v1/incidents/{number}").text
    assert "13800138000" not in shown and "赵小明" not in shown
    bare = act(alice, f"incidents/{number}/unmask", field="phone", reason="回访")
    assert bare.status_code == 200 and bare.json()["value"] == "13800138000", bare.text
    kinds = [item["kind"] for item in alice.get(f"/api/v1/incidents/{number}/timeline").json()["items"]]
    assert "unmasked" in kinds
    assert act(alice, f"incidents/{number}/unmask", field="phone").status_code == 422


def test_a_grid_worker_sees_their_order_and_no_class_2_matter_of_the_grid(command: Served) -> None:
    number = command.open_incident(TOWN_A)
    district = command.enter(Role.DISTRICT_OPERATOR, DISTRICT)
    orders = district.get(f"/api/v1/incidents/{number}").json()["orders"]
    order = next((order for order in orders if order["assignee"]), None)
    if order is None:
        pytest.skip("this incident has no worker's order")
    worker = command.city.workers.get_worker(order["assignee"]["id"])
    phone = command.enter(Role.GRID_WORKER, worker.area, worker=worker.id)
    (mine,) = phone.get("/api/v1/incidents?assigned_to=me").json()["items"]
    assert mine["number"] == number and order["id"] in {own["id"] for own in mine["orders"]}
