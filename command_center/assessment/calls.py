"""Indicators that count calls and not cases: departments whistled for, and reporters called back, one by one.

``count_cases.py`` puts them beside the others, for what a person asks and for the months that are frozen alike.
The journal tells what each reporter said, in whichever round, the clocks to respond who came.

Source: 吹哨响应率, and the three rates (三率) 响应率、解决率、满意率 as common rules have them: yes answers
among the callers who were asked; 基本满意 counts as satisfied. A whistle is answered in time or not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from command_center.assessment.figure_tables import CaseFigure
from command_center.assessment.indicators import CALL_RATES, rate
from command_center.assessment.outcomes import Outcome
from command_center.journal.journal_tables import JournalEntry
from command_center.orders.order_tables import ClockRow, Order
from command_center.orders.sub_tasks import RESPOND

SATISFIED = frozenset({"very_satisfied", "satisfied", "fairly_satisfied"})
CHUNK = 5000
Span = tuple[datetime, datetime]


class Call(NamedTuple):
    """One call about a case: of which indicator, and whether it counts."""

    incident: int
    rate: str
    counts: bool


def read_calls(session: Session, span: Span) -> list[Call]:
    """Return every call of the period."""
    return [*_read_whistles(session, span), *_read_answers(session, span)]


def _read_whistles(session: Session, span: Span) -> Iterator[Call]:
    """Yield whether each department came in time; who was called off before it had to be there is not asked."""
    called_off = and_(Order.state == "cancelled", ClockRow.missed.is_(False))
    rows = session.execute(
        select(ClockRow.incident, ClockRow.stopped_at, ClockRow.missed)
        .join(Order, Order.id == ClockRow.order)
        .where(
            ClockRow.stage == RESPOND, ClockRow.started_at >= span[0], ClockRow.started_at < span[1], ~called_off
        )
    )
    for incident, stopped_at, missed in rows:
        yield Call(incident, "whistle_response_rate", stopped_at is not None and not missed)


def _read_answers(session: Session, span: Span) -> Iterator[Call]:
    """Yield what each caller said: of the three rates those that were asked about."""
    told = and_(JournalEntry.kind == "revisited", JournalEntry.at >= span[0], JournalEntry.at < span[1])
    for incident, data in session.execute(select(JournalEntry.incident, JournalEntry.data).where(told)):
        if incident is None:
            continue
        yield Call(incident, "satisfaction_rate", data.get("satisfaction") in SATISFIED)
        for name, question in (("response_rate", "responded"), ("resolution_rate", "resolved")):
            if isinstance(data.get(question), bool):
                yield Call(incident, name, data[question])


def group_calls(
    session: Session,
    calls: Iterable[Call],
    conditions: Iterable[ColumnElement[bool]],
    key: InstrumentedAttribute[Any],
) -> dict[str, list[Call]]:
    """Return the calls about the cases that are asked about, by group; void, merged and drill cases are not in."""
    by_case: dict[int, list[Call]] = defaultdict(list)
    for call in calls:
        by_case[call.incident].append(call)
    numbers, groups = sorted(by_case), defaultdict[str, list[Call]](list)
    is_in = CaseFigure.bits.bitwise_and(Outcome.OUT) == 0
    for start in range(0, len(numbers), CHUNK):
        chosen = CaseFigure.incident.in_(numbers[start : start + CHUNK])
        for number, group in session.execute(select(CaseFigure.incident, key).where(chosen, is_in, *conditions)):
            groups[str(group or "")] += by_case[number]
    return groups


def reckon_calls(calls: Iterable[Call]) -> dict[str, Any]:
    """Return the rates of calls: value, numerator, denominator."""
    counts = {name: [0, 0] for name in CALL_RATES}
    for call in calls:
        counts[call.rate][0] += call.counts
        counts[call.rate][1] += 1
    return {name: rate(good, every) for name, (good, every) in counts.items()}


PARTS: Mapping[str, Callable[[Call], bool]] = {
    "numerator": lambda call: call.counts,
    "denominator": lambda _: True,
    "all": lambda _: True,
    "rest": lambda call: not call.counts,
}


def list_called(calls: Iterable[Call], indicator: str, part: str) -> list[int]:
    """Return the cases with a call in that part of a rate, newest first."""
    return sorted({call.incident for call in calls if call.rate == indicator and PARTS[part](call)}, reverse=True)
