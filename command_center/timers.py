"""The door of time: what is due happens once, within seconds, also after an outage.

Comes in from the loop of ``brain.py``; goes out: entries that urge, supervise, or tell of an order that no
phone received. Timers are rows; two brains never fire the same one, since each locks the head first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from command_center.assessment.case_figures import rebuild_figures
from command_center.assessment.figure_tables import CaseFigure
from command_center.assessment.figures_in_step import keep_figures
from command_center.cases.actors import by_rule
from command_center.cases.approval_tables import Approval
from command_center.cases.callbacks import urge_late_call
from command_center.cases.case_file import ENDED_STATES, CaseFile, find_cases
from command_center.cases.endings import archive
from command_center.cases.incident_tables import Incident
from command_center.cases.supervision import ANSWER_HOURS, hours_limit, is_asked, note, supervise
from command_center.clocks.clocks import refresh_marks, write_move
from command_center.clocks.urging import FULL, arm_next
from command_center.journal.history import forget_states
from command_center.journal.ledger import Ledger
from command_center.levels.apply_levels import apply_warning
from command_center.levels.leaders import duty_leader_of
from command_center.moves.approvals import expire
from command_center.moves.extra_time_steps import resume
from command_center.orders.dispatching import desk_of
from command_center.orders.order_tables import ClockRow, Timer, WorkerState
from command_center.orders.orders import order_facts
from command_center.orders.sub_tasks import RESPOND
from command_center.people.account_tables import DoneRequest
from command_center.responses.response_timers import RESPONSE_FIRES
from command_center.signals.signal_tables import DeviceState
from command_center.tasks.patrol_round import find_due, find_missed, give_out
from foundation.clock import Clock
from foundation.database import Database
from grid.city import City

BATCH = 50
KEPT_REQUESTS = timedelta(days=7)
KEPT_POSITIONS = timedelta(days=7)
"""Source: design process.md and interfaces.md: both live seven days."""

VERSION = "1"
WHISTLE_RULE = "whistle.respond"
NOT_COME = {"zh": "吹哨后未按时报到", "en": "did not come when whistled for"}
UNANSWERED = {"zh": "督办未按时答复", "en": "the supervision was not answered in time"}


def fire_due(database: Database, city: City, clock: Clock, limit: int = BATCH) -> int:
    """Fire up to ``limit`` timers that are due and return how many; the rest at the next call."""
    with database.read() as session:
        due = select(Timer.id).where(Timer.fired_at.is_(None), Timer.due_at <= clock.now()).limit(1)
        if session.scalars(due).first() is None:
            return 0
    with database.write() as session:
        ledger = Ledger(session, city, clock.now())
        timers = session.scalars(
            select(Timer)
            .where(Timer.fired_at.is_(None), Timer.due_at <= ledger.now)
            .order_by(Timer.due_at, Timer.id)
            .limit(limit)
        ).all()
        ids = [timer.id for timer in timers]
        session.execute(update(Timer).where(Timer.id.in_(ids)).values(fired_at=ledger.now))
        cases = find_cases(ledger, [t.incident for t in timers if t.incident is not None])
        for timer in timers:
            _fire(ledger, timer, cases)
        keep_figures(ledger)
        ledger.close()
    return len(timers)


def _fire(ledger: Ledger, timer: Timer, cases: Mapping[int, CaseFile]) -> None:
    if timer.kind in RESPONSE_FIRES:
        ledger.trace_id = f"timer-{timer.id}"
        RESPONSE_FIRES[timer.kind](ledger, timer)
        return
    if timer.incident is None:
        return
    case = cases.get(timer.incident)
    if case is not None and (case.incident.state not in ENDED_STATES or timer.kind in ALSO_WHEN_ENDED):
        ledger.trace_id = f"timer-{timer.id}"
        FIRES[timer.kind](case, timer)


def _warn(case: CaseFile, timer: Timer) -> None:
    """Urge at half, four fifths and the whole of a limit; past it the level above supervises."""
    clock = next((clock for clock in case.running_clocks() if clock.id == timer.clock), None)
    if clock is None or clock.paused_at is not None:
        return
    ratio = float(timer.data["ratio"])
    is_first_miss = ratio >= FULL and not clock.missed
    clock.missed = clock.missed or ratio >= FULL
    if is_first_miss:
        write_move(case, clock, "miss", at=clock.due_at, why=f"urge.{clock.stage}")
    refresh_marks(case)
    late = {"overdue_days": timer.data["days"]} if "days" in timer.data else {}
    before = case.incident.supervision
    apply_warning(case, clock, ratio, **_order_of(case, clock), **late)
    if is_first_miss and clock.stage == RESPOND:
        _tell_unanswered(case, clock, is_asked=case.incident.supervision is not before)
    arm_next(case, clock, timer)


def _tell_unanswered(case: CaseFile, clock: ClockRow, *, is_asked: bool) -> None:
    """Say that a department did not come when it was whistled for, and have the level above ask why.

    ``is_asked``: the city's own rules have just done so.
    """
    case.record("whistle_unanswered", by_rule(WHISTLE_RULE, VERSION), **_order_of(case, clock))
    if is_asked:
        return
    facts = supervise(case, hours_limit(ANSWER_HOURS), rule=(WHISTLE_RULE, VERSION))
    case.record("supervised", by_rule(WHISTLE_RULE, VERSION), reason=NOT_COME, **facts, **_order_of(case, clock))


def _order_of(case: CaseFile, clock: ClockRow) -> dict[str, object]:
    order = case.find_order(clock.order) if clock.order is not None else None
    return order_facts(case, order) if order is not None else {}


def _tell_undelivered(case: CaseFile, timer: Timer) -> None:
    """No phone has the order: the desk must call."""
    order = case.find_order(timer.order) if timer.order is not None else None
    if order is None or order.state != "issued" or order.received_at is not None:
        return
    waited = {"wait_s": timer.data["wait_s"]}
    case.record("order_undelivered", by_rule("delivery", VERSION), **waited, **order_facts(case, order))


def _ask_answer(case: CaseFile, timer: Timer) -> None:
    """Supervision was not answered in time: the holder is urged again, the duty leader is told."""
    if not is_asked(case, str(timer.data["asked_at"])):
        return
    said, city = case.incident.supervision or {}, case.ledger.city
    rule = by_rule(said.get("rule") or "supervise", said.get("version") or "1")
    leader = duty_leader_of(city, city.code)
    facts = {"hours": timer.data["hours"], "supervised_by": case.incident.supervised_by, "stage": "answer"}
    case.record("urged", rule, ratio=FULL, **facts)
    note(case, told_at=case.ledger.now)
    case.record("told", rule, reason=UNANSWERED, to=[leader.code], to_name=leader.name(), **facts)


def _expire_request(case: CaseFile, timer: Timer) -> None:
    """Nobody decided a request in time: it ends, and may be made again."""
    request = case.ledger.session.get(Approval, int(timer.data["approval"]))
    if request is not None and request.state == "pending":
        expire(case, request, by_rule("approval.expires", VERSION))


def _resume(case: CaseFile, timer: Timer) -> None:
    """The day until which a case was put off has come."""
    until = case.incident.suspended_until
    if case.incident.state == "suspended" and until is not None and until.isoformat() == timer.data["until"]:
        case.incident.version += 1
        resume(case, by_rule("suspension.ends", VERSION))


def _archive(case: CaseFile, timer: Timer) -> None:
    archive(case, str(timer.data["closed_at"]))


def _urge_call(case: CaseFile, timer: Timer) -> None:
    urge_late_call(case, timer.data, desk_of(case))


ALSO_WHEN_ENDED = frozenset({"approval", "archive", "callback"})
FIRES: Mapping[str, Callable[[CaseFile, Timer], None]] = {
    "clock": _warn,
    "delivery": _tell_undelivered,
    "answer": _ask_answer,
    "approval": _expire_request,
    "suspension": _resume,
    "archive": _archive,
    "callback": _urge_call,
}


def give_out_patrols(database: Database, city: City, clock: Clock) -> int:
    """Give out some of the patrols that are due, void some that were missed; return how many changed."""
    with database.read() as session:
        if not find_due(session, city, clock.now()) and not find_missed(session, clock.now()):
            return 0
    with database.write() as session:
        ledger = Ledger(session, city, clock.now())
        ledger.trace_id = "patrols"
        due, missed = find_due(session, city, ledger.now), find_missed(session, ledger.now)
        done = give_out(ledger, due, missed)
        keep_figures(ledger)
        ledger.close()
    return done


def fill_figures(database: Database, city: City, clock: Clock) -> int:
    """Make the rows of figures of a database that is older than they are; return how many were made."""
    with database.read() as session:
        is_empty = session.scalar(select(CaseFigure.incident).limit(1)) is None
        if not is_empty or session.scalar(select(Incident.number).limit(1)) is None:
            return 0
    with database.write() as session:
        ledger = Ledger(session, city, clock.now())
        count = rebuild_figures(ledger)
        ledger.close()
    return count


def forget_old(database: Database, clock: Clock) -> None:
    """Delete what may not or need not be kept: answers, last positions, fired timers, after seven days."""
    now: datetime = clock.now()
    with database.write() as session:
        forget_states(session, now)
        session.execute(delete(DoneRequest).where(DoneRequest.at < now - KEPT_REQUESTS))
        session.execute(delete(Timer).where(Timer.fired_at < now - KEPT_REQUESTS))
        for state in session.scalars(select(WorkerState).where(WorkerState.at < now - KEPT_POSITIONS)):
            state.lon = state.lat = state.accuracy_m = state.at = None
        for vehicle in session.scalars(select(DeviceState).where(DeviceState.placed_at < now - KEPT_POSITIONS)):
            vehicle.lon = vehicle.lat = vehicle.placed_at = None
