"""Several parties on one case, over the interface: own parts, consultations, the call-back queue."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from command_center.assessment.indicators import CALL_RATES
from command_center.people.roles import Role
from dashboards.server.routes.route_table import list_routes
from tests.dashboards.live_screen import Screen
from tests.dashboards.served import TOWN_A, TOWN_B, Served

DISTRICT = "321311"
SECRET = "机密处置"


def get(client: httpx.Client, path: str, **params: Any) -> Any:
    answer = client.get(f"/api/v1{path}", params=params)
    assert answer.status_code == 200, (path, answer.text)
    return answer.json()


def act(client: httpx.Client, number: int, action: str, *, order: int | None = None, **body: Any) -> Any:
    version = get(client, f"/incidents/{number}")["version"]
    path = f"orders/{order}" if order else f"incidents/{number}"
    answer = client.post(f"/api/v1/{path}/actions/{action}", json={"version": version, **body})
    assert answer.status_code == 200, (action, answer.text)
    return answer.json()


def dispatched(command: Served, alice: httpx.Client) -> int:
    """Return a case that the drainage office leads."""
    said = {"category": "UM-01003", "text": "井盖移位", "town": TOWN_A, "channel": "department"}
    number = int(alice.post("/api/v1/incidents", json=said).json()["number"])
    for action in ("accept", "file", "dispatch"):
        offered = {offer["action"] for offer in get(alice, f"/incidents/{number}/actions")["items"]}
        if action in offered:
            act(alice, number, action, **({"holder": "drainage"} if action == "dispatch" else {}))
    assert get(alice, f"/incidents/{number}")["state"] == "dispatched"
    return number


def liaison(command: Served, department: str) -> httpx.Client:
    return command.enter(Role.LIAISON, DISTRICT, department=department)


def assert_counted_once_on_each_board(client: httpx.Client) -> None:
    """The one case that two domains share is new and open on both boards, now and played back, and one in all."""
    overview, now = get(client, "/overview"), datetime.now(UTC)
    period = {"from": now.isoformat(), "to": (now + timedelta(seconds=1)).isoformat()}
    for told in (overview, get(client, "/playback", **period)["snapshot"]["overview"]):
        for domain in ("urban_management", "transport"):
            board = told["domains"][domain]
            day = sum(hour["opened"] for hour in board["trend_24h"])
            assert (board["open"], board["opened_today"], day) == (1, 1, 1), domain
        assert (told["totals"]["open"], told["totals"]["opened_today"]) == (1, 1)


def test_a_neighbour_on_the_same_case_learns_nothing_by_any_road(command: Served) -> None:
    alice = command.enter(Role.TOWN_OPERATOR, TOWN_A)
    number = dispatched(command, alice)
    police, water = liaison(command, "traffic_police"), liaison(command, "water")
    for department, task in (("traffic_police", SECRET), ("water", "抽水")):
        act(alice, number, "assist", department=department, task=task)
    assert_counted_once_on_each_board(alice)
    (theirs,) = get(police, f"/incidents/{number}")["orders"]
    with command.open_socket(water) as line:
        screen = Screen(line, "desk").start()
        act(police, number, "sign", order=theirs["id"])
        act(police, number, "arrive", order=theirs["id"])
        command.bus.ring_now("rings.journal")
        screen.read_quiet()
    told = json.dumps([screen.entries, screen.incidents], ensure_ascii=False, default=str)
    shown = get(water, f"/incidents/{number}")
    assert shown["partial"] and [order["task"] for order in shown["orders"]] == ["抽水"]
    for route in list_routes():
        if route.method == "GET" and route.path.startswith("/api/v1/") and "openapi" not in route.path:
            path = route.path.replace("{number}", str(number)).replace("{id}", "0" * 32)
            told += water.get(path).text
    assert SECRET not in told and f'"order": {theirs["id"]}' not in told and f'"order":{theirs["id"]},' not in told
    assert f'"id":{theirs["id"]},' not in told
    kinds = {entry["kind"] for entry in screen.entries if entry["incident"] == number}
    assert not kinds & {"signed", "arrived"}
    version = shown["version"]
    foreign = water.post(
        f"/api/v1/orders/{theirs['id']}/actions/dispose", json={"version": version, "result": "x"}
    )
    assert foreign.status_code == 404
    worker = "gw-x"
    assert get(water, "/incidents", assigned_to=worker)["items"] == []
    whole = get(alice, f"/incidents/{number}")
    assert {"traffic_police", "water"} <= {o["holder"]["code"].removeprefix("dept-") for o in whole["orders"]}
    assert set(whole["domains"]) >= {"urban_management", "transport"}
    assert number in {item["number"] for item in get(alice, "/incidents", domain="transport")["items"]}


def test_a_consultation_is_read_by_who_is_invited_as_long_as_it_lasts(command: Served) -> None:
    alice, duty = command.enter(Role.TOWN_OPERATOR, TOWN_A), command.enter(Role.DUTY_LEADER, DISTRICT)
    number = dispatched(command, alice)
    police, water = liaison(command, "traffic_police"), liaison(command, "water")
    neighbour = command.enter(Role.TOWN_OPERATOR, TOWN_B)
    act(duty, number, "consult", topic="是否封路", members=["traffic_police", TOWN_B])
    for member in (police, neighbour):
        (mine,) = get(member, "/consultations")["items"]
        assert mine["incident"] == number and mine["topic"] == "是否封路" and len(mine["mine"]) == 1
        (same,) = get(member, f"/incidents/{number}/consultations")["items"]
        assert same["id"] == mine["id"] and len(same["members"]) == 2
        (offer,) = get(member, f"/incidents/{number}/actions")["items"]
        assert offer["action"] == "give_opinion"
        assert offer["schema"]["properties"]["opinion"]["description"] == "是否封路"
        assert get(member, f"/incidents/{number}/decision")["items"] == []
    act(police, number, "give_opinion", opinion="建议封路")
    assert water.get(f"/api/v1/incidents/{number}/consultations").status_code == 404
    assert get(water, "/consultations")["items"] == []
    (read,) = get(alice, f"/incidents/{number}")["consultations"]
    assert [member["opinion"] for member in read["members"]] == ["建议封路", ""]
    act(duty, number, "decide", decision="封路", assistants=["traffic_police"], task="封路两小时")
    assert neighbour.get(f"/api/v1/incidents/{number}").status_code == 404
    assert get(neighbour, "/consultations")["items"] == [] and get(police, "/consultations")["items"] == []
    assert [order["task"] for order in get(police, f"/incidents/{number}")["orders"]] == ["封路两小时"]
    (done,) = get(duty, "/consultations", state="decided")["items"]
    assert done["decision"] == "封路" and done["outcome"]["assistants"] == ["dept-traffic_police"]
    texts = [item["text"]["zh"] for item in get(duty, f"/incidents/{number}/timeline")["items"]]
    assert any("发起会商" in text and "是否封路" in text for text in texts)


def test_the_queue_of_calls_that_are_owed(command: Served) -> None:
    alice, bob = command.enter(Role.TOWN_OPERATOR, TOWN_A), command.enter(Role.TOWN_OPERATOR, TOWN_B)
    numbers = []
    for name in ("赵小明", "钱大海"):
        reporter = {"name": name, "phone": "13800138000"}
        said = {"text": f"{name}咨询", "town": TOWN_A, "channel": "phone", "reporter": reporter}
        numbers.append(int(alice.post("/api/v1/incidents", json=said).json()["number"]))
        act(alice, numbers[-1], "answer", reply="请到社区办理")
    first = get(alice, "/callbacks", limit=1)
    second = get(alice, "/callbacks", limit=1, cursor=first["next"])
    owed = [*first["items"], *second["items"]]
    assert [item["incident"] for item in owed] == numbers and second["next"] is None
    assert owed[0]["name"] == "赵**" and owed[0]["phone"] == "138****8000" and owed[0]["is_overdue"] is False
    assert get(alice, "/callbacks", overdue=True)["items"] == [] and get(bob, "/callbacks")["items"] == []
    assert bob.get(f"/api/v1/callbacks?area={TOWN_A}").status_code == 404
    district = command.enter(Role.DISTRICT_OPERATOR, DISTRICT)
    assert len(get(district, "/callbacks", area=TOWN_A)["items"]) == 2
    assert get(district, "/callbacks", area=TOWN_B)["items"] == []
    assert liaison(command, "water").get("/api/v1/callbacks").status_code == 403
    assert district.get("/api/v1/callbacks?domain=weather").status_code == 422
    act(alice, numbers[0], "unreachable")
    again = {item["incident"]: item for item in get(alice, "/callbacks")["items"]}
    assert again[numbers[0]]["callback_attempts"] == 1
    act(alice, numbers[0], "revisit", satisfaction="fairly_satisfied", responded=True, resolved=False)
    act(alice, numbers[1], "revisit", satisfaction="dissatisfied", note="没办成")
    assert get(alice, "/callbacks")["items"] == []
    reopened = get(alice, f"/incidents/{numbers[1]}")
    assert (
        reopened["state"] == "filed"
        and reopened["round"] == 2
        and reopened["rounds"][0]["reply"] == "请到社区办理"
    )
    rates = get(alice, "/kpi")["indicators"]
    told = {name: (rates[name]["numerator"], rates[name]["denominator"]) for name in CALL_RATES}
    assert told["satisfaction_rate"] == (1, 2) and told["response_rate"] == (1, 1)
    assert told["resolution_rate"] == (0, 1) and told["whistle_response_rate"] == (0, 0)
    behind = alice.get(rates["satisfaction_rate"]["cases"]).json()
    assert [one["number"] for one in behind["items"]] == [numbers[0]]
    assert rates["top_category_share"]["denominator"] == 2


def test_the_platform_aboves_cases_are_found_and_answered(command: Served) -> None:
    alice = command.enter(Role.TOWN_OPERATOR, TOWN_A)
    upstream = {
        "system": "12345",
        "number": "SQ-20261",
        "due_at": (datetime.now(UTC) + timedelta(days=5)).isoformat(),
    }
    said = {"text": "上级交办", "town": TOWN_A, "channel": "city", "upstream": upstream}
    answer = alice.post("/api/v1/incidents", json=said)
    assert answer.status_code == 201, answer.text
    number = int(answer.json()["number"])
    assert "upstream" in {clock["stage"] for clock in get(alice, f"/incidents/{number}")["clocks"]}
    bad = alice.post("/api/v1/incidents", json={**said, "upstream": {**upstream, "due_at": "soon"}})
    assert bad.status_code == 422 and "upstream" in bad.text
    late = alice.post(
        "/api/v1/incidents", json={**said, "upstream": {**upstream, "due_at": "2199-01-01T00:00:00Z"}}
    )
    assert late.status_code == 422
    assert [item["number"] for item in get(alice, "/incidents", upstream="waiting")["items"]] == [number]
    version = get(alice, f"/incidents/{number}")["version"]
    early = alice.post(f"/api/v1/incidents/{number}/actions/reject", json={"version": version, "reason": "无效"})
    assert early.status_code == 409 and "reply_upstream" in early.text
    act(alice, number, "reply_upstream", reply="已核查")
    assert get(alice, "/incidents", upstream="waiting")["items"] == []
    assert get(alice, f"/incidents/{number}")["upstream"]["reply_state"] == "replied"
    act(alice, number, "reject", reason="无效")
