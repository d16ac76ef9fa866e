"""The handover sheet, made from what stands in the database at one number of the journal.

Comes in: the ledger of the transaction and an area. Goes out: a document of sections, each line with the
number of its case and nothing of any person; who reads it later sees the lines that they may see.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from command_center.cases.case_file import ENDED_STATES
from command_center.cases.incident_tables import Incident, IncidentAudience, Reporter
from command_center.journal.ledger import Ledger
from command_center.moves.alarm_steps import shelved_until
from command_center.orders.order_tables import ClockRow
from command_center.responses.response_tables import EmergencyResponse, Instruction
from command_center.signals.signal_tables import Candidate, SourceCount
from foundation.clock import to_rfc3339
from grid.city import City

LINES_MAX = 200
SILENT_AFTER = timedelta(hours=1)
ENDED_KEPT = timedelta(days=7)
SECTIONS = ("urgent", "due", "supervised", "callbacks", "alarms", "silent_sources", "responses")
OPEN_INSTRUCTIONS = ("issued", "received", "executing")
WAITING_ALARMS = ("open", "shelved")


def make_sheet(ledger: Ledger, area: str, until: datetime) -> dict[str, Any]:
    """Return the sections by name, each ``{"count", "items"}``; at most ``LINES_MAX`` lines are kept of one."""
    session, city = ledger.session, ledger.city
    lines = {
        "urgent": _urgent(session, city, area),
        "due": _due(session, city, area, until),
        "supervised": _supervised(session, city, area),
        "callbacks": _callbacks(session, city, area, ledger.now),
        "alarms": _shelved(session, city, area, ledger.now) + _alarms(session, city, area),
        "silent_sources": _silent_sources(session, city, area, ledger.now),
        "responses": _responses(session, city, area),
    }
    return {name: {"count": len(found), "items": found[:LINES_MAX]} for name, found in lines.items()}


def _in_area(area: str) -> ColumnElement[bool]:
    return exists().where(
        IncidentAudience.incident == Incident.number,
        IncidentAudience.kind.in_(("area", "shared")),
        IncidentAudience.code == area,
    )


def _is_real() -> ColumnElement[bool]:
    return Incident.replay.is_(False)


def _open_cases(area: str) -> tuple[ColumnElement[bool], ...]:
    return (Incident.state.not_in(sorted(ENDED_STATES)), _is_real(), _in_area(area))


def _urgent(session: Session, city: City, area: str) -> list[dict[str, Any]]:
    is_urgent = or_(Incident.urgency == "emergency", Incident.severity <= 4)
    return _lines(session, city, (*_open_cases(area), is_urgent))


def _supervised(session: Session, city: City, area: str) -> list[dict[str, Any]]:
    return _lines(session, city, (*_open_cases(area), Incident.supervised_by.is_not(None)))


def _lines(session: Session, city: City, conditions: Iterable[ColumnElement[bool]]) -> list[dict[str, Any]]:
    rows = session.scalars(select(Incident).where(*conditions).order_by(Incident.number))
    return [_line(city, row) for row in rows]


def _line(city: City, incident: Incident, **more: Any) -> dict[str, Any]:
    category = city.catalogue.find_category(incident.category)
    post = city.posts.find_post(incident.holder_code)
    area = city.tree.find_area(incident.area)
    return {
        "incident": incident.number,
        "category_name": {"zh": category.zh, "en": category.en} if category else {},
        "area_name": {"zh": area.name, "en": area.name_en} if area else {},
        "holder_name": {"zh": post.name, "en": post.name_en} if post else {},
        "state": incident.state,
        "urgency": incident.urgency,
        "severity": incident.severity,
        "drill": incident.drill,
        **more,
    }


def _due(session: Session, city: City, area: str, until: datetime) -> list[dict[str, Any]]:
    rows = session.execute(
        select(Incident, ClockRow.stage, ClockRow.due_at)
        .join(ClockRow, ClockRow.incident == Incident.number)
        .where(
            *_open_cases(area),
            ClockRow.stopped_at.is_(None),
            ClockRow.paused_at.is_(None),
            ClockRow.due_at < until,
        )
        .order_by(ClockRow.due_at, ClockRow.id)
    )
    first: dict[tuple[int, str], tuple[Incident, datetime]] = {}
    # several orders of a case may run to the same limit: one line, the earliest
    for incident, stage, due_at in rows:
        first.setdefault((incident.number, stage), (incident, due_at))
    return [_line(city, one, stage=stage, due_at=to_rfc3339(at)) for (_, stage), (one, at) in first.items()]


def _callbacks(session: Session, city: City, area: str, now: datetime) -> list[dict[str, Any]]:
    """Return the cases whose reporters still wait for their answer or their call, one line a case."""
    owed = Reporter.wants_reply.is_(True) & Reporter.revisited_at.is_(None)
    waits = exists().where(Reporter.incident == Incident.number, owed | Reporter.callback_due_at.is_not(None))
    is_over = Incident.state.in_(("disposed", "checking", "closed", "merged"))
    is_recent = or_(Incident.closed_at.is_(None), Incident.closed_at >= now - ENDED_KEPT)
    return _lines(session, city, (_is_real(), _in_area(area), waits, is_over, is_recent))


def _shelved(session: Session, city: City, area: str, now: datetime) -> list[dict[str, Any]]:
    """Return the cases whose alarm somebody shelved beyond this moment."""
    rows = session.scalars(select(Incident).where(*_open_cases(area), Incident.alarm.is_not(None)))
    return [_line(city, row) for row in rows if shelved_until(row, now) is not None]


def _alarms(session: Session, city: City, area: str) -> list[dict[str, Any]]:
    """Return the alarms that wait for a person: candidates, and the alarms of cases that are shelved."""
    rows = session.scalars(select(Candidate).where(Candidate.state.in_(WAITING_ALARMS)).order_by(Candidate.at))
    found = []
    for row in rows:
        path = city.tree.path(row.area) if city.tree.find_area(row.area) is not None else (row.area,)
        if area in path:
            category = city.catalogue.find_category(row.category)
            name = {"zh": category.zh, "en": category.en} if category else {}
            at = to_rfc3339(row.at)
            found.append(
                {"candidate": row.id, "category_name": name, "state": row.state, "at": at, "area": row.area}
            )
    return found


def _silent_sources(session: Session, city: City, area: str, now: datetime) -> list[dict[str, Any]]:
    """Return the sources that spoke before and do not any more; told to the city's own centre only."""
    if area != city.code:
        return []
    rows = session.scalars(select(SourceCount).order_by(SourceCount.source))
    silent = [row for row in rows if row.last_at is not None and now - row.last_at >= SILENT_AFTER]
    return [
        {
            "source": row.source,
            "name": {"zh": city.sources[row.source].zh, "en": city.sources[row.source].en},
            "last_at": to_rfc3339(row.last_at) if row.last_at is not None else None,
        }
        for row in silent
        if row.source in city.sources
    ]


def _responses(session: Session, city: City, area: str) -> list[dict[str, Any]]:
    """Return the emergency responses under way: in the area, above it, or with an instruction to its posts."""
    chosen = select(EmergencyResponse).where(EmergencyResponse.state != "ended").order_by(EmergencyResponse.id)
    open_ones = select(Instruction).where(Instruction.state.in_(OPEN_INSTRUCTIONS)).order_by(Instruction.id)
    orders: dict[int, list[Instruction]] = {}
    for order in session.scalars(open_ones):
        orders.setdefault(order.response, []).append(order)
    found = []
    for row in session.scalars(chosen):
        own = [order for order in orders.get(row.id, []) if _lies_in(city, order, area)]
        is_near = city.tree.find_area(row.area) is not None and (
            area in city.tree.path(row.area) or row.area in city.tree.path(area)
        )
        if is_near or own:
            found.append(_response_line(city, row, orders.get(row.id, []) if is_near else own))
    return found


def _lies_in(city: City, order: Instruction, area: str) -> bool:
    post = city.posts.find_post(order.holder_code)
    return post is not None and city.tree.is_within(post.area, area)


def _response_line(city: City, row: EmergencyResponse, orders: list[Instruction]) -> dict[str, Any]:
    place = city.tree.find_area(row.area)
    return {
        "response": row.id,
        "title": row.title,
        "area_name": {"zh": place.name, "en": place.name_en} if place else {},
        "state": row.state,
        "response_level": row.level,
        "drill": row.drill,
        "waits_for_second": row.proposal is not None,
        "instructions": len(orders),
        "instructions_late": sum(order.late > 0 for order in orders),
        "due_at": row.reports.get("due_at"),
        "frozen": row.frozen,
    }
