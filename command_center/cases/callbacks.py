"""Call-backs (回访): every reporter of a closed case is called, each for themselves, within the city's days.

``owe_callbacks`` is called when a case is closed; the queue is ``Reporter.callback_due_at``, read by
``dashboards/server/routes/caller_routes.py`` and by the handover of a shift. Whoever owes a call that is late is
urged when it is due and every day after (``urge_late_call``, by the timers).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from command_center.cases.actors import by_rule
from command_center.cases.case_file import CaseFile
from command_center.cases.incident_tables import Reporter
from command_center.clocks.limits import to_stage_limit
from command_center.clocks.working_time import add_time
from command_center.orders.order_tables import Timer
from grid.posts import Post

POLICY: Mapping[str, Any] = {
    "due": {"emergency": (1, "natural_day"), "urgent": (2, "natural_day"), "normal": (3, "natural_day")},
    "retry": (4, "work_hour"),
    "attempts_max": 3,
}
"""For a city whose limits.toml has no ``[callback]``. Source: domain.md 3.2, revisit within one to three days."""


STAGE, RULE, VERSION = "callback", "callback.due", "1"
DAY = timedelta(days=1)


def read_callback_policy(case: CaseFile) -> Mapping[str, Any]:
    policy: Mapping[str, Any] = case.policy("limits").get("callback") or POLICY
    return policy


def list_reporters(case: CaseFile) -> list[Reporter]:
    """Return who reported the case, in the order of their reports."""
    case.ledger.flush()
    found = select(Reporter).where(Reporter.incident == case.number).order_by(Reporter.id)
    return list(case.ledger.session.scalars(found))


def owe_callbacks(case: CaseFile) -> None:
    """Owe each reporter who can be called a call-back; drills call nobody."""
    incident = case.incident
    if incident.drill or incident.replay:
        return
    limit = read_callback_policy(case)["due"][incident.urgency]
    due_at = moment_after(case, case.ledger.now, limit)
    for reporter in list_reporters(case):
        if reporter.phone:
            reporter.callback_due_at, reporter.callback_attempts = due_at, 0
            reporter.callback_tried_at = reporter.revisited_at = None
            promise_urging(case, reporter)


def promise_urging(case: CaseFile, reporter: Reporter) -> None:
    """Promise to urge whoever owes the call, once it is late."""
    if reporter.callback_due_at is not None:
        _promise(case, reporter, reporter.callback_due_at, days=0)


def _promise(case: CaseFile, reporter: Reporter, at: datetime, *, days: int) -> None:
    owed = reporter.callback_due_at.isoformat() if reporter.callback_due_at is not None else ""
    data = {"reporter": reporter.id, "owed": owed, "days": days}
    case.ledger.write(Timer, due_at=at, kind=STAGE, incident=case.number, data=data)


def urge_late_call(case: CaseFile, told: Mapping[str, Any], desk: Post) -> None:
    """Urge the desk of the case, and promise to do so again in a day; a call that was made is no longer late."""
    reporter = case.ledger.session.get(Reporter, int(told["reporter"]))
    owed = reporter.callback_due_at if reporter is not None else None
    if reporter is None or owed is None or owed.isoformat() != told["owed"] or case.incident.state != "closed":
        return
    days = max(int(told["days"]), (case.ledger.now - owed).days)
    late = {"overdue_days": days} if days else {}
    name = {"zh": desk.name, "en": desk.name_en}
    facts = {"stage": STAGE, "reporter": reporter.id, "due_at": owed.isoformat(), "to": [desk.code]}
    case.record("urged", by_rule(RULE, VERSION), ratio=1.0, holder=desk.code, holder_name=name, **facts, **late)
    _promise(case, reporter, owed + (days + 1) * DAY, days=days + 1)


def drop_callbacks(case: CaseFile) -> None:
    """Owe nobody a call-back while the case is being worked on again."""
    for reporter in list_reporters(case):
        reporter.callback_due_at = None


def moment_after(case: CaseFile, start: datetime, limit: Any) -> datetime:
    """Return when a limit of the policy, counted from ``start``, ends."""
    chosen = to_stage_limit(limit)
    return add_time(start, chosen.limit_s, chosen.calendar, case.working_time())
