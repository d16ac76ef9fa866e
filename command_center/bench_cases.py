"""Measures time and people at full house: 10,000 open cases with 40,000 running clocks, 100 alarms a second.

``citybrain bench cases`` calls it. Alarms, promises that fall due and people's actions share one writing thread
as in the brain. SQLite in a temporary folder; and PostGIS, where ``CITYBRAIN_DATABASE_URL`` names an empty
PostgreSQL database whose name says that it is for a bench.
"""

from __future__ import annotations

import asyncio
import itertools
import tempfile
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import func, make_url, select

from command_center.actions import act
from command_center.bench_seed import LIAISON, OPERATOR, fill, hire, make_alarm, make_due
from command_center.cases.incident_tables import Incident
from command_center.intake import take_in
from command_center.journal.journal import ensure_head
from command_center.moves.requests import ActionRequest
from command_center.orders.order_tables import ClockRow, Order, Timer
from command_center.running.brain_intake import BATCH_MAX, BATCH_MIN
from command_center.running.firing import BEAT_S, SLICE_MAX, SLICE_MIN, fire_slice
from command_center.running.writer import Pace, Writer
from foundation.clock import SystemClock, monotonic_s
from foundation.database import Database
from foundation.ids import new_id
from foundation.processes import CannotRun
from foundation.schema import migrate
from foundation.settings import DEFAULT_CITY, load_settings
from grid.city import City, load_city
from grid.city_folder.check_folder import check_folder
from grid.city_load import load_folder
from ingest.observation import Observation

MARK = "bench"  # stands in the name of a PostgreSQL database that may be filled with made-up cases
INCIDENTS = 10_000
ALARMS_PER_S = 100
SECONDS = 30.0
DUE_PER_S = 20
ACTIONS_PER_S = 8
BACKLOG = 2_000
PULL_S = 0.05
PATIENCE_S = 120.0


def bench_cases(
    folder: Path = DEFAULT_CITY, *, incidents: int = INCIDENTS, seconds: float = SECONDS
) -> dict[str, float]:
    """Return lag of promises and time of actions (ms) while alarms come in, and how long a backlog takes."""
    with tempfile.TemporaryDirectory(prefix="citybrain-bench-") as name:
        figures = _measure(f"sqlite:///{name}/bench.sqlite3", "sqlite", folder, (incidents, seconds))
    other = make_url(load_settings().database)
    if other.get_backend_name() != "postgresql" or MARK not in str(other.database):
        return figures
    return figures | _measure(other.render_as_string(hide_password=False), "postgis", folder, (incidents, seconds))


def _measure(url: str, name: str, folder: Path, size: tuple[int, float]) -> dict[str, float]:
    database, clock = Database(url), SystemClock()
    try:
        migrate(database)
        with database.write() as session:
            if session.scalar(select(func.count()).select_from(Incident)):
                raise CannotRun("The database holds cases already: name an empty one.")
            ensure_head(session)
            load_folder(session, check_folder(folder))
        with database.read() as session:
            city = load_city(session)
        hire(database, city, clock.now())
        fill(database, city, clock, size[0])
        found = asyncio.run(_House(database, city, size[1]).run())
        return {f"{name}_{key}": value for key, value in found.items()}
    finally:
        database.dispose()


class _House:
    """The brain's three kinds of work on one writing thread, and what each took."""

    def __init__(self, database: Database, city: City, seconds: float) -> None:
        self.database, self.city, self.seconds = database, city, seconds
        self.clock = SystemClock()
        self.writer = Writer()
        self.acted_ms: list[float] = []
        self.alarms = 0
        self.is_over = False

    async def run(self) -> dict[str, float]:
        try:
            counts = self._count()
            begun = self.clock.now()
            step = timedelta(seconds=1 / DUE_PER_S)
            moments = [begun + timedelta(seconds=1) + n * step for n in range(int(self.seconds * DUE_PER_S))]
            make_due(self.database, moments)
            loops = [asyncio.create_task(loop()) for loop in (self._alarms, self._timers, self._people)]
            await asyncio.sleep(self.seconds + 2)
            lags_ms = self._read_lags(begun)
            backlog_s = await self._outlive_backlog()
            self.is_over = True
            await asyncio.gather(*loops)
        finally:
            self.writer.close()
        return {
            **counts,
            "alarms_per_s": self.alarms / self.seconds,
            "promises_kept": float(len(lags_ms)),
            "promise_lag_p50_ms": _percentile(lags_ms, 0.5),
            "promise_lag_p99_ms": _percentile(lags_ms, 0.99),
            "action_p50_ms": _percentile(self.acted_ms, 0.5),
            "action_p95_ms": _percentile(self.acted_ms, 0.95),
            "backlog_of_an_hour_s": backlog_s,
        }

    def _count(self) -> dict[str, float]:
        with self.database.read() as session:
            open_ones = session.scalar(select(func.count()).select_from(Incident))
            running = select(func.count()).select_from(ClockRow).where(ClockRow.stopped_at.is_(None))
            return {"open_incidents": float(open_ones or 0), "running_clocks": float(session.scalar(running) or 0)}

    async def _alarms(self) -> None:
        devices, numbers = itertools.cycle(self.city.register.list_devices()), itertools.count(1_000_000)
        pace = Pace(self.writer, BATCH_MIN, BATCH_MAX)
        begun_s, sent = monotonic_s(), 0
        while not self.is_over:
            wanted = min(int((monotonic_s() - begun_s) * ALARMS_PER_S) - sent, pace.limit())
            records = [make_alarm(next(devices), next(numbers), self.clock.now()) for _ in range(wanted)]
            if records:
                await self.writer.write(partial(self._take_in, pace, records))
                sent += len(records)
                if monotonic_s() - begun_s <= self.seconds:
                    self.alarms = sent
            await asyncio.sleep(PULL_S)

    def _take_in(self, pace: Pace, records: list[Observation]) -> None:
        began_s = monotonic_s()
        take_in(self.database, self.city, self.clock, records)
        pace.note(len(records), monotonic_s() - began_s)

    async def _timers(self) -> None:
        pace = Pace(self.writer, SLICE_MIN, SLICE_MAX)
        while not self.is_over:
            is_more = True
            while is_more:
                _, is_more = await fire_slice(pace, self.database, self.city, self.clock)
            await asyncio.sleep(BEAT_S)

    async def _people(self) -> None:
        requests = itertools.cycle([*self._list_requests()])
        while not self.is_over:
            request, began_s = next(requests), monotonic_s()
            answer = await self.writer.write(
                partial(act, self.database, self.city, self.clock, request), of_person=True
            )
            self.acted_ms.append((monotonic_s() - began_s) * 1000)
            if answer.refusal is not None and answer.refusal.type not in ("version_conflict", "move_not_allowed"):
                raise CannotRun(f"An action of the benchmark was refused: {answer.refusal.detail}.")
            await asyncio.sleep(1 / ACTIONS_PER_S)

    def _list_requests(self) -> list[ActionRequest]:
        """Return acts of two people in turn: a liaison signs an order, a leader urges its case."""
        with self.database.read() as session:
            wanted = select(Order).where(Order.kind == "dispose", Order.state == "issued").limit(2_000)
            orders = [row for row in session.scalars(wanted) if row.holder_code == "dept-drainage"]
        return [request for row in orders for request in (_sign(row), _urge(row))]

    def _read_lags(self, begun: datetime) -> list[float]:
        with self.database.read() as session:
            kept = session.scalars(select(Timer).where(Timer.fired_at > begun, Timer.due_at > begun)).all()
        return [
            (timer.fired_at - timer.due_at).total_seconds() * 1000
            for timer in kept
            if timer.fired_at is not None and "bench" in timer.data and timer.fired_at >= timer.due_at
        ]

    async def _outlive_backlog(self) -> float:
        """Return how long it takes until everything is told that fell due in an hour's outage."""
        now = self.clock.now()
        hour = [now - timedelta(seconds=3600 * n / BACKLOG) for n in range(BACKLOG)]
        await self.writer.write(lambda: make_due(self.database, hour))
        began_s = monotonic_s()
        while monotonic_s() - began_s < PATIENCE_S:
            with self.database.read() as session:
                late = select(Timer.id).where(Timer.fired_at.is_(None), Timer.due_at <= now).limit(1)
                if session.scalars(late).first() is None:
                    break
            await asyncio.sleep(0.05)
        return monotonic_s() - began_s


def _sign(order: Order) -> ActionRequest:
    return _request(LIAISON, "sign", order, version=10**6)


def _urge(order: Order) -> ActionRequest:
    return _request(OPERATOR, "urge", order, note="演示")


def _request(account: str, action: str, order: Order, *, version: int | None = None, **data: Any) -> ActionRequest:
    key = new_id()
    return ActionRequest(
        account=account, action=action, key=key, body_digest=key, trace_id=f"bench-{key[:8]}",
        incident=order.incident,
        order=order.id if action == "sign" else None, version=None if version is None else 1, after=None, at=None,
        data=data,
    )  # fmt: skip


def _percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")
