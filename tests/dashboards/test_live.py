from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import delete, select, update

from command_center.cases.actors import by_rule
from command_center.cases.case_file import find_case
from command_center.journal.journal_tables import JournalHead
from command_center.journal.ledger import Ledger
from command_center.people.roles import Role
from foundation.bus import subjects
from tests.dashboards.live_screen import Screen
from tests.dashboards.served import TOWN_A, TOWN_B, Served

DISTRICT = "321311"


def move(served: Served, number: int, area: str) -> None:
    """Let the incident move to another area, as a correction of its place does."""
    with served.database.write() as session:
        ledger = Ledger(session, served.city, datetime.now(UTC))
        case = find_case(ledger, number)
        assert case is not None
        place = served.city.map.places_of_cell(area)[0]
        case.incident.area, case.incident.grid, case.incident.cell = area, place.grid, place.cell
        case.record("category_changed", by_rule("test", "1"))
        ledger.flush()
    served.bus.ring_now(subjects.RING)


def test_a_snapshot_and_its_entries_make_the_next_snapshot(served: Served) -> None:
    served.open_incident(TOWN_A)
    client = served.enter(Role.DISTRICT_OPERATOR, DISTRICT)
    with served.open_socket(client) as line, served.open_socket(client) as later:
        screen = Screen(line).start()
        assert len(screen.incidents) == 1 and screen.overview is not None
        for skip in range(6):
            served.open_incident(TOWN_B if skip % 2 else TOWN_A, "UM-01001", skip + 3)
        screen.read_quiet()
        time.sleep(2.1)  # snapshots are shared for two seconds
        fresh = Screen(later).start()
        assert screen.incidents == fresh.incidents and screen.number == fresh.number
        kinds = {entry["kind"] for entry in screen.entries}
        assert "incident_opened" in kinds
        assert all(
            set(e) == {"number", "at", "incident", "kind", "actor", "data", "state_after"} for e in screen.entries
        )


def test_who_reads_deflated_pictures_sees_the_same(served: Served) -> None:
    for skip in range(3):
        served.open_incident(TOWN_A, "UM-01001", skip)
    client = served.enter(Role.DISTRICT_OPERATOR, DISTRICT)
    with served.open_socket(client) as plain, served.open_socket(client, compression="deflate") as squeezed:
        screens = [Screen(plain).start(), Screen(squeezed).start()]
        assert len(screens[0].incidents) == 3
        served.open_incident(TOWN_A, "UM-01001", 4)
        for screen in screens:
            screen.read_until("entries")
        assert screens[0].incidents == screens[1].incidents and len(screens[1].incidents) == 4


def test_state_after_is_what_get_answers_without_what_is_of_the_moment(served: Served) -> None:
    client = served.enter(Role.DISTRICT_OPERATOR, DISTRICT)
    with served.open_socket(client) as line:
        screen = Screen(line).start()
        number = served.open_incident(TOWN_A)
        screen.read_until("entries")
    asked = client.get(f"/api/v1/incidents/{number}").json()
    for clocks in (asked["clocks"], *(order["clocks"] for order in asked["orders"])):
        for clock in clocks:
            del clock["remaining_s"], clock["counts_now"]  # of the moment of asking
    assert screen.incidents[number] == asked


def test_a_town_never_hears_of_its_neighbour(served: Served) -> None:
    client = served.enter(Role.TOWN_OPERATOR, TOWN_A)
    with served.open_socket(client) as line:
        screen = Screen(line, "desk").start()
        foreign = [served.open_incident(TOWN_B, "UM-01001", skip) for skip in range(3)]
        own = served.open_incident(TOWN_A)
        screen.read_quiet()
        assert set(screen.incidents) == {own}
        assert {entry["incident"] for entry in screen.entries} == {own}
        assert not set(screen.gone) & set(foreign)


def test_an_incident_that_leaves_the_scope_is_gone(served: Served) -> None:
    client = served.enter(Role.TOWN_OPERATOR, TOWN_A)
    number = served.open_incident(TOWN_A)
    with served.open_socket(client) as line:
        screen = Screen(line, "desk").start()
        assert number in screen.incidents
        move(served, number, TOWN_B)
        screen.read_quiet()
        assert screen.gone == [number] and number not in screen.incidents
        assert not screen.entries, "what happens at the neighbour's is not told"
        move(served, number, TOWN_A)
        screen.read_quiet()
        assert number in screen.incidents


def test_the_heartbeat_moves_the_number_over_what_is_not_seen(served: Served) -> None:
    client = served.enter(Role.TOWN_OPERATOR, TOWN_A)
    with served.open_socket(client) as line:
        screen = Screen(line, "desk").start()
        before = screen.number
        served.open_incident(TOWN_B)
        beat = screen.read_until("heartbeat")
        assert beat["number"] > before and beat["at"].endswith("Z")
        served.open_incident(TOWN_A)
        screen.read_until("entries")  # Screen holds `from` to be the heartbeat's number + 1


def test_a_screen_resumes_where_it_stopped(served: Served) -> None:
    client = served.enter(Role.DISTRICT_OPERATOR, DISTRICT)
    with served.open_socket(client) as line:
        screen = Screen(line).start()
    served.open_incident(TOWN_A)
    served.open_incident(TOWN_B)
    with served.open_socket(client) as line:
        screen.socket = line
        screen.subscribe(since={"epoch": screen.epoch, "number": screen.number})
        screen.read_until("entries")
        assert "snapshot" not in screen.frames[1:] and len(screen.incidents) == 2
        served.open_incident(TOWN_A, "UM-01001", 5)
        screen.read_quiet()
        assert len(screen.incidents) == 3


@pytest.mark.parametrize("since", [{"epoch": "another", "number": 1}, {"epoch": None, "number": 10**9}])
def test_what_cannot_be_resumed_starts_from_a_snapshot(served: Served, since: dict[str, Any]) -> None:
    client = served.enter(Role.DISTRICT_OPERATOR, DISTRICT)
    number = served.open_incident(TOWN_A)
    with served.database.read() as session:
        epoch = session.scalars(select(JournalHead.epoch)).one()
    with served.open_socket(client) as line:
        screen = Screen(line)
        screen.subscribe(since={"epoch": since["epoch"] or epoch, "number": since["number"]})
        assert screen.read()["type"] == "snapshot" and number in screen.incidents


def test_a_screen_looks_at_one_area_and_some_domains(served: Served) -> None:
    client = served.enter(Role.DISTRICT_OPERATOR, DISTRICT)
    wanted = served.open_incident(TOWN_A, "UM-01001")
    served.open_incident(TOWN_B, "UM-01001")
    served.open_incident(TOWN_A, "EM-04001", 7)
    with served.open_socket(client) as line:
        screen = Screen(line, area=TOWN_A, domains=["urban_management"]).start()
        assert set(screen.incidents) == {wanted}
        assert screen.overview is not None and screen.overview["area"]["code"] == TOWN_A
        assert set(screen.overview["domains"]) == {"urban_management"}


def test_class_2_matters_are_a_count_on_the_wall(served: Served) -> None:
    class_2 = next(c for c in served.city.catalogue.list_categories() if c.privacy_class == 2)
    wall, desk = served.enter(Role.WALL, DISTRICT), served.enter(Role.DISTRICT_OPERATOR, DISTRICT)
    with served.open_socket(wall) as line:
        screen = Screen(line).start()
        number = served.open_incident(TOWN_A, class_2.code)
        screen.read_quiet()
        assert not screen.entries and not screen.incidents and not screen.gone
    assert wall.get(f"/api/v1/incidents/{number}").status_code == 404
    assert wall.get("/api/v1/incidents").json()["items"] == []
    time.sleep(1.1)
    assert wall.get("/api/v1/overview").json()["totals"]["open"] == 1
    assert desk.get(f"/api/v1/incidents/{number}").status_code == 200


def test_a_reader_that_stands_still_slows_nobody_and_is_told_to_reset(served: Served) -> None:
    client = served.enter(Role.DISTRICT_OPERATOR, DISTRICT)
    device = served.device_in(TOWN_A)
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    narrow.connect(("127.0.0.1", served.port))
    quiet: dict[str, Any] = {"max_queue": 1, "ping_interval": None, "sock": narrow}  # it would give up by itself
    with served.open_socket(client) as quick, served.open_socket(client, **quiet) as slow:
        screen, stuck = Screen(quick).start(), Screen(slow).start()
        stop = threading.Event()
        delays: list[float] = []

        def watch() -> None:
            while not stop.is_set():
                try:
                    frame = screen.read(1)
                except TimeoutError:
                    continue
                now = datetime.now(UTC)
                delays.extend(
                    (now - datetime.fromisoformat(entry["at"])).total_seconds()
                    for entry in frame.get("entries", ())
                )

        watcher = threading.Thread(target=watch)
        watcher.start()
        cells = served.city.map.leaf_shapes
        for start in range(0, 900, 100):
            points = [cell.representative_point() for cell in cells[start : start + 100]]
            # hours apart, or they would be one storm
            times = [datetime.now(UTC) - timedelta(seconds=20 * (start + n)) for n in range(len(points))]
            served.take_in(
                *(
                    served.alarm(device, "UM-01001", lon=p.x, lat=p.y, at=at, text="雨" * 900)
                    for p, at in zip(points, times, strict=True)
                )
            )
        time.sleep(1.0)
        stop.set()
        watcher.join()
        assert len(screen.entries) >= 3000 and max(delays) < 30
        assert "reset" not in screen.frames, "the quick one keeps up"
        stuck.read_until("reset", 20)
        stuck.subscribe()
        stuck.read_until("snapshot")
        assert stuck.incidents.keys() == screen.incidents.keys()


def test_positions_are_scoped_and_only_of_workers_on_shift(served: Served) -> None:
    near = next(w for w in served.city.workers.list_workers() if w.area.startswith(TOWN_A))
    far = next(w for w in served.city.workers.list_workers() if w.area.startswith(TOWN_B))
    client = served.enter(Role.TOWN_OPERATOR, TOWN_A)
    phone = served.enter(Role.GRID_WORKER, near.area, worker=near.id)
    stranger = served.enter(Role.GRID_WORKER, far.area, worker=far.id)
    with served.open_socket(client) as line:
        screen = Screen(line, "desk").start()
        for one in (phone, stranger):
            told = one.post("/api/v1/workers/me/position", json={"lon": 118.3, "lat": 33.9, "accuracy_m": 8})
            assert told.status_code == 202, told.text
        frame = screen.read_until("positions")
        assert [item["worker"] for item in frame["items"]] == [near.id]
        assert set(frame["items"][0]) >= {"id", "lon", "lat", "at"}


def test_a_new_epoch_starts_every_screen_anew(served: Served) -> None:
    client = served.enter(Role.DISTRICT_OPERATOR, DISTRICT)
    with served.open_socket(client) as line:
        screen = Screen(line).start()
        with served.database.write() as session:
            session.execute(update(JournalHead).values(epoch="restored"))
        with served.open_socket(
            served.enter(Role.TOWN_OPERATOR, TOWN_A)
        ) as another:  # it comes before the new epoch was noticed
            late = Screen(another).start()
            assert late.epoch == "restored" and screen.read_until("reset")["reason"] == "epoch"
            served.open_incident(TOWN_A)
            late.read_until("entries")
            assert "reset" not in late.frames
        screen.subscribe()
        assert screen.read_until("snapshot")["epoch"] == "restored"


def test_a_lost_ring_costs_a_second_and_no_entry(served: Served) -> None:
    client = served.enter(Role.DISTRICT_OPERATOR, DISTRICT)
    ring: Callable[..., None] = served.bus.ring_now
    with served.open_socket(client) as line:
        screen = Screen(line).start()
        served.bus.ring_now = lambda *_: None  # type: ignore[method-assign]
        served.open_incident(TOWN_A)
        started_s = time.monotonic()
        screen.read_until("entries", 3)
        assert time.monotonic() - started_s < 2.5
        served.bus.ring_now = ring  # type: ignore[method-assign]


def test_frames_are_what_the_interface_says(served: Served) -> None:
    client = served.enter(Role.DISTRICT_OPERATOR, DISTRICT)
    with served.open_socket(client) as line:
        line.send('{"type":"subscribe","view":"wall"}')
        snapshot = msgspec.json.decode(line.recv(5))
        assert set(snapshot) == {"type", "epoch", "number", "incidents", "overview"}
        served.open_incident(TOWN_A)
        entries = msgspec.json.decode(line.recv(5))
        assert {"type", "epoch", "from", "to", "entries", "gone"} <= set(entries)


def test_the_first_screen_of_a_new_database_is_not_told_to_start_again(served: Served) -> None:
    client = served.enter(Role.DISTRICT_OPERATOR, DISTRICT)
    with served.database.write() as session:
        epoch = session.scalars(select(JournalHead.epoch)).one()
        session.execute(update(JournalHead).values(epoch=""))
    with served.open_socket(client) as line:
        Screen(line).start()  # the feed has read that there is no epoch
        with served.database.write() as session:
            session.execute(update(JournalHead).values(epoch=epoch))
        with served.open_socket(served.enter(Role.TOWN_OPERATOR, TOWN_A)) as another:
            screen = Screen(another).start()
            assert screen.epoch == epoch and screen.frames == ["snapshot"]
            served.open_incident(TOWN_A)
            screen.read_until("entries")
            assert "reset" not in screen.frames


def test_a_screen_may_come_before_the_first_entry(served: Served) -> None:
    with served.database.write() as session:
        session.execute(delete(JournalHead))
    client = served.enter(Role.DISTRICT_OPERATOR, DISTRICT)
    time.sleep(1.2)
    with served.open_socket(client) as line:
        screen = Screen(line)
        screen.subscribe()
        assert screen.read_until("snapshot")["number"] == 0
        number = served.open_incident(TOWN_A)
        while number not in screen.incidents:
            if screen.read()["type"] == "reset":
                screen.subscribe()
        assert screen.frames.count("reset") <= 1
