"""The clocks of an incident: accept, dispatch, verify, sign, arrive, dispose, check, and the caller's total.

Started, paused, resumed, extended and stopped by the steps, here and only here; each change is a line in
``clock_moves``. The promises to urge are timer rows, kept by the door ``timers.py``. Time alone never moves
a case: a missed clock is told, and supervised.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from command_center.cases.case_file import CaseFile
from command_center.clocks.freezable import FREEZABLE
from command_center.clocks.limits import StageLimit, choose_limit
from command_center.clocks.urging import arm_warnings, silence
from command_center.clocks.working_time import CONTINUOUS, WorkingTime, add_time, time_between_s
from command_center.orders.order_tables import ClockMove, ClockRow, Order

DUE_SOON_RATIO = 0.8


def start_clock(
    case: CaseFile,
    stage: str,
    *,
    holder: tuple[str, str],
    order: Order | None = None,
    limit: StageLimit | None = None,
    why: str = "",
) -> ClockRow:
    """Start a clock for (holder kind, holder code); returns it with ``due_at``."""
    ledger = case.ledger
    chosen = limit or choose_limit(case, stage)
    if case.incident.response is not None:
        chosen = StageLimit(chosen.limit_s, CONTINUOUS)
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
        moved_at=ledger.now,
    )
    case.clocks.append(clock)
    write_move(case, clock, "start", amount_s=chosen.limit_s, why=why)
    _go_on(case, clock)
    return clock


def _go_on(case: CaseFile, clock: ClockRow) -> None:
    """Promise to urge; of a case that an emergency response halts, halt the clock as well."""
    if case.incident.frozen_by is None or clock.stage not in FREEZABLE:
        arm_warnings(case, clock)
        return
    clock.paused_at = _moment_of_move(case, clock)
    write_move(case, clock, "pause", at=clock.paused_at, why="freeze")


def stop_clocks(
    case: CaseFile,
    *stages: str,
    order: Order | None = None,
    holder: str | None = None,
    at: datetime | None = None,
    why: str = "",
) -> list[ClockRow]:
    """Stop the running clocks of these stages (none named: all), of one order or one holder where given.

    ``at`` is when the work was really done, on a phone without a network; None: now. Returns what it stopped.
    """
    stopped = [c for c in _choose(case.running_clocks(), stages, order) if holder in (None, c.holder_code)]
    if stopped:
        case.ledger.flush_new()
    for clock in stopped:
        _stop(case, clock, at or case.ledger.now, why)
    silence(case, stopped)
    refresh_marks(case)
    return stopped


def _stop(case: CaseFile, clock: ClockRow, at: datetime, why: str) -> None:
    at = max(at, clock.started_at)
    clock.stopped_at = at if clock.moved_at is None or at >= clock.moved_at else _rewind(case, clock, at)
    clock.missed = (clock.paused_at or clock.stopped_at) > clock.due_at
    write_move(case, clock, "stop", at=clock.stopped_at, why=why)


def _rewind(case: CaseFile, clock: ClockRow, at: datetime) -> datetime:
    """Take back what was done to a clock after the moment at which it had stopped in truth; return that moment."""
    moves = list_moves(case.ledger.session, clock.id)
    at = max([at, *(move.at for move in moves if move.kind == "restore")])
    before = [move for move in moves if move.at <= at]
    clock.due_at, clock.calendar = before[-1].due_at, before[-1].calendar
    for move in before:
        clock.limit_s = move.amount_s if move.kind in ("start", "reset") else clock.limit_s + move.amount_s
    halts = [move for move in before if move.kind in ("pause", "resume", "reset", "restore")]
    clock.paused_at = halts[-1].at if halts and halts[-1].kind == "pause" else None
    return at


def pause_clocks(case: CaseFile, *stages: str, order: Order | None = None, why: str) -> list[ClockRow]:
    """Halt running clocks until ``resume_clocks``: what is left of them stays; nobody is urged meanwhile."""
    paused = [clock for clock in _choose(case.running_clocks(), stages, order) if clock.paused_at is None]
    if paused:
        case.ledger.flush_new()
    for clock in paused:
        clock.paused_at = _moment_of_move(case, clock)
        write_move(case, clock, "pause", at=clock.paused_at, why=why)
    silence(case, paused)
    refresh_marks(case)
    return paused


def resume_clocks(
    case: CaseFile, *stages: str, order: Order | None = None, at: datetime | None = None, why: str
) -> list[ClockRow]:
    """Let halted clocks run on with what they had left; ``at`` is when they should have, after an outage."""
    resumed = [clock for clock in _choose(case.running_clocks(), stages, order) if clock.paused_at is not None]
    if case.incident.frozen_by is not None:
        resumed = [clock for clock in resumed if clock.stage not in FREEZABLE]  # they go on when it is let go
    if resumed:
        case.ledger.flush_new()
    for clock in resumed:
        _run_on(case, clock, clock.paused_at or case.ledger.now, at)
        write_move(case, clock, "resume", at=clock.moved_at, why=why)
        arm_warnings(case, clock)
    refresh_marks(case)
    return resumed


def restore_clocks(case: CaseFile, clocks: Iterable[ClockRow], *, why: str) -> None:
    """Let stopped clocks run on with what they had left: a merge that is taken back."""
    case.ledger.flush()
    for clock in clocks:
        if clock.stopped_at is not None:
            was_paused = clock.paused_at is not None
            halted_at, clock.stopped_at = clock.paused_at or clock.stopped_at, None
            _run_on(case, clock, halted_at, None)
            clock.missed = clock.due_at <= case.ledger.now
            write_move(case, clock, "restore", at=clock.moved_at, why=why)
            if was_paused:
                clock.paused_at = clock.moved_at
                write_move(case, clock, "pause", why=why)
            else:
                _go_on(case, clock)
    refresh_marks(case)


def _run_on(case: CaseFile, clock: ClockRow, halted_at: datetime, at: datetime | None) -> None:
    working = case.working_time()
    left_s = time_between_s(halted_at, clock.due_at, clock.calendar, working)
    clock.moved_at = max(at, clock.moved_at or at) if at is not None else _moment_of_move(case, clock)
    clock.due_at, clock.paused_at = add_time(clock.moved_at, left_s, clock.calendar, working), None


def extend_clock(case: CaseFile, clock: ClockRow, extra_s: int, *, why: str) -> None:
    """Give a running clock (a paused one too) more time of its own calendar, and urge by the new limit."""
    if clock.stopped_at is not None or extra_s <= 0:
        raise ValueError(f"clock {clock.id} cannot be given {extra_s} s")
    case.ledger.flush()
    clock.due_at = _moment(case, clock.due_at, extra_s, clock.calendar)
    clock.limit_s += extra_s
    clock.missed = clock.due_at <= (clock.paused_at or case.ledger.now)
    write_move(case, clock, "extend", amount_s=extra_s, why=why)
    _urge_anew(case, clock)


def reset_clock(case: CaseFile, clock: ClockRow, limit: StageLimit, *, why: str) -> None:
    """Give a running clock a whole new limit from now: a consultation decided so."""
    case.ledger.flush()
    clock.calendar, clock.limit_s, clock.paused_at = limit.calendar, limit.limit_s, None
    at = _moment_of_move(case, clock)
    clock.due_at, clock.missed = _moment(case, at, limit.limit_s, limit.calendar), False
    write_move(case, clock, "reset", at=at, amount_s=limit.limit_s, why=why)
    _urge_anew(case, clock)


def _urge_anew(case: CaseFile, clock: ClockRow) -> None:
    silence(case, [clock])
    if clock.paused_at is None:
        _go_on(case, clock)
    refresh_marks(case)


def write_move(
    case: CaseFile, clock: ClockRow, kind: str, *, at: datetime | None = None, amount_s: int = 0, why: str = ""
) -> None:
    """Add a line to the ledger of clocks; called after the clock has changed."""
    moment = at or _moment_of_move(case, clock)
    if clock.moved_at is None or clock.moved_at < moment:
        clock.moved_at = moment
    case.ledger.write(
        ClockMove,
        clock=clock.id,
        incident=case.number,
        at=moment,
        kind=kind,
        amount_s=amount_s,
        due_at=clock.due_at,
        calendar=clock.calendar,
        why=why[:80],
    )


def list_moves(session: Session, clock: int) -> list[ClockMove]:
    """Return the ledger of one clock in the order of its lines; what waits in a ``Ledger`` is not in it yet."""
    return list(session.scalars(select(ClockMove).where(ClockMove.clock == clock).order_by(ClockMove.id)))


def refresh_marks(case: CaseFile) -> None:
    """Set due soon and overdue of the incident from the clocks that still run."""
    running = [clock for clock in case.running_clocks() if clock.paused_at is None]
    case.incident.is_overdue = any(clock.missed or clock.due_at <= case.ledger.now for clock in running)
    case.incident.is_due_soon = not case.incident.is_overdue and any(
        used_ratio(clock, case.ledger.now, case.working_time()) >= DUE_SOON_RATIO for clock in running
    )


def used_ratio(clock: ClockRow, now: datetime, working: WorkingTime) -> float:
    """Return which part of its limit a clock has used."""
    return 1.0 - remaining_s(clock, now, working) / clock.limit_s


def remaining_s(clock: ClockRow, now: datetime, working: WorkingTime) -> float:
    """Return the seconds of the clock's own calendar that are left, negative past its end; for screens."""
    moment = clock.paused_at or clock.stopped_at or now
    return time_between_s(moment, clock.due_at, clock.calendar, working)


def _choose(clocks: list[ClockRow], stages: tuple[str, ...], order: Order | None) -> list[ClockRow]:
    return [
        clock
        for clock in clocks
        if (not stages or clock.stage in stages) and (order is None or clock.order == order.id)
    ]


def _moment_of_move(case: CaseFile, clock: ClockRow) -> datetime:
    """Return now, never before the clock's last change: a computer's time may be set back."""
    return max(case.ledger.now, clock.moved_at or case.ledger.now)


def _moment(case: CaseFile, start: datetime, seconds: float, calendar: str) -> datetime:
    return add_time(start, seconds, calendar, case.working_time())
