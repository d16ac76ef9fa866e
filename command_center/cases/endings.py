"""How a case ends: its orders and clocks stop, nobody supervises it any more, and the day to file it away is set.

Steps of every kind of ending call ``end_case``; ``timers.py`` calls ``archive`` when the day has come.
"""

from __future__ import annotations

from datetime import timedelta

from command_center.cases.actors import by_rule
from command_center.cases.callbacks import owe_callbacks
from command_center.cases.case_file import CaseFile
from command_center.clocks.clocks import stop_clocks
from command_center.orders.order_tables import Timer
from command_center.orders.orders import cancel_orders
from grid.lifecycle import LifecycleDoc

RULE, VERSION = "archive.after-window", "1"
AGAIN = timedelta(days=1)


def end_case(case: CaseFile, state: str, lifecycle: LifecycleDoc) -> None:
    """End the case as closed, rejected, void or merged; a closed one is filed away some days later."""
    cancel_orders(case)
    stop_clocks(case)
    incident = case.incident
    incident.state, incident.closed_at = state, case.ledger.now
    incident.supervised_by = None
    incident.needs_arbitration, incident.returned, incident.suspended_until = False, None, None
    if state == "closed":
        owe_callbacks(case)
        _promise_archive(case, timedelta(days=lifecycle.archive.days))


def _promise_archive(case: CaseFile, after: timedelta) -> None:
    closed_at = case.incident.closed_at
    data = {"closed_at": closed_at.isoformat() if closed_at is not None else ""}
    case.ledger.write(Timer, due_at=case.ledger.now + after, kind="archive", incident=case.number, data=data)


def archive(case: CaseFile, closed_at: str) -> None:
    """File the case away, unless it was opened again since; while a request waits, a day later."""
    incident = case.incident
    if incident.state != "closed" or incident.closed_at is None or incident.closed_at.isoformat() != closed_at:
        return
    if incident.approvals_pending:
        _promise_archive(case, AGAIN)
        return
    incident.state, incident.archived_at = "archived", case.ledger.now
    case.record("archived", by_rule(RULE, VERSION))
