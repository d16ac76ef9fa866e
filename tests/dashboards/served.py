"""A served application with whatever stands behind it: a bus in memory, the real brain or one that refuses."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import msgspec
import uvicorn
from websockets.sync.client import ClientConnection, connect

from command_center.intake import Outcome, take_in
from command_center.moves.requests import ActionAnswer, ActionRequest, Refusal
from command_center.people.account_tables import Account, Assignment
from command_center.people.accounts import hash_password
from command_center.people.roles import Role
from command_center.people.scope import Grant
from dashboards.server.app import create_app
from dashboards.server.sessions.session_store import COOKIE, open_session
from dashboards.server.web import server_config
from foundation.bus import subjects
from foundation.clock import SystemClock
from foundation.database import Database
from foundation.ids import new_id
from foundation.settings import Settings
from grid import city as cities
from grid.city import City
from ingest.observation import Observation, Phase, SourceKind

PASSWORD = "Blue-Lantern-42"
TOWN_A, TOWN_B = "321311001", "321311002"


@cache
def password_hash() -> str:
    return hash_password(PASSWORD)


class MemoryBus:
    """The bus of one test: rings reach whoever listens, requests whoever the test put there."""

    def __init__(self) -> None:
        self.is_connected = True
        self.stored: list[tuple[str, bytes]] = []
        self.answers: dict[str, Callable[[bytes], bytes]] = {}
        self.loop: asyncio.AbstractEventLoop | None = None
        self._listeners: dict[str, list[Callable[[bytes], Awaitable[None]]]] = {}

    async def store(self, subject: str, payload: bytes, *, delivery_id: str) -> None:
        self.stored.append((subject, payload))

    async def ring(self, subject: str, payload: bytes = b"") -> None:
        for hear in self._listeners.get(subject, ()):
            await hear(payload)

    async def listen(self, subject: str, hear: Callable[[bytes], Awaitable[None]]) -> None:
        self.loop = asyncio.get_running_loop()
        self._listeners.setdefault(subject, []).append(hear)

    async def ask(self, subject: str, payload: bytes, *, timeout_s: float = 15.0) -> bytes:
        from foundation.bus.connection import BusUnavailable

        if subject not in self.answers:
            raise BusUnavailable(f"nobody serves {subject}")
        return self.answers[subject](payload)

    async def stream_state(self) -> dict[str, int]:
        return {"messages": 0, "bytes": 0, "max_bytes": 1024}

    def ring_now(self, subject: str, payload: bytes = b"") -> None:
        assert self.loop is not None
        asyncio.run_coroutine_threadsafe(self.ring(subject, payload), self.loop).result(5)


async def refuse_everything(request: ActionRequest) -> ActionAnswer:
    return ActionAnswer(refusal=Refusal(type="not_now", detail="no brain in this test"))


@dataclass
class Served:
    """The application on a port of its own; what a test does to it goes over real sockets."""

    database: Database
    city: City
    port: int
    bus: MemoryBus
    data: Path
    clients: list[httpx.Client] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def add_account(self, username: str, *grants: Grant, worker: str | None = None) -> str:
        account = Account(
            id=new_id(), username=username, name="测试员", password_hash=password_hash(), is_disabled=False,
            worker=worker, failures=0, created_at=datetime.now(UTC),
        )  # fmt: skip
        with self.database.write() as session:
            session.add(account)
            session.flush()
            for grant in grants:
                domains = sorted(grant.domains) if grant.domains is not None else None
                session.add(
                    Assignment(
                        account=account.id,
                        role=grant.role,
                        area=grant.area,
                        domains=domains,
                        department=grant.department,
                    )
                )
        return account.id

    def client(self) -> httpx.Client:
        client = httpx.Client(base_url=self.url, trust_env=False, timeout=20)
        self.clients.append(client)
        return client

    def log_in(self, username: str) -> httpx.Client:
        client = self.client()
        answer = client.post("/api/v1/session", json={"username": username, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        return client

    def enter(
        self, role: Role, area: str, *, department: str | None = None, worker: str | None = None,
        domains: set[str] | None = None,
    ) -> httpx.Client:  # fmt: skip
        """Make an account with one grant and give it a session; verifying a password each time takes long."""
        grant = Grant(role, area, frozenset(domains) if domains is not None else None, department)
        account = self.add_account(f"{role}-{new_id()[:8]}", grant, worker=worker)
        with self.database.write() as session:
            opened = open_session(session, account, datetime.now(UTC))
        client = self.client()
        client.cookies.set(COOKIE, opened.cookie, domain="127.0.0.1", path="/")
        client.headers["X-CSRF-Token"] = opened.csrf
        return client

    def open_socket(self, client: httpx.Client, **options: Any) -> ClientConnection:
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        options.setdefault("origin", self.url)
        options.setdefault("compression", None)
        return connect(
            f"ws://127.0.0.1:{self.port}/api/v1/live",
            additional_headers={"Cookie": cookie},
            max_size=None, proxy=None, **options,
        )  # fmt: skip

    def take_in(self, *observations: Observation) -> list[Outcome]:
        """Let the real brain take these in, then ring."""
        outcomes = take_in(self.database, self.city, SystemClock(), list(observations))
        self.bus.ring_now(subjects.RING)
        return outcomes

    def alarm(self, device: str, category: str, **facts: Any) -> Observation:
        """Return an alarm of a device of the register, now."""
        thing = self.city.register.find_device(device) or self.city.register.find_camera(device)
        assert thing is not None
        now = datetime.now(UTC)
        columns: dict[str, Any] = {
            "source": thing.source, "kind": SourceKind.DEVICE, "device": device, "id": new_id(),
            "phase": Phase.BEGIN, "category": category, "at": now, "received_at": now, "trace_id": new_id(),
            "lon": thing.lonlat.lon, "lat": thing.lonlat.lat, "place_how": "register", "confidence": 0.95,
        }  # fmt: skip
        return Observation(**(columns | facts))

    def device_in(self, area: str, skip: int = 0) -> str:
        """Return the id of a device that stands in the area."""
        tree = self.city.tree
        found = [d.id for d in self.city.register.list_devices() if tree.is_within(d.area, area)]
        return found[skip % len(found)]

    def open_incident(self, area: str, category: str = "UM-01001", skip: int = 0, **facts: Any) -> int:
        """Have the brain open an incident in the area; return its number."""
        (outcome,) = self.take_in(self.alarm(self.device_in(area, skip), category, **facts))
        assert outcome.incident is not None, outcome
        return outcome.incident


Ask = Callable[[ActionRequest], Awaitable[ActionAnswer]]


class Server:
    """Serves an application from a thread until stopped."""

    def __init__(self, settings: Settings, database: Database, bus: MemoryBus, ask: Ask, static: Path) -> None:
        self._app = create_app(settings, database=database, bus=bus, ask=ask, static=static)
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self._server = uvicorn.Server(server_config(self._app, settings))
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        asyncio.run(self._server.serve([self._socket]))

    def start(self) -> None:
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive(), "the server did not start"
            threading.Event().wait(0.01)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(20)
        assert not self._thread.is_alive()
        self._socket.close()


def read_city(database: Database) -> City:
    with database.read() as session:
        return cities.load_city(session)


def decode(frame: str | bytes) -> dict[str, Any]:
    decoded: dict[str, Any] = msgspec.json.decode(frame)
    return decoded


def with_brain(database: Database, city: Callable[[], City]) -> Ask:
    """Return an ask that goes to the real brain, in this process."""
    from command_center.actions import act

    async def ask(request: ActionRequest) -> ActionAnswer:
        return await asyncio.to_thread(act, database, city(), SystemClock(), request)

    return ask
