"""Playback over HTTP: as live showed it, for whom it may be, within the period that is kept."""

from __future__ import annotations

import time
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
from sqlalchemy import select, update

from command_center.cases.incident_tables import Incident
from command_center.journal import history, past_rows
from command_center.journal.history_tables import IncidentHistory
from command_center.people.roles import Role
from foundation.bus import subjects
from tests.dashboards.live_screen import Screen
from tests.dashboards.served import TOWN_A, TOWN_B, Served

DISTRICT = "321311"
NOT_KEPT = {"at", "alarm_load", "board"}  # who sat where, and what a meter read
Shown = dict[int, dict[str, Any]]


def ask(client: httpx.Client, begin: datetime, to: datetime, **more: Any) -> httpx.Response:
    params = {"from": begin.isoformat(), "to": to.isoformat(), **more}
    return client.get("/api/v1/playback", params=params)


def play(client: httpx.Client, begin: datetime, to: datetime) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the snapshot and every frame of a period."""
    answer = ask(client, begin, to).json()
    snapshot, frames = answer["snapshot"], answer["items"]
    while answer["next"]:
        answer = ask(client, begin, to, cursor=answer["next"]).json()
        frames += answer["items"]
    return snapshot, frames


def by_number(incidents: list[dict[str, Any]]) -> Shown:
    return {one["number"]: one for one in incidents}


def without_time(overview: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in overview.items() if name not in NOT_KEPT}


def test_a_past_moment_is_shown_as_it_was_live(command: Served) -> None:
    client = command.enter(Role.DISTRICT_OPERATOR, DISTRICT)
    town = command.enter(Role.TOWN_OPERATOR, TOWN_A)
    command.open_incident(TOWN_A)
    begin = datetime.now(UTC)
    marks: list[tuple[datetime, Shown, dict[str, Any]]] = []
    with command.open_socket(client) as line:
        screen = Screen(line).start()
        for act in range(4):
            number = command.open_incident(
                TOWN_B if act % 2 else TOWN_A, "EM-04001" if act == 3 else "UM-01001", act
            )
            client.post(f"/api/v1/incidents/{number}/actions/urge", json={"note": "快"}).raise_for_status()
            command.bus.ring_now(subjects.RING)
            time.sleep(1.0)  # figures are shared for a second
            screen.read_quiet(0.3)
            marks.append((datetime.now(UTC), dict(screen.incidents), client.get("/api/v1/overview").json()))
        kinds = [entry["kind"] for entry in screen.entries]
    end = datetime.now(UTC)
    snapshot, frames = play(client, begin, end)
    assert len(snapshot["incidents"]) == 1
    shown, told = by_number(snapshot["incidents"]), snapshot["number"]
    assert [e["kind"] for f in frames if f["type"] == "entries" for e in f["entries"]] == kinds
    for at, live, overview in marks:
        past = ask(client, at, end).json()["snapshot"]
        assert by_number(past["incidents"]) == live
        assert without_time(past["overview"]) == without_time(overview)
        while frames and datetime.fromisoformat(frames[0]["at"]) <= at:
            frame = frames.pop(0)
            if frame["type"] == "entries":
                assert frame["from"] == told + 1
                shown |= {e["incident"]: e["state_after"] for e in frame["entries"] if e["state_after"]}
            told = frame.get("to", frame.get("number"))
        assert shown == live
    seen = {e["incident"] for f in play(town, begin, end)[1] for e in f.get("entries", ())}
    areas = {n for n, one in shown.items() if TOWN_A in one["area"]["path"]}
    assert seen and seen <= areas, "a town plays back what is its own"


def test_a_period_that_cannot_be_played_back_is_refused_with_the_reason(command: Served) -> None:
    client = command.enter(Role.LEADER, DISTRICT)
    now, day = datetime.now(UTC), timedelta(days=1)
    for begin, to in ((now, now - day), (now + day, now + 2 * day), (now - 100 * day, now)):
        answer = ask(client, begin, to)
        assert answer.status_code == 422 and "from" in answer.text
    assert ask(client, now - day, now).json()["items"] == []
    assert ask(client, now - day, now, area="999999").status_code == 404
    assert ask(command.enter(Role.SYSTEM_ADMIN, DISTRICT), now - day, now).status_code == 403


def test_a_private_matter_stays_a_count(command: Served) -> None:
    begin = datetime.now(UTC)
    class_2 = next(one for one in command.city.catalogue.list_categories() if one.privacy_class == 2)
    command.open_incident(TOWN_A, class_2.code)
    end = datetime.now(UTC)
    wall, desk = command.enter(Role.WALL, DISTRICT), command.enter(Role.DISTRICT_OPERATOR, DISTRICT)
    assert ask(wall, end, end + timedelta(seconds=1)).json()["snapshot"]["incidents"] == []
    assert ask(wall, end, end + timedelta(seconds=1)).json()["snapshot"]["overview"]["totals"]["open"] == 1
    assert not [f for f in play(wall, begin, end)[1] if f["type"] == "entries"]
    assert [f for f in play(desk, begin, end)[1] if f["type"] == "entries"]


def test_what_is_private_now_is_private_in_the_past(command: Served) -> None:
    begin, number = datetime.now(UTC), command.open_incident(TOWN_A)
    wall, desk = command.enter(Role.WALL, DISTRICT), command.enter(Role.DISTRICT_OPERATOR, DISTRICT)
    end = datetime.now(UTC)
    assert number in by_number(ask(wall, end, datetime.now(UTC)).json()["snapshot"]["incidents"])
    with command.database.write() as session:
        session.execute(update(Incident).values(privacy_class=2))
    for client, is_told in ((wall, False), (desk, True)):
        past = ask(client, end, datetime.now(UTC)).json()["snapshot"]
        told = [entry for frame in play(client, begin, end)[1] for entry in frame.get("entries", ())]
        assert (number in by_number(past["incidents"])) == is_told == bool(told)
        assert past["overview"]["totals"]["open"] == 1


def test_states_that_were_kept_before_an_update_are_shown(command: Served) -> None:
    """A column that a later version added is missing in what an earlier one kept."""
    client, begin = command.enter(Role.DISTRICT_OPERATOR, DISTRICT), datetime.now(UTC)
    number = command.open_incident(TOWN_A)
    client.post(f"/api/v1/incidents/{number}/actions/urge", json={"note": "快"}).raise_for_status()
    end = datetime.now(UTC)
    older: dict[int, bytes] = {}
    before = play(client, begin, end), ask(client, end, datetime.now(UTC)).json()["snapshot"]["incidents"]
    with command.database.write() as session:
        for row in session.scalars(select(IncidentHistory).order_by(IncidentHistory.entry)).all():
            whole = session.get(IncidentHistory, row.base)
            state = None if whole is None or row.base == row.entry else whole.state
            kept = msgspec.msgpack.decode(history._unsqueeze(row.state, state))
            for name, table in past_rows.TABLES.items():
                known = dict(past_rows.list_defaults(table))
                for one in [kept[name]] if name == "incident" else kept.get(name, ()):
                    for column in [column for column, value in one.items() if known.get(column, ...) == value]:
                        del one[column]
            older[row.entry] = zlib.compress(msgspec.msgpack.encode(kept))
        for entry, state in older.items():
            alone = update(IncidentHistory).where(IncidentHistory.entry == entry)
            session.execute(alone.values(base=entry, state=state))
    assert (
        play(client, begin, end),
        ask(client, end, datetime.now(UTC)).json()["snapshot"]["incidents"],
    ) == before
