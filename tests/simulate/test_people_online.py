"""The simulated people over HTTP: sessions that survive restarts, forms that are filled, steps that arrive."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import httpx
import pytest

from grid.coordinates import LonLat, distance_m
from ingest.simulate.demo_access import DemoAccount
from ingest.simulate.fill_form import WORDS, fill_form
from ingest.simulate.http_session import HttpSession, Refused
from ingest.simulate.walk import step_towards, stroll

ACCOUNT = DemoAccount(username="op", password="secret", role="town_operator", area="321311001")


class FakeServer:
    """The edge: answers like the product does, and can be away or forget its sessions."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.logins = 0
        self.away = 0
        self.forgotten = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.away:
            self.away -= 1
            if self.away % 2:
                raise httpx.ConnectError("refused", request=request)
            return httpx.Response(503, json={"type": "urn:citybrain:problem:not_now"})
        if request.url.path == "/api/v1/session":
            return self._log_in(request)
        if self.forgotten or "citybrain_session=s" not in request.headers.get("cookie", ""):
            return httpx.Response(401, json={"type": "urn:citybrain:problem:not_logged_in"})
        self.seen.append((request.method, dict(request.headers)))
        if request.url.path.endswith("/missing"):
            return httpx.Response(404, json={"type": "urn:citybrain:problem:not_found", "detail": "nothing here"})
        return httpx.Response(200, json={"number": 7})

    def _log_in(self, request: httpx.Request) -> httpx.Response:
        if json.loads(request.content)["password"] != "secret":
            return httpx.Response(401, json={"type": "urn:citybrain:problem:bad_credentials"})
        self.logins += 1
        self.forgotten = False
        headers = {"set-cookie": f"citybrain_session=s{self.logins}; HttpOnly; Path=/"}
        return httpx.Response(200, json={"csrf_token": f"csrf{self.logins}"}, headers=headers)


def session(server: FakeServer, account: DemoAccount = ACCOUNT) -> HttpSession:
    client = httpx.AsyncClient(transport=httpx.MockTransport(server), base_url="http://demo.test")
    return HttpSession(client, account)


async def _post(person: HttpSession) -> Any:
    return await person.post("/incidents", {"text": "x"})


@pytest.mark.parametrize("away", [0, 3])
def test_logs_in_once_and_waits_for_a_server_that_is_away(away: int) -> None:
    import asyncio

    async def story() -> None:
        server = FakeServer()
        person = session(server)
        server.away = away
        assert await person.get("/me") == {"number": 7}
        server.away = away
        assert await _post(person) == {"number": 7}
        assert server.logins == 1
        posted = [headers for method, headers in server.seen if method == "POST"]
        assert len(posted) == 1 and posted[0]["x-csrf-token"] == "csrf1" and posted[0]["idempotency-key"]

    asyncio.run(story())


def test_logs_in_again_when_the_session_has_ended() -> None:
    import asyncio

    async def story() -> None:
        server = FakeServer()
        person = session(server)
        await person.get("/me")
        server.forgotten = True
        await _post(person)
        assert server.logins == 2 and server.seen[-1][1]["x-csrf-token"] == "csrf2"

    asyncio.run(story())


def test_a_refusal_tells_status_and_stable_kind() -> None:
    import asyncio

    async def story() -> None:
        with pytest.raises(Refused) as refusal:
            await session(FakeServer()).get("/missing")
        assert (refusal.value.status, refusal.value.kind, refusal.value.detail) == (
            404,
            "not_found",
            "nothing here",
        )
        wrong = DemoAccount(username="op", password="guess", role="town_operator")
        with pytest.raises(Refused, match="bad_credentials"):
            await session(FakeServer(), wrong).get("/me")

    asyncio.run(story())


def test_a_form_is_filled_from_what_is_known_and_from_its_choices() -> None:
    schema = {
        "properties": {
            "result": {"enum": ["true", "false"]},
            "reason": {"type": "string"},
            "photos": {"type": "array", "items": {"type": "string"}},
            "urgency": {"anyOf": [{"enum": ["urgent"]}, {"type": "null"}]},
            "limit": {"type": "integer", "minimum": 5},
            "silent": {"type": "string"},
        },
        "required": ["result", "reason", "urgency", "limit"],
    }
    filled = fill_form(schema, {"photos": ["a1"], "result": "maybe", "unknown": 1})
    assert filled == {"result": "true", "reason": WORDS, "photos": ["a1"], "urgency": "urgent", "limit": 5}


def test_a_worker_arrives_and_strolls_near_home() -> None:
    here, there = LonLat(118.30, 33.97), LonLat(118.31, 33.98)
    while here != there:
        nearer = step_towards(here, there, 150.0)
        assert distance_m(nearer, there) < distance_m(here, there)
        here = nearer
    draw, home = Random(1), there
    for _ in range(500):
        here = stroll(here, home, 30.0, draw)
        assert distance_m(here, home) < 400
