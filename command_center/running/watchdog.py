"""An independent look at what should have happened and did not: promises broken, lost, or never made.

It asks the clocks and the cases themselves, never the code that fires timers, and on a thread of its own; so a
clockwork that has stopped, or a timer that somebody deleted, is found all the same. Goes out: counts by kind,
for ``/metrics``, ``/readyz`` and the log.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import Session

from command_center.cases.callbacks import STAGE as CALL_BACK
from command_center.cases.incident_tables import Incident, Reporter
from command_center.journal.journal_tables import JournalEntry
from command_center.orders.order_tables import ClockRow, Order, Timer

GRACE = timedelta(seconds=10)
"""What is due fires within five seconds; after twice that it has not."""
ENDED = ("closed", "archived", "rejected", "void", "merged")
SHOWN_MAX, ASKED_MAX = 20, 1000
CLOCKED_STATES = {
    "verifying": ("verify",),
    "filed": ("dispatch",),
    "dispatched": ("sign", "dispose", "patrol"),
    "handling": ("dispose", "patrol"),
    "checking": ("check",),
}
"""Which clock must run (or be halted) in a state; in the others people wait for nothing with a limit."""

Question = Callable[[datetime], Select[Any]]


def _late_timers(now: datetime) -> Select[Any]:
    """A promise whose moment has passed and that nobody kept."""
    return select(Timer.id).where(Timer.fired_at.is_(None), Timer.due_at < now - GRACE)


def _running() -> tuple[ColumnElement[bool], ...]:
    is_open = and_(Incident.state.not_in(ENDED), Incident.replay.is_(False))
    return (ClockRow.stopped_at.is_(None), ClockRow.paused_at.is_(None), is_open)


def _clocks_without_promise(now: datetime) -> Select[Any]:
    """A running clock of which nobody will ever be told."""
    promised = exists().where(Timer.clock == ClockRow.id, Timer.fired_at.is_(None))
    return (
        select(ClockRow.incident)
        .join(Incident, Incident.number == ClockRow.incident)
        .where(*_running(), ClockRow.started_at < now - GRACE, ~promised)
    )


def _clocks_not_missed(now: datetime) -> Select[Any]:
    """A clock past its end that was never called late."""
    return (
        select(ClockRow.incident)
        .join(Incident, Incident.number == ClockRow.incident)
        .where(*_running(), ClockRow.due_at < now - GRACE, ClockRow.missed.is_(False))
    )


def _unsupervised(now: datetime) -> Select[Any]:
    """A case past a limit that no supervision was ever put on."""
    return (
        select(ClockRow.incident)
        .join(Incident, Incident.number == ClockRow.incident)
        .where(
            *_running(),
            ClockRow.missed.is_(True),
            ClockRow.stage.in_(("accept", "dispatch", "verify", "sign", "arrive", "dispose", "check")),
            ClockRow.due_at < now - GRACE,
            Incident.supervised_by.is_(None),
            ~exists().where(JournalEntry.incident == Incident.number, JournalEntry.kind == "supervised"),
        )
    )


def _without_clock(now: datetime) -> Select[Any]:
    """An open case in a state that has a limit, with no clock for it."""
    lacking = [
        and_(
            Incident.state == state,
            ~exists().where(
                ClockRow.incident == Incident.number,
                ClockRow.stopped_at.is_(None),
                ClockRow.stage.in_(stages),
            ),
        )
        for state, stages in CLOCKED_STATES.items()
    ]
    return select(Incident.number).where(
        Incident.replay.is_(False), Incident.updated_at < now - GRACE, or_(*lacking)
    )


def _without_hands(now: datetime) -> Select[Any]:
    """A case that is given out, of which nobody has an order any more."""
    held = exists().where(
        Order.incident == Incident.number,
        Order.state.in_(("issued", "received", "read", "signed", "arrived")),
    )
    return select(Incident.number).where(
        Incident.state.in_(("dispatched", "handling")), Incident.updated_at < now - GRACE, ~held
    )


def _suspended_past_date(now: datetime) -> Select[Any]:
    """A shelved case whose promise to resume is past, or gone."""
    promised = select(Timer.incident).where(
        Timer.kind == "suspension",
        Timer.fired_at.is_(None),
        Timer.due_at >= now - GRACE,
        Timer.incident.is_not(None),
    )
    return select(Incident.number).where(
        Incident.state == "suspended", Incident.updated_at < now - GRACE, Incident.number.not_in(promised)
    )


def _late_calls_not_urged(now: datetime) -> Select[Any]:
    """A call-back past its day of which nobody is told: its urging, which comes back every day, is gone."""
    promised = exists().where(
        Timer.kind == CALL_BACK,
        Timer.incident == Reporter.incident,
        Timer.data["reporter"].as_integer() == Reporter.id,
        Timer.fired_at.is_(None),
        Timer.due_at >= now - GRACE,
    )
    return (
        select(Reporter.incident)
        .join(Incident, Incident.number == Reporter.incident)
        .where(Incident.state == "closed", Reporter.callback_due_at < now - GRACE, ~promised)
    )


QUESTIONS: Mapping[str, Question] = {
    "timer_late": _late_timers,
    "clock_without_timer": _clocks_without_promise,
    "clock_not_missed": _clocks_not_missed,
    "supervision_missing": _unsupervised,
    "case_without_clock": _without_clock,
    "case_without_hands": _without_hands,
    "suspended_past_date": _suspended_past_date,
    "call_back_not_urged": _late_calls_not_urged,
}


def find_overdue(session: Session, now: datetime, post_codes: frozenset[str]) -> dict[str, list[int]]:
    """Return what should have happened and did not, by kind: the numbers concerned, none where all is well.

    ``post_codes`` are the posts of the city: a case held by nobody among them is held by nobody.
    """
    found = {
        kind: sorted(set(session.scalars(question(now).limit(ASKED_MAX)))) for kind, question in QUESTIONS.items()
    }
    holders = set(session.scalars(select(Incident.holder_code).where(Incident.state.not_in(ENDED)).distinct()))
    nobody = select(Incident.number).where(
        Incident.state.not_in(ENDED), Incident.holder_code.in_(holders - post_codes)
    )
    found["case_without_holder"] = sorted(session.scalars(nobody.limit(ASKED_MAX)))
    return found
