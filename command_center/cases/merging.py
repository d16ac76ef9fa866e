"""Puts a case into another one: its sources and callers go along, its clocks stand still, its orders rest.

Called by the move (``moves/merge_steps.py``) and for a report with a number of its own that says what is known
already (``signals/take_report.py``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select, update

from command_center.cases.actors import Actor
from command_center.cases.case_file import CaseFile
from command_center.cases.incident_tables import Incident, IncidentSource, Reporter
from command_center.cases.merged_cases import list_merged
from command_center.cases.upstream import UPSTREAM, start_upstream_clock, waits_upstream
from command_center.clocks.clocks import stop_clocks

MOVED = (IncidentSource, Reporter)
"""What goes along with a case, each with its ``home`` so that it finds the way back."""


def merge_into(case: CaseFile, target: CaseFile, actor: Actor, tell_merged: Callable[[], object]) -> None:
    """Put the case into the main one, which alone is counted and handled; each caller keeps their own reply."""
    _move(case, target.number)
    stop_clocks(case, UPSTREAM)
    before = _remember(case)
    stopped = stop_clocks(case, why="merge")
    case.incident.before_merge = {**before, "clocks": [clock.id for clock in stopped]}
    for order in case.open_orders():
        order.state, order.ended_at = "cancelled", case.ledger.now
    incident = case.incident
    incident.state, incident.closed_at, incident.merged_into = "merged", case.ledger.now, target.number
    incident.supervised_by = None
    tell_merged()
    bring_in_step(target)
    target.record("signal_joined", actor, merged=case.number)


def _remember(case: CaseFile) -> dict[str, Any]:
    incident = case.incident
    return {
        "state": incident.state,
        "holder": [incident.holder_kind, incident.holder_code],
        "supervised_by": incident.supervised_by,
        "orders": {str(order.id): order.state for order in case.open_orders()},
    }


def _move(case: CaseFile, into: int) -> None:
    case.ledger.flush()
    for table in MOVED:
        case.ledger.session.execute(
            update(table)
            .where(table.incident == case.number)
            .values(incident=into, home=func.coalesce(table.home, case.number))
        )


def bring_in_step(case: CaseFile) -> None:
    """Bring in step what follows from the sources and the cases that the case now has."""
    ledger, incident = case.ledger, case.incident
    ledger.flush()
    latest = ledger.session.scalar(
        select(func.max(IncidentSource.last_at)).where(IncidentSource.incident == case.number)
    )
    incident.last_signal_at = latest or incident.last_signal_at
    stop_clocks(case, UPSTREAM)
    for waiting in _list_waiting(case):
        start_upstream_clock(case, waiting)


def _list_waiting(case: CaseFile) -> list[Incident]:
    found = (case.incident, *list_merged(case.ledger.session, case.number))
    return [incident for incident in found if waits_upstream(incident)]
