"""The stage clocks of an incident: accept, dispatch, verify, sign, arrive, dispose, check.

Started and stopped by the steps; the promises to urge at 50, 80 and 100 % are timer rows, which the door
``timers.py`` keeps. Time alone never moves a case: a missed clock is told, and supervised.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import update

from command_center.cases.case_file import CaseFile
from command_center.clocks.working_time import CONTINUOUS, WORKING, WorkingTime, add_time, time_between_s
from command_center.orders.order_tables import ClockRow, Order, Timer
from grid.catalogue import Limit

WARN_RATIOS = (0.5, 0.8, 1.0)
"""Source: design process.md, due and overdue; a city may set others (limits.toml, warn_ratios)."""

DUE_SOON_RATIO = 0.8
FAR_STAGES = frozenset({"arrive", "verify", "check"})
UNITS: dict[str, tuple[float, str]] = {
    "minute": (60, CONTINUOUS),
    "urgent_hour": (3600, CONTINUOUS),
    "urgent_day": (86_400, CONTINUOUS),
    "natural_day": (86_400, CONTINUOUS),
    "work_hour": (3600, WORKING),
    "work_day": (8 * 3600, WORKING),
}
"""Source: the limit algebra of municipal case standards; a work day is eight work hours."""


@dataclass(frozen=True, slots=True)
class StageLimit:
    limit_s: int
    calendar: str


def to_stage_limit(limit: Limit | list[Any], factor: float = 1.0) -> StageLimit:
    """Return a limit of the catalogue or of the policy as seconds of one of the two calendars."""
    value, unit = limit
    seconds, calendar = UNITS[unit]
    return StageLimit(max(1, round(float(value) * seconds * factor)), calendar)


def choose_limit(case: CaseFile, stage: str) -> StageLimit:
    """Return how long the stage may take for this incident, by urgency, category and class of the area."""
    incident, city = case.incident, case.ledger.city
    policy = case.policy("limits")
    if stage == "dispose":
        limits = case.policy("category_limits").get(incident.category)
        return to_stage_limit(limits[policy["disposal"][incident.urgency]] if limits else [1, "work_day"])
    area = city.tree.find_area(incident.grid or incident.area)
    factor = policy.get("area_factors", {}).get(area.area_class, 1.0) if area and stage in FAR_STAGES else 1.0
    return to_stage_limit(policy["stages"][stage][incident.urgency], factor)


def start_clock(
    case: CaseFile,
    stage: str,
    *,
    holder: tuple[str, str],
    order: Order | None = None,
    limit: StageLimit | None = None,
) -> ClockRow:
    """Start a clock for (holder kind, holder code); returns it with ``due_at``."""
    ledger = case.ledger
    chosen = limit or choose_limit(case, stage)
    clock = ledger.make(
        ClockRow,
        id=ledger.next_clock(),
        incident=case.number,
        order=order.id if order is not None else None,
        stage=stage,
        calendar=chosen.calendar,
        limit_s=chosen.limit_s,
        holder_kind=holder[0],
        holder_code=holder[1],
        started_at=ledger.now,
        due_at=_moment(case, ledger.now, chosen.limit_s, chosen.calendar),
    )
    case.clocks.append(clock)
    arm_warning(case, clock, 0)
    return clock


def arm_warning(case: CaseFile, clock: ClockRow, step: int) -> None:
    """Promise the next warning of a clock: at the ratio of that step, if there is one."""
    ratios = case.policy("limits").get("warn_ratios", WARN_RATIOS)
    if step >= len(ratios):
        return
    ratio = float(ratios[step])
    due_at = (
        clock.due_at if ratio == 1.0 else _moment(case, clock.started_at, clock.limit_s * ratio, clock.calendar)
    )
    data = {"step": step, "ratio": ratio}
    case.ledger.write(
        Timer, due_at=due_at, kind="clock", incident=case.number, order=clock.order, clock=clock.id, data=data
    )


def stop_clocks(case: CaseFile, *stages: str, order: Order | None = None, at: datetime | None = None) -> None:
    """Stop the running clocks of these stages (none named: all), of one order where one is given.

    ``at`` is when the work was really done, on a phone without a network; None: now.
    """
    moment = at or case.ledger.now
    stopped = [
        clock
        for clock in case.running_clocks()
        if (not stages or clock.stage in stages) and (order is None or clock.order == order.id)
    ]
    for clock in stopped:
        clock.stopped_at = moment
        clock.missed = moment > clock.due_at
    if stopped:
        case.ledger.flush()
        ids = [clock.id for clock in stopped]
        silence = update(Timer).where(Timer.clock.in_(ids), Timer.fired_at.is_(None))
        case.ledger.session.execute(silence.values(fired_at=case.ledger.now))
    refresh_marks(case)


def refresh_marks(case: CaseFile) -> None:
    """Set due soon and overdue of the incident from the clocks that still run."""
    running = [clock for clock in case.running_clocks() if clock.paused_at is None]
    case.incident.is_overdue = any(clock.missed or clock.due_at <= case.ledger.now for clock in running)
    case.incident.is_due_soon = not case.incident.is_overdue and any(
        used_ratio(clock, case.ledger.now, case.working_time()) >= DUE_SOON_RATIO for clock in running
    )


def used_ratio(clock: ClockRow, now: datetime, working: WorkingTime) -> float:
    """Return which part of its limit a clock has used."""
    return time_between_s(clock.started_at, now, clock.calendar, working) / clock.limit_s


def remaining_s(clock: ClockRow, now: datetime, working: WorkingTime) -> float:
    """Return the seconds of the clock's own calendar that are left, negative past its end; for screens."""
    moment = clock.stopped_at or clock.paused_at or now
    return time_between_s(moment, clock.due_at, clock.calendar, working)


def _moment(case: CaseFile, start: datetime, seconds: float, calendar: str) -> datetime:
    return add_time(start, seconds, calendar, case.working_time())
