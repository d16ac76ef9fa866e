"""The clock against a real city's verdicts: Boston's own ``ontime`` of its requests of 2011."""

from __future__ import annotations

import csv
import gzip
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from command_center.cases.case_file import CaseFile, find_case
from command_center.clocks import clocks
from command_center.clocks.clock_moves import remaining_from_moves
from command_center.clocks.limits import StageLimit
from command_center.clocks.working_time import CONTINUOUS, WorkingTime
from command_center.journal.ledger import Ledger
from command_center.orders.order_tables import ClockRow
from tests.command_center.stage import TOWN, Stage
from tests.conftest import SHARED

REQUESTS = SHARED / "data" / "boston311" / "boston311_dev_2011-07_2011-10.csv.gz"
LABELLED = 41_713
SAMPLE = 80  # of those that also go through real clocks
LONG_AFTER = datetime(2020, 1, 1, tzinfo=UTC)  # the city's verdict on what was never closed
HOLDER = ("department", "boston")

pytestmark = pytest.mark.skipif(
    not REQUESTS.exists(), reason="the reference material does not lie beside the project"
)


@dataclass(frozen=True)
class Request:
    """One labelled request. Its times are the city's own reading, taken as they stand."""

    opened_at: datetime
    target_at: datetime | None
    closed_at: datetime | None
    verdict: str

    def limit_s(self) -> int:
        assert self.target_at is not None
        return round((self.target_at - self.opened_at).total_seconds())


def read_requests() -> Iterator[Request]:
    with gzip.open(REQUESTS, "rt", encoding="utf-8", errors="replace", newline="") as file:
        for row in csv.DictReader(file):
            if row["ontime"].strip():
                opened = _moment(row["open_dt"])
                assert opened is not None
                times = (_moment(row["target_dt"]), _moment(row["closed_dt"]))
                yield Request(opened, *times, row["ontime"].strip())


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text.strip()).replace(tzinfo=UTC) if text.strip() else None


@dataclass(frozen=True)
class Line:
    at: datetime
    kind: str
    amount_s: int = 0
    calendar: str = CONTINUOUS


def test_the_ledger_gives_the_citys_own_verdict_on_every_labelled_request() -> None:
    no_offices = WorkingTime(ZoneInfo("UTC"), frozenset(), (), frozenset(), frozenset())
    agreed = 0
    for request in read_requests():
        lines: list[Line] = []
        if request.target_at is not None:  # without a target no clock runs, and nothing is late
            lines.append(Line(request.opened_at, "start", request.limit_s()))
            lines += [Line(request.closed_at, "stop")] if request.closed_at is not None else []
        is_late = remaining_from_moves(lines, LONG_AFTER, no_offices) < 0
        agreed += ("OVERDUE" if is_late else "ONTIME") == request.verdict
    assert agreed == LABELLED


def test_clocks_that_are_started_and_stopped_give_it_too(cast: Stage) -> None:
    number = cast.must("district", "report", text="路灯", town=TOWN).incident
    assert number is not None
    agreed = 0
    with cast.database.write() as session:
        ledger = Ledger(session, cast.city, cast.clock.now())
        case = find_case(ledger, number)
        assert case is not None
        for count, request in enumerate(itertools.islice(read_requests(), 0, None, SAMPLE)):
            agreed += _judge(case, request) == request.verdict
            case.clocks.clear()
            if count % 500 == 0:
                ledger.flush()
                session.expunge_all()
                session.add(case.incident)
                session.add(ledger.head)
    assert agreed == -(-LABELLED // SAMPLE)


def _judge(case: CaseFile, request: Request) -> str:
    """Run one request through the clocks of a case, at its own times."""
    if request.target_at is None:
        return "ONTIME"
    case.ledger.now = request.opened_at
    limit = StageLimit(request.limit_s(), CONTINUOUS)
    clock: ClockRow = clocks.start_clock(case, "dispose", holder=HOLDER, limit=limit)
    case.ledger.now = request.closed_at or LONG_AFTER
    clocks.stop_clocks(case, "dispose")
    return "OVERDUE" if clock.missed else "ONTIME"
