"""The promises to urge: at half, four fifths and the whole of a limit, then once a day while it is overdue.

``clocks.py`` arms them anew whenever a clock moves, the door ``timers.py`` fires one and arms the next: a
running clock has exactly one promise open.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import update

from command_center.cases.case_file import CaseFile
from command_center.clocks.working_time import WORKING, add_time, time_between_s
from command_center.orders.order_tables import ClockRow, Timer

WARN_RATIOS = (0.5, 0.8, 1.0)
"""Source: design process.md, due and overdue; a city may set others (limits.toml, warn_ratios)."""

FULL = 1.0
DAY_S = {WORKING: 8 * 3600.0}
NATURAL_DAY_S = 86_400.0


def arm_warnings(case: CaseFile, clock: ClockRow) -> None:
    """Promise the next warning of a clock that began, or moved: the first ratio that it has not used yet."""
    left_s = time_between_s(case.ledger.now, clock.due_at, clock.calendar, case.working_time())
    used = 1.0 - left_s / clock.limit_s
    ratios = _ratios(case)
    _arm(case, clock, next((step for step, ratio in enumerate(ratios) if ratio > used), len(ratios)))


def arm_next(case: CaseFile, clock: ClockRow, fired: Timer) -> None:
    """Promise the warning after the one that has just been given."""
    _arm(case, clock, int(fired.data["step"]) + 1)


def _arm(case: CaseFile, clock: ClockRow, step: int) -> None:
    ratios = _ratios(case)
    if step < len(ratios):
        ratio = ratios[step]
        data: dict[str, Any] = {"step": step, "ratio": ratio}
        due_at = add_time(clock.due_at, -(FULL - ratio) * clock.limit_s, clock.calendar, case.working_time())
    else:
        day_s = DAY_S.get(clock.calendar, NATURAL_DAY_S)
        late_s = time_between_s(clock.due_at, case.ledger.now, clock.calendar, case.working_time())
        days = max(0, int(late_s // day_s)) + 1  # of the days of an outage only the last is told
        data = {"step": len(ratios), "ratio": FULL, "days": days}
        due_at = add_time(clock.due_at, days * day_s, clock.calendar, case.working_time())
    case.ledger.write(
        Timer, due_at=due_at, kind="clock", incident=case.number, order=clock.order, clock=clock.id, data=data
    )


def silence(case: CaseFile, clocks: Sequence[ClockRow]) -> None:
    """Take back the promises of these clocks; what waits in the ledger must be written before."""
    if clocks:
        ids = [clock.id for clock in clocks]
        open_ones = update(Timer).where(Timer.clock.in_(ids), Timer.fired_at.is_(None))
        with case.ledger.session.no_autoflush:  # what changed beside the promises is written once, at the end
            case.ledger.session.execute(open_ones.values(fired_at=case.ledger.now))


def _ratios(case: CaseFile) -> list[float]:
    return [float(ratio) for ratio in case.policy("limits").get("warn_ratios", WARN_RATIOS)]
