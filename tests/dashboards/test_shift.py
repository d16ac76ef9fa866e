"""The shift over HTTP: a handover from sheet to second signature, seats, and the roster of a day."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus

from command_center.people.roles import Role
from tests.dashboards.served import TOWN_A, TOWN_B, Served

DISTRICT = "321311"


def test_a_handover_over_http(command: Served) -> None:
    number = command.open_incident(TOWN_A, "EM-04001")
    outgoing, incoming = command.enter(Role.SHIFT_LEADER, DISTRICT), command.enter(Role.DUTY_LEADER, DISTRICT)
    made = outgoing.post(
        "/api/v1/shifts/handovers", json={"notes": "夜里有雨"}, headers={"Idempotency-Key": "h-1"}
    )
    assert made.status_code == 201, made.text
    again = outgoing.post(
        "/api/v1/shifts/handovers", json={"notes": "夜里有雨"}, headers={"Idempotency-Key": "h-1"}
    )
    sheet = made.json()
    assert again.json()["id"] == sheet["id"] and sheet["state"] == "open" and sheet["number"] > 0
    lines = {section["name"]: section["items"] for section in sheet["sections"]}
    assert [line["href"] for line in lines["urgent"]] == [f"/desk/incidents/{number}"]
    address = f"/api/v1/shifts/handovers/{sheet['id']}"
    assert outgoing.post(f"{address}/sign").json()["state"] == "handed_over"
    assert outgoing.post(f"{address}/sign").status_code == 409
    assert incoming.post(f"{address}/notes", json={"notes": "改"}).status_code == 409
    command.open_incident(TOWN_A, "EM-04001", skip=3)
    signed = incoming.post(f"{address}/sign").json()
    assert signed["state"] == "signed" and signed["incoming"]["name"] == "测**"
    assert [section["count"] for section in signed["sections"]] == [s["count"] for s in sheet["sections"]]
    assert outgoing.get("/api/v1/shifts/handovers").json()["items"][0]["id"] == sheet["id"]
    assert command.enter(Role.TOWN_OPERATOR, TOWN_B).get(address).status_code == 404
    assert command.enter(Role.WALL, DISTRICT).get(address).status_code == 403


def test_seats_and_their_load(command: Served) -> None:
    command.open_incident(TOWN_A)
    first, second = command.enter(Role.TOWN_OPERATOR, TOWN_A), command.enter(Role.TOWN_OPERATOR, TOWN_A)
    assert first.post("/api/v1/shifts/seat", json={"on": True, "seat": "1"}).status_code == 200
    lost = second.post("/api/v1/shifts/seat", json={"on": True, "seat": "1"})
    assert lost.status_code == 409 and lost.json()["holder"] == "测**"
    shown = second.get("/api/v1/shifts/seats").json()
    seat = next(item for item in shown["items"] if item["seat"] == "town_operator-1")
    assert (
        seat["on"]
        and {"new_cards_1h": 1, "seats_on": 1, "new_cards_per_seat_1h": 1.0}.items() <= shown["load"].items()
    )
    assert second.get("/api/v1/incidents").status_code == 200, "who sits at no seat may still read"


def test_the_roster_of_a_day_and_its_change(command: Served) -> None:
    leader = command.enter(Role.DUTY_LEADER, TOWN_A)
    day = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    before = leader.get("/api/v1/shifts", params={"date": day, "area": TOWN_A}).json()["items"]
    line = next(item for item in before if item["role"] == "town_operator" and item["area"]["code"] == TOWN_A)
    starts = datetime.fromisoformat(line["starts_at"]).astimezone(command.city.timezone).strftime("%H:%M")
    body = {"date": day, "role": "town_operator", "seat": line["seat"], "starts": starts, "ends": "20:00"}
    assert leader.post("/api/v1/shifts", json={**body, "person": "赵临时"}).status_code == 201
    after = leader.get("/api/v1/shifts", params={"date": day, "area": TOWN_A}).json()["items"]
    changed = [item for item in after if item["is_changed"]]
    assert [item["name"] for item in changed] == ["赵临时"] and len(after) == len(before)
    assert changed[0]["title"] == {"zh": "镇街坐席", "en": "town operator"}
    wall = command.enter(Role.WALL, DISTRICT)
    assert {
        i["name"] for i in wall.get("/api/v1/shifts", params={"date": day}).json()["items"] if i["is_changed"]
    } == {"赵**"}
    figures = wall.get("/api/v1/overview").json()
    assert {line["title"]["en"] for line in figures["on_duty"]} >= {"duty leader", "district operator"}
    assert all(child["on_duty"] for child in figures["children"])
    assert command.enter(Role.TOWN_OPERATOR, TOWN_A).post("/api/v1/shifts", json=body).status_code == 403


def test_pages_answer_head_and_sockets_name_their_origin(serve: Callable[..., Served], tmp_path: Path) -> None:
    (tmp_path / "static").mkdir()
    for page in ("wall", "desk", "field"):
        (tmp_path / "static" / f"{page}.html").write_text("<!doctype html>")
    served = serve()
    for path, status in (("/wall", 200), ("/wall/emergency", 200), ("/desk", 200), ("/field", 200), ("/", 303)):
        answer = served.client().head(path, follow_redirects=False)
        assert (answer.status_code, answer.content) == (status, b"")
    with pytest.raises(InvalidStatus) as refused:
        served.open_socket(served.enter(Role.DISTRICT_OPERATOR, DISTRICT), origin=None)
    assert refused.value.response.status_code == 403
