"""Whatever is sent to whatever address: a clear refusal or an answer, never a fault of ours."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import structlog

from command_center.people.roles import Role
from dashboards.server.app import bare_app
from dashboards.server.routes.route_table import list_routes
from tests.dashboards.odd_inputs import BODIES, CURSORS, IN_QUERIES, odd_bodies
from tests.dashboards.served import TOWN_A, Served

DISTRICT = "321311"
NEEDED = {
    "/api/v1/grid/locate": {"lon": "118.3", "lat": "33.9"},
    "/api/v1/incidents/similar": {"lon": "118.3", "lat": "33.9"},
    "/api/v1/places": {"q": "x"},
    "/api/v1/kpi/cases": {"indicator": "on_time_disposal_rate"},
    "/api/v1/playback": {"from": "2026-03-01T08:00:00Z", "to": "2026-03-01T09:00:00Z"},
}
PATHS = {
    "id": "1",
    "number": "1",
    "action": "accept",
    "source": "native",
    "month": "2026-03",
    "decision": "approve",
}
LOCAL = {"username": "nobody", "change": "disable", "name": "x", "code": "UM-01001", "form": "json", "key": "1"}
ODD_PATHS = (
    "0",
    "-1",
    "9" * 30,
    "%00",
    "%ed%a0%80",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e",
    "x" * 2000,
    "%F0%9F%98%80",
)


@pytest.fixture(autouse=True)
def quiet_logs() -> Iterator[None]:
    """Draw no coloured line and no traceback with all its variables for thousands of refusals."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    yield
    structlog.reset_defaults()


class Attacker:
    """Somebody of every role, and what they found."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.people: dict[Role, httpx.Client] = {}
        self.faults: list[str] = []
        self.sent = 0

    def of(self, roles: Iterable[Role]) -> httpx.Client:
        role = next(iter(sorted(roles, key=lambda one: (one not in FIRST, str(one)))), Role.DISTRICT_OPERATOR)
        if role not in self.people:
            worker = None
            if role in (Role.GRID_WORKER, Role.HANDLER):
                worker = self.served.city.workers.list_workers(role=str(role))[0].id
            self.people[role] = self.served.enter(role, DISTRICT, worker=worker, department="drainage")
        return self.people[role]

    def send(self, client: httpx.Client, method: str, path: str, **more: Any) -> None:
        self.sent += 1
        try:
            answer = client.request(method, path, **more)
        except httpx.HTTPError as error:
            self._note(f"{method} {path[:200]} {str(more)[:200]}: {error!r}")
            return
        if answer.status_code >= 500 and "not_now" not in answer.text:
            self._note(f"{method} {path[:200]} {str(more)[:300]}: {answer.status_code}")
        elif answer.status_code >= 400 and path.startswith("/api/v1/") and "/ingest/" not in path:
            assert answer.headers["content-type"] in PROBLEMS, (path, answer.text)

    def _note(self, fault: str) -> None:
        self.faults.append(fault)
        print("FAULT", fault)  # noqa: T201 the long proof tells as it goes


FIRST = (Role.DISTRICT_OPERATOR, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN)
PROBLEMS = ("application/problem+json", "application/json")


def thin(things: Iterable[Any], every: int, start: int) -> Iterator[Any]:
    """Return every so-many-th of them, another choice for another start."""
    return islice(things, start % every, None, every)


def fill(path: str, **odd: str) -> str:
    for name, value in {**PATHS, **LOCAL, "rest": "x", "domain": "emergency", **odd}.items():
        path = path.replace(f"{{{name}}}", value).replace(f"{{{name}:path}}", value)
    return path


def attack(served: Served, every: int) -> Attacker:
    """Send odd inputs to every route; ``every`` leaves most of them out."""
    document, attacker = bare_app().openapi(), Attacker(served)
    for index, route in enumerate(list_routes()):
        told = document["paths"].get(route.path.replace(":path", ""), {}).get(route.method.lower(), {})
        if route.method == "WebSocket" or route.admission is None or route.path == "/api/v1/session":
            continue
        client = attacker.of(route.admission.roles)
        for path, query in (*odd_paths(route.path, every, index), *odd_queries(route.path, told, every, index)):
            attacker.send(client, route.method, f"{path}?{query}")
        if route.method not in ("GET", "HEAD"):
            schema = told.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
            odds = thin(odd_bodies(document, schema) if schema else (), every, index)
            bodies = ((json.dumps(odd).encode(), "application/json") for odd in odds)
            for body, kind in (*thin(BODIES, max(1, every // 2), index), *bodies):
                headers = {"Content-Type": kind}
                attacker.send(client, route.method, fill(route.path), content=body, headers=headers)
    return attacker


def odd_paths(path: str, every: int, start: int) -> Iterator[tuple[str, str]]:
    for name in [one for one in (*PATHS, *LOCAL) if f"{{{one}" in path]:
        for odd in thin(ODD_PATHS, max(1, every // 3), start):
            yield fill(path, **{name: odd}), as_query(NEEDED.get(path, {}))


def odd_queries(path: str, told: dict[str, Any], every: int, start: int) -> Iterator[tuple[str, str]]:
    for place, one in enumerate(told.get("parameters", ())):
        odds = CURSORS if one["name"] == "cursor" else IN_QUERIES
        for odd in thin(odds if one["in"] == "query" else (), every, start + place):
            yield fill(path), as_query({**NEEDED.get(path, {}), one["name"]: odd})


def as_query(said: dict[str, str]) -> str:
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in said.items())


def attack_actions(attacker: Attacker, number: int, every: int) -> None:
    """Send odd forms to whatever an operator is offered."""
    client = attacker.of([Role.DISTRICT_OPERATOR])
    shown = client.get(f"/api/v1/incidents/{number}").json()
    for index, offer in enumerate(client.get(f"/api/v1/incidents/{number}/actions").json()["items"]):
        for odd in thin(odd_bodies({}, offer["schema"]), every, index):
            path = f"/api/v1/incidents/{number}/actions/{offer['action']}"
            content = json.dumps({"version": shown["version"] - 1, **odd}).encode()
            attacker.send(client, "POST", path, content=content, headers={"Content-Type": "application/json"})


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_odd_inputs_never_end_in_a_fault_of_ours(command: Served) -> None:
    number = command.open_incident(TOWN_A)
    attacker = attack(command, 41)
    attack_actions(attacker, number, 41)
    assert not attacker.faults, f"{len(attacker.faults)} of {attacker.sent}:\n" + "\n".join(attacker.faults[:40])


@pytest.mark.prove
def test_every_odd_input(command: Served) -> None:
    number = command.open_incident(TOWN_A)
    attacker = attack(command, 2)
    attack_actions(attacker, number, 3)
    assert not attacker.faults, f"{len(attacker.faults)} of {attacker.sent}:\n" + "\n".join(attacker.faults[:200])
