"""The ledger of clocks: what is left follows from its lines alone, whatever was done to the clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from command_center.cases.case_file import CaseFile, find_case
from command_center.clocks import clocks
from command_center.clocks.clock_moves import KINDS, remaining_from_moves
from command_center.clocks.limits import StageLimit
from command_center.clocks.working_time import CONTINUOUS, WORKING, WorkingTime, read_working_time, time_between_s
from command_center.journal.ledger import Ledger
from command_center.orders.order_tables import ClockRow, Timer
from command_center.timers import fire_due
from tests.command_center.stage import TOWN, Stage

HOLDER = ("desk", "desk-x")
ACTS = ("pause", "resume", "extend", "reset", "stop", "stop_late", "restore")


def working_of(stage: Stage) -> WorkingTime:
    return read_working_time(stage.city.policy("calendar"), stage.city.timezone)


def report(cast: Stage) -> int:
    number = cast.must("district", "report", text="路灯", town=TOWN).incident
    assert number is not None
    return number


def make(case: CaseFile, clock: ClockRow, act: str, back_s: int) -> None:
    """Do one thing to the clock, as the steps do."""
    match act:
        case "pause":
            clocks.pause_clocks(case, clock.stage, why="test")
        case "resume":
            clocks.resume_clocks(case, clock.stage, why="test")
        case "extend" if clock.stopped_at is None:
            clocks.extend_clock(case, clock, 1 + back_s, why="test")
        case "reset" if clock.stopped_at is None:
            clocks.reset_clock(case, clock, StageLimit(1 + back_s, clock.calendar), why="test")
        case "stop":
            clocks.stop_clocks(case, clock.stage)
        case "stop_late":
            clocks.stop_clocks(case, clock.stage, at=case.ledger.now - timedelta(seconds=back_s))
        case "restore":
            clocks.restore_clocks(case, [clock], why="test")


SHRUNK = (Phase.explicit, Phase.generate, Phase.shrink)


@dataclass(frozen=True)
class Life:
    """What happens to one clock: (act, seconds waited before it, seconds that it is about)."""

    calendar: str
    limit_s: int
    begins_s: int
    steps: list[tuple[str, int, int]]


LIVES = st.builds(
    Life,
    calendar=st.sampled_from([CONTINUOUS, WORKING]),
    limit_s=st.integers(1, 400_000),
    begins_s=st.integers(0, 30_000_000),
    steps=st.lists(
        st.tuples(st.sampled_from(ACTS), st.integers(0, 500_000), st.integers(0, 200_000)), min_size=1, max_size=8
    ),
)


def test_ledger_and_running_clock_never_differ(cast: Stage) -> None:
    number = report(cast)

    @settings(max_examples=60, deadline=None, database=None, phases=SHRUNK)
    @given(life=LIVES)
    def live(life: Life) -> None:
        _live(cast, number, life)

    live()


def _live(cast: Stage, number: int, life: Life) -> None:
    with cast.database.write() as session:
        ledger = Ledger(session, cast.city, datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=life.begins_s))
        case = find_case(ledger, number)
        assert case is not None
        limit = StageLimit(life.limit_s, life.calendar)
        clock = clocks.start_clock(case, "dispose", holder=HOLDER, limit=limit)
        ledger.flush()
        for act, wait_s, about_s in life.steps:
            ledger.now += timedelta(seconds=wait_s)
            make(case, clock, act, about_s)
            ledger.flush()
            _compare(ledger, clock)
        clocks.stop_clocks(case, "dispose")
        ledger.close()


def _compare(ledger: Ledger, clock: ClockRow) -> None:
    moves, working = (
        clocks.list_moves(ledger.session, clock.id),
        read_working_time(ledger.city.policy("calendar"), ledger.city.timezone),
    )
    for later_s in (0, 5_000, 90_000):
        at = ledger.now + timedelta(seconds=later_s)
        running = clocks.remaining_s(clock, at, working)
        assert remaining_from_moves(moves, at, working) == pytest.approx(running, abs=1e-5)
    assert {move.kind for move in moves} <= KINDS
    open_ones = ledger.session.scalars(select(Timer).where(Timer.clock == clock.id, Timer.fired_at.is_(None)))
    runs = clock.stopped_at is None and clock.paused_at is None
    assert len(open_ones.all()) == int(runs), "a running clock has one promise open, any other none"


def local(text: str) -> datetime:
    return (datetime.fromisoformat(text) - timedelta(hours=8)).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "hours", "pause", "resume", "due"),
    [
        ("2026-11-20 15:00", 4, "2026-11-20 17:00", "2026-11-23 09:00", "2026-11-23 11:00"),  # over a weekend
        ("2026-11-20 15:00", 4, "2026-11-20 20:00", "2026-11-22 03:00", "2026-11-23 09:00"),  # never in work hours
        ("2026-11-20 15:00", 4, "2026-11-20 12:00", "2026-11-20 13:00", "2026-11-23 09:00"),
        ("2026-02-13 16:00", 4, "2026-02-14 09:00", "2026-02-23 10:00", "2026-02-24 09:00"),  # Spring Festival
    ],
)
def test_a_pause_moves_the_end_by_the_work_hours_it_took(
    cast: Stage, start: str, hours: int, pause: str, resume: str, due: str
) -> None:
    number = report(cast)
    with cast.database.write() as session:
        ledger = Ledger(session, cast.city, local(start))
        case = find_case(ledger, number)
        assert case is not None
        limit = StageLimit(hours * 3600, WORKING)
        clock = clocks.start_clock(case, "dispose", holder=HOLDER, limit=limit)
        ledger.now = local(pause)
        clocks.pause_clocks(case, "dispose", why="suspend")
        ledger.now = local(resume)
        clocks.resume_clocks(case, "dispose", why="resume")
        working = working_of(cast)
        assert time_between_s(clock.due_at, local(due), WORKING, working) == 0
        ledger.close()


def test_urging_moves_with_the_clock_and_goes_on_daily(cast: Stage) -> None:
    number = report(cast)
    clock_id = _in_case(cast, number, lambda case: clocks.start_clock(
        case, "dispose", holder=HOLDER, limit=StageLimit(1000, CONTINUOUS)).id)  # fmt: skip
    urged = partial(_urged, cast, clock_id)
    cast.clock.advance(499)
    _fire(cast)
    assert urged() == []
    _in_case(cast, number, lambda case: clocks.pause_clocks(case, "dispose", why="suspend"))
    cast.clock.advance(86_400)
    _fire(cast)
    assert urged() == []
    _in_case(cast, number, lambda case: clocks.resume_clocks(case, "dispose", why="resume"))
    cast.clock.advance(2)
    _fire(cast)
    assert urged() == [(0.5, None)]
    _in_case(
        cast, number, lambda case: clocks.extend_clock(case, case.running_clocks("dispose")[0], 1000, why="x")
    )
    cast.clock.advance(400)
    _fire(cast)
    assert urged() == [(0.5, None)]
    cast.clock.advance(100)
    _fire(cast)
    assert urged() == [(0.5, None), (0.5, None)]
    cast.clock.advance(3 * 86_400 + 2000)  # an outage of three days: each once, of the days the last to come
    _fire(cast)
    assert urged()[2:] == [(0.8, None), (1.0, None)]
    cast.clock.advance(86_400)
    _fire(cast)
    assert urged()[4:] == [(1.0, 4)]
    with cast.database.read() as session:
        kinds = [move.kind for move in clocks.list_moves(session, clock_id)]
    assert kinds == ["start", "pause", "resume", "extend", "miss"]


def _urged(cast: Stage, clock: int) -> list[tuple[float, int | None]]:
    """Return the ratio of each urging of a clock, and the days it was overdue."""
    told = [entry.data for entry in cast.entries("urged") if entry.data.get("clock") == clock]
    return [(data["ratio"], data.get("overdue_days")) for data in told]


def _in_case(cast: Stage, number: int, work: Callable[[CaseFile], Any]) -> Any:
    with cast.database.write() as session:
        ledger = Ledger(session, cast.city, cast.clock.now())
        case = find_case(ledger, number)
        assert case is not None
        result = work(case)
        ledger.close()
        return result


def _fire(cast: Stage) -> None:
    while fire_due(cast.database, cast.city, cast.clock):
        pass
