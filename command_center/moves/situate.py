"""Brings together what the guards of the table of moves judge: one person, one case, its orders, clocks, requests.

Called with what the case file holds already (an act) or with what it has to read (an offer).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from command_center.cases.approval_tables import Approval
from command_center.cases.audience_rows import read_audiences
from command_center.cases.case_file import CaseFile
from command_center.cases.case_policy import policy_of, working_time_of
from command_center.cases.incident_rows import find_parts
from command_center.cases.incident_tables import Incident, Reporter
from command_center.cases.merged_cases import find_main, list_merged
from command_center.cases.standards import standards_of
from command_center.moves.situation import Situation
from command_center.orders.order_tables import ClockRow, Order
from command_center.people.audience import Audience
from command_center.people.scope import Scope
from grid.city import City
from grid.lifecycle import LifecycleDoc


def situate_case(case: CaseFile, scope: Scope) -> Situation:
    """Return the situation of an act."""
    return _situate(
        case.ledger.session,
        (case.incident, case.audience, case.orders, case.clocks),
        (scope, case.ledger.city, case.ledger.now),
    )


def situate_offer(session: Session, incident: Incident, scope: Scope, *, city: City, now: datetime) -> Situation:
    """Return the situation of somebody who only asks what they may do."""
    number = incident.number
    orders = session.scalars(select(Order).where(Order.incident == number).order_by(Order.id)).all()
    clocks = session.scalars(select(ClockRow).where(ClockRow.incident == number).order_by(ClockRow.id)).all()
    audience = read_audiences(session, [incident], city)[number]
    return _situate(session, (incident, audience, orders, clocks), (scope, city, now))


def _situate(
    session: Session,
    about: tuple[Incident, Audience, Sequence[Order], Sequence[ClockRow]],
    who: tuple[Scope, City, datetime],
) -> Situation:
    (incident, audience, orders, clocks), (scope, city, now) = about, who
    number, reporters = incident.number, select(Reporter).where(Reporter.incident == incident.number)
    there = find_parts(session, [number])  # most have neither callers nor merged cases
    return Situation(
        incident=incident,
        orders=tuple(orders),
        reporters=tuple(session.scalars(reporters.order_by(Reporter.id))) if "reporters" in there else (),
        audience=audience,
        scope=scope,
        city=city,
        now=now,
        clocks=tuple(clocks),
        approvals=read_pending(session, incident),
        lifecycle=lifecycle_of(session, city, incident),
        limits=policy_of(session, city, incident.policy_version, "limits").document,
        working=working_time_of(session, city, incident.policy_version),
        level_rules=policy_of(session, city, incident.policy_version, "level_rules").document,
        main=find_main(session, incident),
        merged=list_merged(session, number) if "merged" in there else (),
        standards=standards_of(session, city, incident),
    )


def read_pending(session: Session, incident: Incident) -> tuple[Approval, ...]:
    """Return the requests about an incident that still wait for somebody."""
    if not incident.approvals_pending:
        return ()
    wanted = select(Approval).where(Approval.incident == incident.number, Approval.state == "pending")
    return tuple(session.scalars(wanted.order_by(Approval.id)))


def lifecycle_of(session: Session, city: City, incident: Incident) -> LifecycleDoc:
    """Return the life cycle's rules under which the case was opened; a city without any has the usual ones."""
    try:
        document = policy_of(session, city, incident.policy_version, "lifecycle").document
    except KeyError:
        return LifecycleDoc()
    return msgspec.convert(document, LifecycleDoc)
