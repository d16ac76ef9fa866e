"""Long proofs of the live feed: random disconnects, one that never reads beside two hundred that do."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest

from command_center.cases.actors import by_rule
from command_center.cases.case_file import find_case
from command_center.journal.ledger import Ledger
from command_center.people.roles import Role
from dashboards.server.live.live_journal import read_head
from dashboards.server.live.live_snapshot import SHARED_S
from dashboards.server.sessions.session_store import COOKIE
from foundation.bus import subjects
from tests.dashboards.live_screen import Screen
from tests.dashboards.served import TOWN_A, TOWN_B, Served
from tests.dashboards.test_live import move

DISTRICT = "321311"
CASES, PER_STEP, STEP_S = 10, 200, 0.5


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


@contextmanager
def crowd_of(served: Served, client: httpx.Client, count: int) -> Iterator[Callable[[int], dict[str, Any]]]:
    """Seat readers in a process of their own: two hundred here would take the server's time away.

    Yields what waits until each was told so many entries, ends them and returns what they were told.
    """
    command = [sys.executable, "-m", "tests.dashboards.crowd_readers", str(served.port)]
    command += [str(client.cookies[COOKIE]), str(count)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        stdin, stdout = process.stdin, process.stdout
        assert int(stdout.readline()) == count

        def tell(entries: int) -> dict[str, Any]:
            stdin.write(str(entries))
            stdin.close()
            return dict(msgspec.json.decode(stdout.readline()))

        try:
            yield tell
        finally:
            process.kill()


def memory_b() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def narrow_socket(port: int) -> Iterator[socket.socket]:
    with socket.socket() as narrow:
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        narrow.connect(("127.0.0.1", port))
        yield narrow


def write_entries(served: Served, number: int, count: int) -> None:
    """Write so many entries about an incident, in one go: devices alone would soon make one storm of it.

    About one: the repeated states of several make 8 MB of 200 entries, and then readers are what is measured.
    """
    with served.database.write() as session:
        ledger = Ledger(session, served.city, datetime.now(UTC))
        case = find_case(ledger, number)
        assert case is not None
        for _ in range(count):
            case.record("category_changed", by_rule("test", "1"))
        ledger.flush()
    served.bus.ring_now(subjects.RING)


@pytest.mark.prove
@pytest.mark.timeout(900)
def test_one_that_never_reads_costs_the_others_nothing(served: Served) -> None:
    """Two hundred readers, 20,000 entries; p99 ≤ 2 s, the slow one is reset, memory + ≤ 50 MB."""
    client = served.enter(Role.TOWN_OPERATOR, TOWN_A)
    numbers = [served.open_incident(TOWN_A, skip=skip) for skip in range(CASES)]
    quiet: dict[str, Any] = {"max_queue": 1, "ping_interval": None}  # it would give up by itself
    with (
        crowd_of(served, client, 200) as tell,
        narrow_socket(served.port) as narrow,
        served.open_socket(client, sock=narrow, **quiet) as slow,
    ):
        stuck = Screen(slow, "desk").start()
        first, written, before = read_number(served), 0, 0
        while written < 20_000:
            write_entries(served, numbers[written // PER_STEP % CASES], PER_STEP)
            written = read_number(served) - first
            if before == 0 and written > 2000:
                before = memory_b()
            time.sleep(STEP_S)
        grown_mb = (memory_b() - before) / 1e6
        told = tell(written)
        print(f"memory + {grown_mb:.0f} MB, entries {written}, {told}")  # noqa: T201 a proof's figures
        assert told["entries_each"] >= 20_000 and told["resets"] == told["lost"] == 0
        assert grown_mb <= 50
        stuck.read_until("reset", 60)
        assert told["p99_s"] <= 2.0


def read_number(served: Served) -> int:
    with served.database.read() as session:
        return read_head(session)[1]
