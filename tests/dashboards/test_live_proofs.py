"""Long proofs of the live feed: random disconnects, one that never reads beside two hundred that do."""

from __future__ import annotations

import os
import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest
from websockets.exceptions import ConnectionClosed

from command_center.people.roles import Role
from dashboards.server.live.live_snapshot import SHARED_S
from foundation.bus import subjects
from grid.coordinates import LonLat
from tests.dashboards.live_screen import Screen
from tests.dashboards.served import TOWN_A, TOWN_B, Served
from tests.dashboards.test_live import move

DISTRICT = "321311"


def resume(served: Served, client: httpx.Client, screen: Screen) -> None:
    """Come back after a disconnect, with what was seen last."""
    screen.socket = served.open_socket(client, legacy=True)
    since = {"since": {"epoch": screen.epoch, "number": screen.number}} if screen.epoch else {}
    screen.subscribe(**since)


def settle(screen: Screen, head: int) -> None:
    """Read until the screen stands at a number."""
    deadline = time.monotonic() + 60
    while screen.number < head:
        assert time.monotonic() < deadline, f"at {screen.number}, not {head}"
        frame = screen.read(20)
        if frame["type"] == "reset":
            screen.subscribe()


def cut_off(served: Served, client: httpx.Client, screen: Screen, dice: random.Random) -> int:
    """Cut a screen off some times, sometimes after it has read a frame; return how often."""
    times = dice.randint(0, 3)
    for _ in range(times):
        screen.socket.close()
        resume(served, client, screen)
        with suppress(TimeoutError):
            if dice.random() < 0.5 and screen.read(0.05)["type"] == "reset":
                screen.epoch = ""
    return times


def disconnect_at_random(served: Served, count: int) -> None:
    dice = random.Random(count)
    people = [
        served.enter(Role.DISTRICT_OPERATOR, DISTRICT),
        served.enter(Role.TOWN_OPERATOR, TOWN_A),
        served.enter(Role.WALL, DISTRICT),
    ]
    screens = [Screen(served.open_socket(client, legacy=True), "desk").start() for client in people]
    cut, numbers = 0, [served.open_incident(TOWN_A)]
    while cut < count:
        for _ in range(dice.randint(1, 3)):
            if dice.random() < 0.5 or len(numbers) > 60:
                move(served, dice.choice(numbers), dice.choice((TOWN_A, TOWN_B)))
            else:
                numbers.append(served.open_incident(dice.choice((TOWN_A, TOWN_B)), skip=dice.randint(0, 40)))
        for client, screen in zip(people, screens, strict=True):
            cut += cut_off(served, client, screen, dice)
    time.sleep(SHARED_S + 0.1)  # snapshots are shared so long
    for client, screen in zip(people, screens, strict=True):
        fresh = Screen(served.open_socket(client, legacy=True), "desk").start()
        settle(screen, fresh.number)
        assert screen.incidents == fresh.incidents
        for one in (fresh, screen):
            one.socket.close()


def test_a_screen_that_was_cut_off_shows_what_the_server_has(served: Served) -> None:
    disconnect_at_random(served, 100)


@pytest.mark.prove
def test_a_thousand_disconnects(served: Served) -> None:
    disconnect_at_random(served, 1000)


class Crowd:
    """Readers that read everything, and note how late each entry came."""

    def __init__(self, served: Served, clients: list[httpx.Client]) -> None:
        self.sockets = [served.open_socket(client, legacy=True) for client in clients]
        self.delays_s: list[float] = []
        self.entries = [0] * len(clients)
        self.resets = 0

    def listen(self) -> None:
        for one in self.sockets:
            one.send('{"type":"subscribe","view":"desk"}')
        self.threads = [
            threading.Thread(target=self._read, args=(n,), daemon=True) for n in range(len(self.sockets))
        ]
        for thread in self.threads:
            thread.start()

    def _read(self, number: int) -> None:
        while True:
            try:
                frame = self.sockets[number].recv()
            except (ConnectionClosed, OSError):
                return
            now = datetime.now(UTC)
            text = str(frame)
            self.resets += text.startswith('{"type":"reset"')
            if not text.startswith('{"type":"entries"'):
                continue
            entries = msgspec.json.decode(text, type=dict[str, Any])["entries"]
            self.entries[number] += len(entries)
            last = datetime.fromisoformat(entries[-1]["at"])
            self.delays_s.append((now - last).total_seconds())


def memory_b() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def narrow_socket(port: int) -> Iterator[socket.socket]:
    with socket.socket() as narrow:
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        narrow.connect(("127.0.0.1", port))
        yield narrow


def is_in_town(served: Served, lon: float, lat: float) -> bool:
    place = served.city.map.locate(LonLat(lon, lat))
    return place is not None and place.town == TOWN_A


@pytest.mark.prove
def test_one_that_never_reads_costs_the_others_nothing(served: Served) -> None:
    """Two hundred readers, 20,000 entries; p99 ≤ 2 s, the slow one is reset, memory + ≤ 50 MB."""
    client = served.enter(Role.TOWN_OPERATOR, TOWN_A)
    crowd = Crowd(served, [client] * 200)
    crowd.listen()
    with narrow_socket(served.port) as narrow, served.open_socket(client, max_queue=1, sock=narrow) as slow:
        stuck = Screen(slow, "desk").start()
        written, cells, before = 0, served.city.map.leaf_shapes, 0
        device = served.device_in(TOWN_A)
        spots = [cell.representative_point() for cell in cells]
        spots = [p for p in spots if is_in_town(served, p.x, p.y)]
        while written < 20_000:
            points = random.Random(written).sample(spots, min(20, len(spots)))
            at = datetime.now(UTC) - timedelta(seconds=written % 3000)
            served.take_in(*(served.alarm(device, "UM-01001", lon=p.x, lat=p.y, at=at) for p in points))
            served.bus.ring_now(subjects.RING)
            written = max(crowd.entries)
            if before == 0 and written > 2000:
                before = memory_b()
            time.sleep(0.2)
        grown_mb = (memory_b() - before) / 1e6
        ordered = sorted(crowd.delays_s)
        p99_s = ordered[int(len(ordered) * 0.99)]
        print(f"p99 {p99_s:.2f} s, memory + {grown_mb:.0f} MB, entries {written}")  # noqa: T201 a proof's figures
        assert p99_s <= 2.0 and grown_mb <= 50 and crowd.resets == 0
        stuck.read_until("reset", 60)
