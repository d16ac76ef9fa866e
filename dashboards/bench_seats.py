"""Many sockets that cost the bench little, the accounts behind them, and what a process costs.

Comes in: a running product and how many sockets. Goes out: what all of them were told. Used by
``bench_crowd.py``, whose baseline is ``bench_broadcast.py``.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from command_center.people.account_tables import Account, Assignment
from command_center.people.roles import Role
from dashboards.server.sessions.session_store import COOKIE, open_session
from dashboards.server.web import PING_S
from foundation.database import Database
from foundation.ids import new_id
from grid.city import City, load_city

PARTS = {"wall": 1, "desk": 9, "field": 190}
SAMPLED = 20  # every so many sockets one is read in full
TICKS_S = os.sysconf("SC_CLK_TCK")
Seat = tuple[str, str]
"""View and cookie."""


@dataclass
class Heard:
    """What all sockets were told."""

    is_open: bool = False
    frames: Counter[bytes] = field(default_factory=Counter)
    started: int = 0
    lost: int = 0
    delays_s: list[float] = field(default_factory=list)

    def take(self, payload: bytes, *, is_sampled: bool) -> None:
        if payload.startswith(b'{"type":"snapshot"'):
            self.started += 1
        if not self.is_open:
            return
        self.frames[payload] += 1
        if is_sampled and payload.startswith(b'{"type":"entries"'):
            now = datetime.now(UTC)
            for entry in json.loads(payload)["entries"]:
                self.delays_s.append((now - datetime.fromisoformat(entry["at"])).total_seconds())


class RawSocket(asyncio.Protocol):
    """A client that costs little: it cuts frames apart and answers pings."""

    def __init__(self, heard: Heard, hello: bytes, subscribe: bytes, *, is_sampled: bool) -> None:
        self._heard, self._hello, self._subscribe = heard, hello, subscribe
        self._is_sampled, self._is_ready = is_sampled, False
        self._held = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]
        self.transport.write(self._hello)

    def connection_lost(self, exc: Exception | None) -> None:
        self._heard.lost += 1

    def data_received(self, data: bytes) -> None:
        self._held += data
        if not self._is_ready:
            end = self._held.find(b"\r\n\r\n")
            if end < 0:
                return
            del self._held[: end + 4]
            self._is_ready = True
            self.transport.write(mask(1, self._subscribe))
        while (size := self._whole()) is not None:
            opcode, start, end = self._held[0] & 0x0F, size[0], size[1]
            payload = bytes(self._held[start:end])
            del self._held[:end]
            if opcode == 9:
                self.transport.write(mask(10, payload))
            elif opcode == 1:
                self._heard.take(payload, is_sampled=self._is_sampled)

    def _whole(self) -> tuple[int, int] | None:
        """Return where the payload of the first frame lies, if it is all here."""
        held = self._held
        if len(held) < 2:
            return None
        short, start = held[1] & 0x7F, 2
        if short > 125:
            start = 4 if short == 126 else 10
            short = int.from_bytes(held[2:start], "big")
        return (start, start + short) if len(held) >= start + short else None


def mask(opcode: int, payload: bytes) -> bytes:
    """Return a client's short frame, masked with zeros."""
    return bytes((0x80 | opcode, 0x80 | len(payload), 0, 0, 0, 0)) + payload


def open_seats(data: Path, sockets: int) -> list[Seat]:
    """Make accounts and sessions for so many sockets, each kind in its part of them; field ones last."""
    database = Database(f"sqlite:///{data / 'citybrain.db'}")
    with database.read() as session:
        city = load_city(session)
    wanted = {view: sockets * part // sum(PARTS.values()) for view, part in PARTS.items()}
    wanted["field"] += sockets - sum(wanted.values())
    now, seats = datetime.now(UTC), list[Seat]()
    with database.write() as session:
        for view, count in wanted.items():
            grants = _list_grants(city, view)
            for index in range(min(count, len(grants))):
                role, area, department, worker = grants[index]
                account = Account(
                    id=new_id(), username=f"bench-{new_id()[:12]}", name="-", password_hash="-", is_disabled=False,
                    worker=worker, failures=0, created_at=now,
                )  # fmt: skip
                session.add(account)
                session.flush()
                session.add(Assignment(account=account.id, role=role, area=area, department=department))
                cookie = open_session(session, account.id, now).cookie
                seats += [(view, cookie)] * (count // len(grants) + (index < count % len(grants)))
    database.dispose()
    return seats


def _list_grants(city: City, view: str) -> list[tuple[Role, str, str | None, str | None]]:
    """Return the kinds of people who look at a view: role, area, department, worker."""
    if view == "wall":
        return [(Role.WALL, city.code, None, None)]
    if view == "desk":
        towns = [(Role.TOWN_OPERATOR, area.code, None, None) for area in city.tree.children(city.code)]
        return [(Role.DISTRICT_OPERATOR, city.code, None, None), *towns]
    return [(Role.GRID_WORKER, one.area, None, one.id) for one in city.workers.list_workers()]


async def seat_crowd(port: int, seats: list[Seat], heard: Heard) -> list[RawSocket]:
    """Open a socket for every seat and wait until each has its first picture."""
    loop, crowd = asyncio.get_running_loop(), list[RawSocket]()
    for number, (view, cookie) in enumerate(seats):
        key = base64.b64encode(os.urandom(16)).decode()
        hello = (
            f"GET /api/v1/live HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"
            f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            f"Sec-WebSocket-Version: 13\r\nCookie: {COOKIE}={cookie}\r\n\r\n"
        ).encode()
        subscribe = json.dumps({"type": "subscribe", "view": view}).encode()
        one = RawSocket(heard, hello, subscribe, is_sampled=number % SAMPLED == 0)
        await loop.create_connection(lambda one=one: one, "127.0.0.1", port)  # type: ignore[misc]
        crowd.append(one)
        if number % 20 == 19:
            await asyncio.sleep(0.02)
    deadline = time.monotonic() + 240
    while heard.started < len(seats) and not heard.lost and time.monotonic() < deadline:  # noqa: ASYNC110 a poll
        await asyncio.sleep(0.1)
    return crowd


def cpu_s_of(pid: int) -> float:
    """Return the CPU time that a process has taken, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_S


def memory_of(pid: int) -> int:
    """Return the bytes of memory that a process alone holds."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def find_child(parent: int, word: str) -> int:
    """Return the process below a parent with a word among its arguments."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
            above = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
        if word in words and above == parent:
            return int(folder.name)
    raise LookupError(f"no process {word} below {parent}")


def broadcast_bare(frames: Counter[bytes], sockets: int, seconds: float) -> float:
    """Return the CPU seconds of a bare server that broadcasts the same bytes to as many in the same time."""
    head = json.dumps({"seconds": seconds, "sockets": sockets, "ping_s": PING_S})
    lines = [json.dumps([payload.decode(), count]) for payload, count in frames.items()]
    command = [sys.executable, "-m", "dashboards.bench_broadcast"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(head + "\n")
        process.stdin.flush()
        port = int(process.stdout.readline())
        process.stdin.write("\n".join(lines) + "\n")
        process.stdin.close()
        asyncio.run(_listen_bare(port, sockets, process.stdout.fileno()))
        return float(process.stdout.readline())


async def _listen_bare(port: int, sockets: int, answer: int) -> None:
    """Read what is broadcast, as the crowd does, until the server tells its cost."""
    loop, told = asyncio.get_running_loop(), asyncio.Event()
    hello = (
        f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ).encode()
    heard = Heard()
    for _ in range(sockets):
        one = RawSocket(heard, hello, b"{}", is_sampled=False)
        await loop.create_connection(lambda one=one: one, "127.0.0.1", port)  # type: ignore[misc]
    loop.add_reader(answer, told.set)
    await told.wait()
    loop.remove_reader(answer)
