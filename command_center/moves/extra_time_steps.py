"""Steps about time: extend, suspend, resume, exempt from a missed limit, agree, decline.

``extend``, ``suspend`` and ``exempt`` are carried out when those of their chain have agreed; ``timers.py``
calls ``resume`` when the day has come.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from command_center.cases.actors import Actor
from command_center.cases.approval_tables import Approval
from command_center.cases.case_file import CaseFile
from command_center.clocks.clocks import extend_clock, pause_clocks, resume_clocks
from command_center.moves import approvals
from command_center.moves.act import Act, invalid
from command_center.orders.order_tables import Timer
from command_center.orders.orders import order_facts

SUSPENDED_STAGES = ("dispose",)


def extend(act: Act) -> None:
    """Give the clock to dispose one more original limit."""
    case, order = act.case, act.order
    clock = next((clock for clock in case.running_clocks("dispose") if clock.order == order.id), None)
    if clock is None:
        raise invalid(approval="the clock to dispose does not run any more")
    order.extensions += 1
    extra_s = original_limit_s(clock.limit_s, order.extensions)
    extend_clock(case, clock, extra_s, why="extend")
    told = {"extensions": order.extensions, "extra_s": extra_s, "due_at": clock.due_at.isoformat()}
    act.record("extended", **told, **order_facts(case, order), asked_name=_asked_name(act))


def original_limit_s(limit_s: int, granted: int) -> int:
    """Return the limit before it was ever extended: every extension adds it once."""
    return round(limit_s / granted)


def suspend(act: Act) -> None:
    """Put the case off until a day; it goes on by itself then."""
    case = act.case
    until = read_until(act)
    case.incident.state, case.incident.suspended_until = "suspended", until
    case.incident.suspensions += 1
    pause_clocks(case, *SUSPENDED_STAGES, why="suspend")
    case.ledger.write(
        Timer, due_at=until, kind="suspension", incident=case.number, order=act.order.id,
        data={"until": until.isoformat()},
    )  # fmt: skip
    act.record("suspended", until=until.isoformat(), **order_facts(case, act.order), asked_name=_asked_name(act))


def check_until(act: Act) -> datetime:
    """Hold the day against the rule while it is asked for, not only once it is agreed to; it is decided before."""
    return read_until(act)


def read_until(act: Act) -> datetime:
    """Return the moment until which the case is put off; a day begins at midnight in the city.

    Raises:
        ActRefused: It is no day or moment, not ahead, or farther off than the city allows.
    """
    city, now = act.ledger.city, act.ledger.now
    words = act.words("until")
    try:
        if len(words) == len("2026-01-01"):
            until = datetime.combine(date.fromisoformat(words), time(), tzinfo=city.timezone)
        else:
            until = datetime.fromisoformat(words)
    except ValueError:
        raise invalid(until="must be a date YYYY-MM-DD, or a time with offset") from None
    if until.tzinfo is None:
        raise invalid(until="must have an offset")
    max_days = act.get_situation().lifecycle.suspension.max_days
    if until <= now:
        raise invalid(until="must lie ahead")
    if until > now + timedelta(days=max_days):
        raise invalid(until=f"may be {max_days} days from now at most")
    return until.astimezone(UTC)


def resume_by_hand(act: Act) -> None:
    resume(act.case, act.actor)


def resume(case: CaseFile, actor: Actor) -> None:
    """Go on where the case was put off; its clock goes on with what was left."""
    case.incident.state, case.incident.suspended_until = "handling", None
    resume_clocks(case, *SUSPENDED_STAGES, why="resume")
    case.record("resumed", actor)


def keep_appeal(act: Act) -> None:
    """An appeal counts when it is made, however it ends: there is one a case."""
    act.case.incident.appealed_at = act.ledger.now


def exempt(act: Act) -> None:
    """Leave the missed limit out of the figures; what happened stays written."""
    act.case.incident.timeout_exempt = True
    act.record("appeal_granted", asked_name=_asked_name(act))


def approve(act: Act) -> None:
    approvals.decide(act, _find_request(act), agrees=True)


def decline(act: Act) -> None:
    approvals.decide(act, _find_request(act), agrees=False)


def _find_request(act: Act) -> Approval:
    found = approvals.list_decidable(act.get_situation())
    wanted = act.data.get("approval")
    chosen = next((request for request in found if wanted in (None, request.id)), None)
    if chosen is None:
        raise invalid(approval="is no request that waits for you")
    return chosen


def _asked_name(act: Act) -> str:
    return act.granted.asked_name if act.granted is not None else ""
