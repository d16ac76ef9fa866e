"""Steps that put a case into another one, and take it out again as it stood, with its callers and its clocks."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, update

from command_center.cases.case_file import ENDED_STATES, CaseFile, find_case
from command_center.cases.incident_tables import Incident, IncidentSource, Reporter
from command_center.cases.merged_cases import list_merged
from command_center.cases.upstream import UPSTREAM, start_upstream_clock, waits_upstream
from command_center.clocks.clocks import restore_clocks, stop_clocks
from command_center.moves.act import Act, invalid, refuse

MOVED = (IncidentSource, Reporter)
"""What goes along with a case, each with its ``home`` so that it finds the way back."""


def merge(act: Act) -> None:
    """Put the case into another one: its sources and its callers go along, each caller keeps their own reply.

    Its clocks stand still, its orders rest; the main case alone is counted and handled.
    """
    case, target = act.case, _find_main(act, int(act.data["into"]))
    _move(act, case.number, target.number)
    stop_clocks(case, UPSTREAM)
    before = _remember(case)
    stopped = stop_clocks(case, why="merge")
    case.incident.before_merge = {**before, "clocks": [clock.id for clock in stopped]}
    for order in case.open_orders():
        order.state, order.ended_at = "cancelled", act.ledger.now
    incident = case.incident
    incident.state, incident.closed_at, incident.merged_into = "merged", act.ledger.now, target.number
    incident.supervised_by = None
    act.record("merged", into=target.number, reason=act.words("reason"))
    _refresh(target)
    target.record("signal_joined", act.actor, merged=case.number)


def _find_main(act: Act, number: int) -> CaseFile:
    target = find_case(act.ledger, number) if number != act.case.number else None
    if target is None or not act.scope.sees(target.audience) or target.incident.state in ENDED_STATES:
        raise invalid(into="is no open case that you see")
    here, there = act.case.incident, target.incident
    if (here.drill, here.replay) != (there.drill, there.replay):
        raise invalid(into="a drill or a replay is not merged with a real case")
    return target


def _remember(case: CaseFile) -> dict[str, Any]:
    incident = case.incident
    return {
        "state": incident.state,
        "holder": [incident.holder_kind, incident.holder_code],
        "supervised_by": incident.supervised_by,
        "orders": {str(order.id): order.state for order in case.open_orders()},
    }


def _move(act: Act, number: int, into: int) -> None:
    for table in MOVED:
        act.ledger.session.execute(
            update(table)
            .where(table.incident == number)
            .values(incident=into, home=func.coalesce(table.home, number))
        )


def unmerge(act: Act) -> None:
    """Take the case out of the main one: state, holder, orders and clocks as they stood, its callers with it."""
    case = act.case
    main = find_case(act.ledger, case.incident.merged_into or 0)
    if main is None or not act.scope.sees(main.audience):
        raise refuse("forbidden", "the main case is outside your scope")
    own = [case.number, *(incident.number for incident in list_merged(act.ledger.session, case.number))]
    for table in MOVED:
        act.ledger.session.execute(
            update(table).where(table.incident == main.number, table.home.in_(own)).values(incident=case.number)
        )
    _restore(act, case)
    _refresh(main)
    _refresh(case)
    facts = {"main": main.number, "reason": act.words("reason")}
    act.record("unmerged", **facts)
    main.record("unmerged", act.actor, parted=case.number)


def _restore(act: Act, case: CaseFile) -> None:
    incident, before = case.incident, case.incident.before_merge or {}
    incident.state, incident.closed_at, incident.merged_into = before["state"], None, None
    incident.holder_kind, incident.holder_code = before["holder"]
    incident.supervised_by, incident.before_merge = before["supervised_by"], None
    for order in case.orders:
        if str(order.id) in before["orders"]:
            order.state, order.ended_at = before["orders"][str(order.id)], None
    stopped = [clock for clock in case.clocks if clock.id in before["clocks"]]
    restore_clocks(case, stopped, why="unmerge")


def _refresh(case: CaseFile) -> None:
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
