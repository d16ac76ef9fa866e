"""The brain's loops on a real engine: stored alarms, requests, positions; away and back again."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select

from command_center.cases.incident_tables import Incident
from command_center.journal.journal import verify_journal
from command_center.journal.journal_anchor import anchor_file
from command_center.moves.requests import ActionRequest, decode_answer, encode
from command_center.orders.order_tables import WorkerState
from command_center.running.brain import BrainProcess, serve
from command_center.running.brain_tables import BrainState
from command_center.running.city_watch import CityWatch
from command_center.signals.signal_tables import DeviceState, QuarantineRow
from foundation.bus import subjects
from foundation.bus.connection import Bus, BusUnavailable, open_bus
from foundation.bus.server import find_server, free_port
from foundation.clock import SystemClock, to_rfc3339
from foundation.settings import Settings
from ingest.observation import encode as encode_record
from tests.command_center.stage import Stage


class Engine:
    """A bare engine with a store of its own, which may be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._command = [str(find_server()), "-a", "127.0.0.1", "-p", str(self.port), "-js", "-sd", str(folder)]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = Engine(tmp_path / "engine")
    engine.start()
    yield engine
    engine.kill()


@asynccontextmanager
async def awake(stage: Stage, engine: Engine, data: Path) -> AsyncIterator[Bus]:
    """Run a brain and yield a connection beside it."""
    watch = CityWatch(stage.database)
    assert watch.look()
    own, other = await open_bus(engine.url, name="brain"), await open_bus(engine.url, name="test")
    brain = BrainProcess(Settings(data=data), stage.database, own, city=watch, clock=SystemClock())
    stopping = asyncio.Event()
    running = asyncio.create_task(serve(brain, stopping))
    try:
        await _wait_until_it_answers(other)
        yield other
    finally:
        stopping.set()
        await running
        await own.close()
        await other.close()


async def _wait_until_it_answers(bus: Bus) -> None:
    async with asyncio.timeout(30):
        while True:
            with contextlib.suppress(BusUnavailable):
                await bus.ask(subjects.ACTIONS, b"{", timeout_s=2)
                return
            await asyncio.sleep(0.1)


async def eventually(check: Callable[[], Any], within_s: float = 10) -> Any:
    async with asyncio.timeout(within_s):
        while not (found := await asyncio.to_thread(check)):  # noqa: ASYNC110 a database has no event to wait for
            await asyncio.sleep(0.05)
    return found


def incidents(stage: Stage) -> int:
    """Return how many there are beside the patrols, which a brain gives out when it wakes."""
    counted = select(func.count()).select_from(Incident).where(Incident.channel != "patrol")
    return int(stage.reading(lambda s: s.scalar(counted)))


async def hear(bus: Bus, subject: str) -> list[dict[str, Any]]:
    heard: list[dict[str, Any]] = []

    async def note(payload: bytes) -> None:
        heard.append(msgspec.json.decode(payload))

    await bus.listen(subject, note)
    await bus.flush()
    return heard


def run(story: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(_as_coroutine(story), 60))


async def _as_coroutine(story: Callable[[], Awaitable[None]]) -> None:
    await story()


def fresh(stage: Stage, id: str, **changes: object) -> bytes:
    now = SystemClock().now()
    return encode_record(stage.alarm(id, at=now, received_at=now, receipt_to="manhole-9", **changes))


def test_an_alarm_becomes_an_incident_then_a_ring_then_a_receipt(
    cast: Stage, engine: Engine, tmp_path: Path
) -> None:
    async def story() -> None:
        async with awake(cast, engine, tmp_path) as bus:
            rings = await hear(bus, subjects.RING)
            receipts = await hear(bus, subjects.receipt_subject("manhole-9"))
            await bus.store(subjects.OBSERVATION_SUBJECT, fresh(cast, "a-1"), delivery_id="d1")
            await bus.store(subjects.OBSERVATION_SUBJECT, b"\xffnot a record", delivery_id="d2")
            await bus.store(subjects.OBSERVATION_SUBJECT, fresh(cast, "a-1", trace_id="again"), delivery_id="d3")
            await eventually(lambda: len(receipts) == 2)
            number = receipts[0].pop("incident")
            assert number >= 1 and receipts[1]["incident"] == number
            assert receipts[0] == {"id": "a-1", "seq": 1, "phase": "begin", "outcome": "recorded"}
            await eventually(lambda: rings)
            assert rings[0]["from"] == 1 and rings[-1]["to"] >= 6
            assert [later["from"] for later in rings[1:]] == [earlier["to"] + 1 for earlier in rings[:-1]]
            await eventually(lambda: cast.reading(lambda s: s.scalars(select(QuarantineRow.reason)).all()))

    run(story)
    assert incidents(cast) == 1
    assert cast.reading(verify_journal)[1] is None
    assert anchor_file(tmp_path).exists()


def test_a_request_is_answered_and_nonsense_is_refused(cast: Stage, engine: Engine, tmp_path: Path) -> None:
    async def story() -> None:
        async with awake(cast, engine, tmp_path) as bus:
            data = {"text": "路上有洞", "town": "321311001"}
            request = ActionRequest(
                account="district", action="report", key="k", body_digest="d", trace_id="t", data=data
            )
            answers = await asyncio.gather(*[bus.ask(subjects.ACTIONS, encode(request)) for _ in range(5)])
            assert len(set(answers)) == 1 and decode_answer(answers[0]).incident is not None
            refused = decode_answer(await bus.ask(subjects.ACTIONS, b"{"))
            assert refused.refusal is not None and refused.refusal.type == "invalid"

    run(story)
    assert incidents(cast) == 1


def test_positions_and_hearings_are_kept_and_the_loops_say_that_they_live(
    cast: Stage, engine: Engine, tmp_path: Path
) -> None:
    worker, device = f"gw-{cast.grid()}", cast.manhole().id

    async def story() -> None:
        async with awake(cast, engine, tmp_path) as bus:
            at = to_rfc3339(SystemClock().now())
            told = {"worker": worker, "lon": 118.3, "lat": 33.9, "accuracy_m": 5.0, "at": at}
            await bus.ring(subjects.POSITIONS, msgspec.json.encode(told))
            await bus.ring(subjects.POSITIONS, b"nonsense")
            await bus.ring(subjects.DEVICES, msgspec.json.encode({device: {"at": at, "seq": 7, "gaps": 2}}))
            await eventually(lambda: cast.reading(lambda s: s.get(WorkerState, worker).lon))
            await eventually(lambda: cast.reading(lambda s: s.get(DeviceState, device)))

    run(story)
    with cast.database.read() as session:
        state = session.get(DeviceState, device)
        assert state is not None and (state.last_seq, state.sequence_gaps) == (7, 2)
        names = set(session.scalars(select(BrainState.name)))
        figures = session.scalars(select(BrainState).where(BrainState.name == "metrics")).one().data["metrics"]
    assert names == {"timers", "metrics"}
    assert all({"name", "kind", "help", "labels", "value"} <= set(figure) for figure in figures)


def test_the_engine_is_killed_and_nothing_stored_is_lost_nor_doubled(
    cast: Stage, engine: Engine, tmp_path: Path
) -> None:
    places = [d.lonlat for d in cast.city.register.list_devices("street_lamp")[:30]]

    async def story() -> None:
        async with awake(cast, engine, tmp_path) as bus:
            for n, place in enumerate(places):
                changed = {"lon": place.lon, "lat": place.lat, "category": "UM-01037"}
                record = fresh(cast, f"k-{n}", **changed)
                await bus.store(subjects.OBSERVATION_SUBJECT, record, delivery_id=f"d{n}")
                if n == 15:
                    engine.kill()
                    engine.start()
                    await asyncio.sleep(0.5)
            with contextlib.suppress(TimeoutError):
                await eventually(lambda: incidents(cast) >= 1 and not _waiting(cast, len(places)), 20)

    run(story)
    assert not _waiting(cast, len(places))
    assert cast.reading(verify_journal)[1] is None


def _waiting(stage: Stage, wanted: int) -> int:
    from command_center.signals.signal_tables import Signal

    return wanted - int(stage.reading(lambda s: s.scalar(select(func.count()).select_from(Signal))))


def test_a_brain_that_is_awake_has_a_pulse(cast: Stage, engine: Engine, tmp_path: Path) -> None:
    async def story() -> None:
        async with awake(cast, engine, tmp_path) as bus:
            state = msgspec.json.decode(await bus.ask(subjects.BRAIN_STATE, b"", timeout_s=2))
            assert state["brain"] and 0 <= state["beat_age_s"] < 5
        async with contextlib.AsyncExitStack() as stack:
            beside = await open_bus(engine.url, name="test")
            stack.push_async_callback(beside.close)
            with pytest.raises(BusUnavailable):
                await beside.ask(subjects.BRAIN_STATE, b"", timeout_s=2)

    run(story)
