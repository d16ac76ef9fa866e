"""Measures the indicators over a million synthetic cases: a month's question, the whole city and by town.

``citybrain bench kpi`` calls it, on a SQLite file of its own. The baseline is the same month asked case by case,
the way a report over the tables would do it.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text

from command_center.assessment.count_cases import Question, list_cases, reckon_all, reckon_groups
from command_center.assessment.figure_tables import CaseFigure
from command_center.assessment.indicators import find_test
from command_center.assessment.outcomes import Outcome as Is
from foundation.clock import monotonic_s
from foundation.database import Database

ROWS, DAYS, CHUNK = 1_000_000, 720, 20_000
FIRST = datetime(2025, 1, 1, tzinfo=UTC)
MONTH = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
CHANCES = {
    Is.DISPOSE_MISSED | Is.CLOSE_MISSED: 0.12, Is.RETURNED: 0.05, Is.REWORKED: 0.03, Is.EXTENDED: 0.04,
    Is.REVISITED | Is.SATISFIED: 0.2, Is.URGENT: 0.04, Is.COMPONENT: 0.3, Is.ACCEPT_MISSED | Is.FILE_MISSED: 0.02,
    Is.INVALID: 0.04, Is.SUPERVISED: 0.02,
}  # fmt: skip


def bench_kpi() -> dict[str, float]:
    """Return seconds for a month over a million cases, and how much quicker that is than case by case."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'kpi.db'}")
        try:
            CaseFigure.metadata.create_all(database.engine, [CaseFigure.__table__])  # type: ignore[list-item]
            _fill(database)
            return _measure(database)
        finally:
            database.dispose()


def _measure(database: Database) -> dict[str, float]:
    month = Question(begin=MONTH[0], end=MONTH[1], now=MONTH[1])
    every_row, returned = text("SELECT * FROM case_figures"), find_test("return_rate", "numerator")
    with database.read() as session:
        asked = {
            "month_s": lambda: reckon_all(session, month),
            "month_by_town_s": lambda: reckon_groups(session, month, "town"),
            "cases_of_a_figure_s": lambda: list(list_cases(session, month, returned)),
            "one_by_one_s": lambda: [dict(row._mapping) for row in session.execute(every_row)],
        }
        figures = {name: _time(work) for name, work in asked.items()}
    return {"cases": ROWS, **figures, "quicker_ratio": figures["one_by_one_s"] / figures["month_s"]}


def _time(work: Any) -> float:
    begun = monotonic_s()
    work()
    return monotonic_s() - begun


def _fill(database: Database) -> None:
    draw = random.Random(20_260_301)
    rows: list[dict[str, Any]] = []
    for row in _make(draw):
        rows.append(row)
        if len(rows) == CHUNK:
            with database.write() as session:
                session.execute(insert(CaseFigure.__table__), rows)  # type: ignore[arg-type]
            rows = []


def _make(draw: random.Random) -> Iterator[dict[str, Any]]:
    span = int(timedelta(days=DAYS).total_seconds())
    for number in range(1, ROWS + 1):
        opened = int(FIRST.timestamp()) + number * span // ROWS
        bits = Is.FILED | Is.DISPATCHED | Is.ACCEPTED
        bits |= sum(bit for bit, chance in CHANCES.items() if draw.random() < chance)
        due, done = opened + draw.choice((7200, 28_800, 86_400, 259_200)), opened + draw.randrange(600, 300_000)
        is_done = draw.random() < 0.97
        bits |= Is.DISPOSED | Is.CLOSED if is_done else 0
        yield {
            "incident": number, "bits": bits, "domain": draw.choice(("urban_management", "transport")),
            "category": f"UM-0{draw.randrange(1, 9)}001", "town": f"T{draw.randrange(15)}", "community": "",
            "grid": "", "department": f"D{draw.randrange(30)}", "worker": "", "opened_s": opened,
            "filed_s": opened + 60, "dispatched_s": opened + 120, "due_s": due, "close_due_s": due + 3600,
            "disposed_s": done if is_done else None, "closed_s": done + 900 if is_done else None,
            "accept_used_s": 50, "dispose_used_s": done - opened, "upstream_delay_s": 1, "system_delay_s": 1,
            "human_delay_s": 0,
        }  # fmt: skip
