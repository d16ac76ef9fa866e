"""Rights that change while somebody looks: the socket ends within two seconds, and every other road with it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from command_center.people.roles import Role
from tests.dashboards.live_screen import Screen
from tests.dashboards.served import PASSWORD, TOWN_A, TOWN_B, Served
from tests.dashboards.test_isolation_sweep import PNG

CITY = "321311"
Change = Callable[[httpx.Client, str], httpx.Response]


def give(*assignments: dict[str, object]) -> Change:
    def change(keeper: httpx.Client, username: str) -> httpx.Response:
        return keeper.patch(f"/api/v1/accounts/{username}", json={"assignments": list(assignments)})

    return change


def call(path: str) -> Change:
    return lambda keeper, username: keeper.post(f"/api/v1/accounts/{username}/{path}")


CHANGES: dict[str, tuple[Change, int]] = {
    "the area is taken away": (give({"role": "town_operator", "area": TOWN_B}), 4403),
    "another role": (give({"role": "liaison", "area": CITY, "department": "water"}), 4403),
    "fewer domains": (give({"role": "town_operator", "area": TOWN_A, "domains": ["transport"]}), 4403),
    "disabled": (call("disable"), 4403),
    "the password is reset": (call("password"), 4401),
}


class Watcher:
    """An operator of town A with a screen, a photo they saw and a second browser."""

    def __init__(self, served: Served) -> None:
        self.served, self.begin = served, datetime.now(UTC)
        self.client = served.enter(Role.TOWN_OPERATOR, TOWN_A)
        self.username = self.client.get("/api/v1/me").json()["username"]
        self.socket = served.open_socket(self.client, legacy=True)
        self.screen = Screen(self.socket, "desk").start()

    def read_to_the_end(self) -> int:
        """Return the code with which the socket ended; it took less than two seconds."""
        started_s = time.monotonic()
        with pytest.raises(ConnectionClosed) as closed:
            self.screen.read_until("never", 5)
        assert time.monotonic() - started_s < 2 and closed.value.rcvd is not None
        return closed.value.rcvd.code

    def look(self, path: str) -> httpx.Response:
        return self.client.get(f"/api/v1/{path}")

    def play(self) -> httpx.Response:
        params = {"from": self.begin.isoformat(), "to": (self.begin + timedelta(minutes=5)).isoformat()}
        return self.client.get("/api/v1/playback", params=params)


def add_photo(served: Served) -> tuple[int, str]:
    """Report a case with a photo in town A; return both."""
    clerk = served.enter(Role.TOWN_OPERATOR, TOWN_A)
    said = {"name": "x.png", "content_type": "image/png", "size": len(PNG)}
    photo = str(clerk.post("/api/v1/attachments", json=said).json()["id"])
    clerk.patch(f"/api/v1/attachments/{photo}", content=PNG, headers={"Upload-Offset": "0"}).raise_for_status()
    body = {"text": "井盖破损", "town": TOWN_A, "category": "UM-01001", "attachments": [photo]}
    return int(clerk.post("/api/v1/incidents", json=body).json()["number"]), photo


def test_whoever_loses_a_right_sees_nothing_later_by_any_road(command: Served) -> None:
    keeper = command.enter(Role.SECURITY_ADMIN, CITY)
    number, photo = add_photo(command)
    for name, (change, code) in CHANGES.items():
        one = Watcher(command)
        seen = one.look(f"attachments/{photo}")
        assert number in one.screen.incidents and seen.status_code == 200, name
        mark = {"If-None-Match": seen.headers["etag"]}
        assert one.client.get(f"/api/v1/attachments/{photo}", headers=mark).status_code == 304
        assert change(keeper, one.username).status_code == 200, name
        assert one.read_to_the_end() == code, name
        for path in (f"incidents/{number}", f"incidents/{number}/timeline", f"attachments/{photo}"):
            assert one.client.get(f"/api/v1/{path}", headers=mark).status_code in (401, 404), (name, path)
        listed, past = one.look("incidents"), one.play()
        assert listed.status_code == 401 or listed.json()["items"] == [], name
        assert past.status_code == 401 or str(number) not in [
            str(entry["incident"]) for frame in past.json()["items"] for entry in frame.get("entries", ())
        ], name


def test_a_screen_that_was_cut_off_while_its_rights_changed_starts_anew(command: Served) -> None:
    keeper, number = command.enter(Role.SECURITY_ADMIN, CITY), command.open_incident(TOWN_A)
    one = Watcher(command)
    assert number in one.screen.incidents
    one.socket.close()
    assert give({"role": "town_operator", "area": TOWN_B})(keeper, one.username).status_code == 200
    with command.open_socket(one.client) as line:
        one.screen.socket = line
        one.screen.subscribe(since={"epoch": one.screen.epoch, "number": one.screen.number})
        one.screen.read_until("snapshot")
        assert one.screen.incidents == {}


def test_a_new_password_of_ones_own_ends_the_sessions_elsewhere(command: Served) -> None:
    one = Watcher(command)
    here = command.log_in(one.username)
    body = {"password": PASSWORD, "new_password": "Green-Bridge-88"}
    assert here.post("/api/v1/me/password", json=body).status_code == 200
    assert one.read_to_the_end() == 4401
    assert one.look("me").status_code == 401 and here.get("/api/v1/me").status_code == 200
