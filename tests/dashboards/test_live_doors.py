"""Who may hold a live socket, and how it ends: log-out, changed rights, other sites, nonsense."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import update
from websockets.exceptions import ConnectionClosed, InvalidStatus

from command_center.people.account_tables import Account, Assignment
from command_center.people.roles import Role
from tests.dashboards.live_screen import Screen
from tests.dashboards.served import TOWN_A, TOWN_B, Served

DISTRICT = "321311"


def test_log_out_ends_the_socket_within_two_seconds(served: Served) -> None:
    client = served.enter(Role.DISTRICT_OPERATOR, DISTRICT)
    with served.open_socket(client) as line:
        screen = Screen(line).start()
        started_s = time.monotonic()
        assert client.delete("/api/v1/session").status_code == 204
        with pytest.raises(ConnectionClosed) as closed:
            screen.read_until("never")
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 4401
        assert time.monotonic() - started_s < 2
    assert client.get("/api/v1/me").status_code == 401


def test_a_change_of_rights_ends_the_socket_without_a_ring(served: Served) -> None:
    client = served.enter(Role.TOWN_OPERATOR, TOWN_A)
    with served.open_socket(client) as line:
        screen = Screen(line).start()
        started_s = time.monotonic()
        with served.database.write() as session:
            session.execute(update(Assignment).values(area=TOWN_B))
        with pytest.raises(ConnectionClosed) as closed:
            screen.read_until("never")
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 4403
        assert time.monotonic() - started_s < 2


def test_a_disabled_account_is_out_within_two_seconds(served: Served) -> None:
    client = served.enter(Role.TOWN_OPERATOR, TOWN_A)
    with served.open_socket(client) as line:
        screen = Screen(line).start()
        with served.database.write() as session:
            session.execute(update(Account).values(is_disabled=True))
        with pytest.raises(ConnectionClosed) as closed:
            screen.read_until("never", 2.5)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 4403


def test_sockets_of_other_sites_and_of_nobody_are_refused(served: Served) -> None:
    client = served.enter(Role.DISTRICT_OPERATOR, DISTRICT)
    for origin in ("https://evil.example", "null", f"http://127.0.0.1:{served.port + 1}"):
        with pytest.raises(InvalidStatus) as refused:
            served.open_socket(client, origin=origin)
        assert refused.value.response.status_code == 403
    with served.open_socket(served.client()) as line, pytest.raises(ConnectionClosed) as closed:
        line.recv(5)
    assert closed.value.rcvd is not None and closed.value.rcvd.code == 4401


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("nonsense", 4400),
        ("{}", 4400),
        (b"{}", 4400),
        ('{"type":"subscribe","view":"roof"}', 4400),
        ('{"type":"subscribe","view":"wall","x":1}', 4400),
        ('{"type":"subscribe","view":"wall","since":{"epoch":"","number":-1}}', 4400),
        ('{"type":"subscribe","view":"wall","area":"999999"}', 4404),
    ],
)
def test_nonsense_ends_only_its_own_socket(served: Served, said: str | bytes, code: int) -> None:
    client = served.enter(Role.DISTRICT_OPERATOR, DISTRICT)
    with served.open_socket(client) as good, served.open_socket(client) as bad:
        screen = Screen(good).start()
        bad.send(said)
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                bad.recv(5)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == code
        served.open_incident(TOWN_A)
        screen.read_until("entries")
