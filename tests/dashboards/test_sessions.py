from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select, update

from command_center.people.account_tables import SessionRow
from command_center.people.roles import Role
from command_center.people.scope import Grant
from dashboards.server.sessions.login_guard import FREE_TRIES, LoginGuard
from dashboards.server.sessions.session_store import digest_of
from tests.dashboards.served import PASSWORD, TOWN_A, Served

DISTRICT = "321311"


def age(served: Served, seconds: int, column: str) -> None:
    with served.database.write() as session:
        for row in session.scalars(select(SessionRow)):
            setattr(row, column, getattr(row, column) - timedelta(seconds=seconds))


def test_me_says_who_and_where(served: Served) -> None:
    worker = served.city.workers.list_workers(role="grid_worker")[0]
    client = served.enter(Role.GRID_WORKER, worker.area, worker=worker.id)
    me = client.get("/api/v1/me").json()
    assert (
        me["worker"]["id"] == worker.id and me["worker"]["grid"]["code"] == worker.area and me["on_shift"] is True
    )
    (assignment,) = me["assignments"]
    assert assignment["role"] == "grid_worker" and assignment["area"]["level"] == "grid"
    assert assignment["domains"] is None and assignment["department"] is None
    assert me["city"]["timezone"] == "Asia/Shanghai" and me["city"]["synthetic"] and len(me["city"]["bounds"]) == 4
    assert [level["code"] for level in me["city"]["levels"]] == ["district", "town", "community", "grid", "cell"]


def test_only_the_digest_of_the_cookie_is_stored(served: Served) -> None:
    client = served.enter(Role.LEADER, DISTRICT)
    cookie = client.cookies["citybrain_session"]
    with served.database.read() as session:
        (row,) = session.scalars(select(SessionRow))
        assert row.digest == digest_of(cookie) and cookie not in repr(vars(row))


def test_the_cookie_is_closed_to_scripts_and_other_sites(served: Served, serve: Callable[..., Served]) -> None:
    served.add_account("ming", Grant(Role.LEADER, DISTRICT))
    login = {"username": "ming", "password": PASSWORD}
    cookie = served.client().post("/api/v1/session", json=login).headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie and "Secure" not in cookie
    secure = serve(public_url="https://city.example").client().post("/api/v1/session", json=login)
    assert "Secure" in secure.headers["set-cookie"]
    assert secure.headers["strict-transport-security"].startswith("max-age=31536000")


def test_the_session_id_changes_at_log_in_and_the_old_one_ends(served: Served) -> None:
    client = served.enter(Role.LEADER, DISTRICT)
    before = client.cookies["citybrain_session"]
    username = client.get("/api/v1/me").json()["username"]
    client.post("/api/v1/session", json={"username": username, "password": PASSWORD})
    assert client.cookies["citybrain_session"] != before
    assert served.client().get("/api/v1/me", headers={"Cookie": f"citybrain_session={before}"}).status_code == 401


def test_log_out_ends_the_session(served: Served) -> None:
    client = served.enter(Role.LEADER, DISTRICT)
    cookie = client.cookies["citybrain_session"]
    assert client.delete("/api/v1/session").status_code == 204
    assert served.client().get("/api/v1/me", headers={"Cookie": f"citybrain_session={cookie}"}).status_code == 401


def test_sessions_end_when_idle_and_after_a_shift_but_a_wall_stays(served: Served) -> None:
    leader, wall = served.enter(Role.LEADER, DISTRICT), served.enter(Role.WALL, DISTRICT)
    age(served, 1801, "seen_at")
    assert leader.get("/api/v1/me").status_code == 401 and wall.get("/api/v1/me").status_code == 200
    again = served.enter(Role.LEADER, DISTRICT)
    age(served, 43201, "created_at")
    assert again.get("/api/v1/me").status_code == 401 and wall.get("/api/v1/me").status_code == 200


def test_a_used_session_does_not_idle_out(served: Served) -> None:
    client = served.enter(Role.LEADER, DISTRICT)
    for _ in range(3):
        age(served, 1500, "seen_at")
        assert client.get("/api/v1/me").status_code == 200


def test_guessing_is_slowed_and_never_locks_for_good(served: Served) -> None:
    served.add_account("ming", Grant(Role.TOWN_OPERATOR, TOWN_A))
    client = served.client()
    for name in ("ming", "nobody"):
        answers = [
            client.post("/api/v1/session", json={"username": name, "password": f"guess-{n}"}) for n in range(7)
        ]
        statuses = [answer.status_code for answer in answers]
        assert statuses[:FREE_TRIES] == [401] * FREE_TRIES and statuses[-1] == 429, name
        assert int(answers[-1].headers["retry-after"]) >= 1
    time.sleep(1.1)
    assert client.post("/api/v1/session", json={"username": "ming", "password": PASSWORD}).status_code == 200


def test_a_lock_of_one_address_is_none_for_another() -> None:
    guard = LoginGuard()
    for _ in range(20):
        guard.note("ming", "10.0.0.1", succeeded=False)
    assert guard.wait_s("ming", "10.0.0.1") > 100
    assert guard.wait_s("ming", "10.0.0.2") == 0
    assert guard.wait_s("MING ", "10.0.0.1") > 100, "spelling it otherwise does not help"


def test_a_disabled_account_cannot_log_in(served: Served) -> None:
    from command_center.people.account_tables import Account

    served.add_account("ming", Grant(Role.LEADER, DISTRICT))
    with served.database.write() as session:
        session.execute(update(Account).values(is_disabled=True))
    answer = served.client().post("/api/v1/session", json={"username": "ming", "password": PASSWORD})
    assert answer.status_code == 401 and answer.json()["type"].endswith("bad_credentials")
