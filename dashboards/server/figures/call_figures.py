"""Calls that are counted one by one, not by case: departments whistled for, and reporters called back.

``kpi.py`` asks; the journal tells what each reporter said, in whichever round, the clocks to respond who came.
Source: 吹哨响应率 and 满意率 as common assessment rules have them; 基本满意 counts as satisfied.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from command_center.cases.incident_tables import Incident
from command_center.journal.journal_tables import JournalEntry
from command_center.orders.order_tables import ClockRow, Order
from command_center.orders.sub_tasks import RESPOND

SATISFIED = frozenset({"very_satisfied", "satisfied", "fairly_satisfied"})
Calls = Mapping[int, list[bool]]
"""By incident, one yes or no a call."""


def _whistled(begin: datetime, end: datetime) -> ColumnElement[bool]:
    """A department was called in the period, and was not called off before it had to be there."""
    in_time = and_(ClockRow.started_at >= begin, ClockRow.started_at < end)
    called_off = and_(Order.state == "cancelled", ClockRow.missed.is_(False))
    return and_(ClockRow.stage == RESPOND, in_time, ~called_off)


def _revisited(begin: datetime, end: datetime) -> ColumnElement[bool]:
    return and_(JournalEntry.kind == "revisited", JournalEntry.at >= begin, JournalEntry.at < end)


def had_calls(begin: datetime, end: datetime) -> ColumnElement[bool]:
    """Return the condition that an incident had such a call in the period."""
    whistled = select(ClockRow.incident).join(Order, Order.id == ClockRow.order).where(_whistled(begin, end))
    revisited = select(JournalEntry.incident).where(_revisited(begin, end))
    return or_(Incident.number.in_(whistled), Incident.number.in_(revisited))


def read_whistles(session: Session, begin: datetime, end: datetime) -> Calls:
    """Return, by incident, whether each department that was whistled for came in time."""
    found: dict[int, list[bool]] = defaultdict(list)
    columns = (ClockRow.incident, ClockRow.stopped_at, ClockRow.missed)
    rows = session.execute(select(*columns).join(Order, Order.id == ClockRow.order).where(_whistled(begin, end)))
    for incident, stopped_at, missed in rows:
        found[incident].append(stopped_at is not None and not missed)
    return found


def read_answers(session: Session, begin: datetime, end: datetime) -> Calls:
    """Return, by incident, whether each reporter who was called back was satisfied."""
    found: dict[int, list[bool]] = defaultdict(list)
    rows = session.execute(select(JournalEntry.incident, JournalEntry.data).where(_revisited(begin, end)))
    for incident, data in rows:
        if incident is not None:
            found[incident].append(data.get("satisfaction") in SATISFIED)
    return found


def rate_of(calls: Iterable[bool]) -> dict[str, Any]:
    """Return the share of yes among the calls."""
    every = list(calls)
    good = sum(every)
    ratio = round(good / len(every), 4) if every else None
    return {"value": ratio, "numerator": good, "denominator": len(every)}
