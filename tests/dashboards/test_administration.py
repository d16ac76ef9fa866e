"""Accounts, credentials, journal and settings as administrators have them, over real sockets."""

from __future__ import annotations

import time

import httpx
import msgspec
import pytest
from sqlalchemy import func, select
from websockets.exceptions import ConnectionClosed

from command_center.journal.journal_tables import JournalEntry
from command_center.people.roles import Role
from tests.dashboards.served import TOWN_A, TOWN_B, Served

CITY = "321311"
TOWN_CLERK = {"role": "town_operator", "area": TOWN_A}


def make(client: httpx.Client, username: str, *assignments: dict[str, object]) -> httpx.Response:
    body = {"username": username, "name": "新人", "assignments": list(assignments) or [TOWN_CLERK]}
    return client.post("/api/v1/accounts", json=body)


def test_an_account_from_its_first_password_to_its_end(command: Served) -> None:
    keeper = command.enter(Role.SECURITY_ADMIN, CITY)
    made = make(keeper, "town.new")
    assert made.status_code == 201, made.text
    password = made.json()["password"]
    listed = keeper.get("/api/v1/accounts", params={"q": "town.new"}).json()["items"]
    assert [one["username"] for one in listed] == ["town.new"]
    assert "password" not in listed[0] and listed[0]["must_change_password"]

    person = command.client()
    entered = person.post("/api/v1/session", json={"username": "town.new", "password": password})
    assert entered.status_code == 200 and entered.json()["me"]["must_change_password"]
    person.headers["X-CSRF-Token"] = entered.json()["csrf_token"]
    refused = person.get("/api/v1/incidents")
    assert refused.status_code == 403 and refused.json()["type"].endswith("password_must_change")
    weak = person.post("/api/v1/me/password", json={"password": password, "new_password": "short"})
    assert weak.status_code == 422 and "new_password" in weak.text
    wrong = person.post("/api/v1/me/password", json={"password": "x", "new_password": "Green-Bridge-88"})
    assert wrong.status_code == 422
    guess = {"password": "x", "new_password": "Green-Bridge-88"}
    guesses = [person.post("/api/v1/me/password", json=guess) for _ in range(5)]
    assert [one.status_code for one in guesses] == [422] * 4 + [429]
    time.sleep(float(guesses[-1].headers["Retry-After"]))
    own = {"password": password, "new_password": "Green-Bridge-88"}
    assert person.post("/api/v1/me/password", json=own).status_code == 200
    assert person.get("/api/v1/incidents").status_code == 200

    with command.open_socket(person) as socket:
        socket.send(msgspec.json.encode({"type": "subscribe", "view": "desk", "area": TOWN_A}).decode())
        socket.recv(5)
        moved = {"assignments": [{"role": "town_operator", "area": TOWN_B}]}
        changed = keeper.patch("/api/v1/accounts/town.new", json=moved)
        assert changed.status_code == 200 and changed.json()["assignments"][0]["area"]["code"] == TOWN_B
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                socket.recv(3)
    assert closed.value.rcvd is not None and closed.value.rcvd.code == 4403
    assert keeper.post("/api/v1/accounts/town.new/disable").json()["disabled"]
    assert person.get("/api/v1/me").status_code == 401
    with command.database.read() as session:
        kinds = list(session.scalars(select(JournalEntry.kind).order_by(JournalEntry.number)))
    assert kinds[-4:] == ["account_added", "account_password_changed", "account_changed", "account_disabled"]


def test_who_may_not_and_what_cannot_be(command: Served) -> None:
    keeper = command.enter(Role.SECURITY_ADMIN, CITY)
    for role in (Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN, Role.DUTY_LEADER):
        assert make(command.enter(role, CITY), "x.y.z").status_code == 403
    both = make(keeper, "two.hats", {"role": "system_admin", "area": CITY}, {"role": "audit_admin", "area": CITY})
    assert both.status_code == 422 and "nobody is two" in both.text
    assert make(keeper, "nobody", {"role": "liaison", "area": CITY}).status_code == 422
    assert make(keeper, "nowhere", {"role": "leader", "area": "999"}).status_code == 422
    assert make(keeper, "a b c").status_code == 422
    assert make(keeper, "one.more").status_code == 201
    assert make(keeper, "one.more").status_code == 422
    me = keeper.get("/api/v1/me").json()["username"]
    own = keeper.patch(f"/api/v1/accounts/{me}", json={"assignments": [{"role": "leader", "area": CITY}]})
    assert own.status_code == 403
    key = {"Idempotency-Key": "twice-the-same"}
    first = keeper.post("/api/v1/accounts/one.more/password", headers=key)
    again = keeper.post("/api/v1/accounts/one.more/password", headers=key)
    assert first.json()["password"] and again.status_code == 200 and again.json()["password"] is None


def test_credentials_journal_and_settings(command: Served) -> None:
    keeper, auditor = command.enter(Role.SECURITY_ADMIN, CITY), command.enter(Role.AUDIT_ADMIN, CITY)
    source = next(iter(command.city.sources))
    made = keeper.post("/api/v1/tokens", json={"name": "t-1", "source": source})
    assert made.status_code == 201 and len(made.json()["token"]) > 30
    assert keeper.post("/api/v1/tokens", json={"name": "t-1", "source": source}).status_code == 422
    assert keeper.post("/api/v1/tokens", json={"name": "t-2", "source": "nobody"}).status_code == 422
    shown = auditor.get("/api/v1/tokens")
    assert made.json()["token"] not in shown.text and made.json()["secret"] not in shown.text
    assert keeper.post("/api/v1/tokens/t-1/revoke").json()["revoked_at"]

    found = auditor.get("/api/v1/journal", params={"kind": "token_added,token_revoked"}).json()["items"]
    assert [one["kind"] for one in found] == ["token_revoked", "token_added"]
    assert "t-1" in found[0]["text"]["zh"] and made.json()["secret"] not in str(found)
    state = auditor.get("/api/v1/journal/state").json()
    with command.database.read() as session:
        count = session.scalar(select(func.count()).select_from(JournalEntry))
    assert state["first_bad"] is None and state["in_order"] == count
    settings = command.enter(Role.SYSTEM_ADMIN, CITY).get("/api/v1/settings").json()["items"]
    assert {"session_idle_s", "database_url"} <= {one["name"] for one in settings}
    assert keeper.get("/api/v1/journal").status_code == 403
