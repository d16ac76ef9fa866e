"""Counts the rows of ``case_figures`` by kind of outcome, in one query a question, on either database.

A period, conditions and a grouping come in; ``Counted`` goes out for ``indicators.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, case, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from command_center.assessment.calls import Call, group_calls, list_called, read_calls, reckon_calls
from command_center.assessment.figure_tables import CaseFigure
from command_center.assessment.indicators import SUMS, Counted, Kind, rate, reckon_indicators
from command_center.assessment.outcomes import MOMENTS, Outcome, Within

PAGE = 2000
GROUPS: Mapping[str, InstrumentedAttribute[Any]] = {
    "domain": CaseFigure.domain,
    "category": CaseFigure.category,
    "department": CaseFigure.department,
    "worker": CaseFigure.worker,
    "town": CaseFigure.town,
    "community": CaseFigure.community,
    "grid": CaseFigure.grid,
}


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked: a period from ``begin`` until before ``end``, seen at ``now``, of these rows."""

    begin: datetime
    end: datetime
    now: datetime
    conditions: tuple[ColumnElement[bool], ...] = ()

    def span(self) -> tuple[int, int]:
        return int(self.begin.timestamp()), int(self.end.timestamp())


def reckon_all(session: Session, question: Question) -> dict[str, Any]:
    """Return every indicator of everything asked about."""
    found = reckon_indicators(counted for _, counted in count_cases(session, question, None))
    groups = group_calls(session, _read_calls(session, question), question.conditions, CaseFigure.domain)
    found |= reckon_calls(call for calls in groups.values() for call in calls)
    return found | {"top_category_share": _share_of_top(session, question, found["reported"]["value"])}


def _read_calls(session: Session, question: Question) -> list[Call]:
    return read_calls(session, (question.begin, question.end))


def _share_of_top(session: Session, question: Question, reported: int) -> dict[str, Any]:
    """Return the share of the commonest category among what was reported (高发占比)."""
    begin, end = question.span()
    is_in = CaseFigure.bits.bitwise_and(Outcome.OUT) == 0
    opened = and_(CaseFigure.opened_s >= begin, CaseFigure.opened_s < end)
    counted = select(func.count()).where(opened, is_in, *question.conditions).group_by(CaseFigure.category)
    return rate(session.scalar(counted.order_by(func.count().desc()).limit(1)) or 0, reported)


def reckon_groups(session: Session, question: Question, by: str) -> dict[str, dict[str, Any]]:
    """Return the indicators of each group that has cases, by its code."""
    groups: dict[str, list[Counted]] = {}
    for key, counted in count_cases(session, question, by):
        groups.setdefault(key, []).append(counted)
    called = group_calls(session, _read_calls(session, question), question.conditions, GROUPS[by])
    return {
        key: reckon_indicators(groups.get(key, ())) | reckon_calls(called.get(key, ()))
        for key in sorted({*groups, *called})
        if key
    }


def list_cases_called(session: Session, question: Question, *, indicator: str, part: str) -> Iterator[int]:
    """Yield the numbers of the cases behind a rate that counts calls, newest first."""
    calls = group_calls(session, _read_calls(session, question), question.conditions, CaseFigure.domain)
    yield from list_called((call for one in calls.values() for call in one), indicator, part)


def count_cases(session: Session, question: Question, by: str | None) -> Iterator[tuple[str, Counted]]:
    """Yield (group, counted kind)."""
    within = within_column(question)
    key: Any = GROUPS[by] if by is not None else literal("")
    sums = [column for name in SUMS for column in _sum_of(name)]
    inner = select(key.label("key"), CaseFigure.bits, within.label("within"), *_spent()).where(
        *_in_period(question)
    )
    found = inner.subquery()
    statement = select(found.c.key, found.c.bits, found.c.within, func.count(), *(one(found.c) for one in sums))
    for row in session.execute(statement.group_by(found.c.key, found.c.bits, found.c.within)):
        values = row[4:]
        told = {name: (float(values[2 * i] or 0), int(values[2 * i + 1])) for i, name in enumerate(SUMS)}
        yield str(row[0] or ""), Counted(Kind(int(row[1]), int(row[2])), int(row[3]), told)


def _spent() -> list[Any]:
    """Return the columns that are summed up."""
    table = CaseFigure
    made: dict[str, Any] = {
        "until_dispatch_s": table.dispatched_s - table.opened_s,
        "until_close_s": table.closed_s - table.opened_s,
    }
    found: list[Any] = [made[name] if name in made else getattr(table, name) for name in SUMS]
    return [column.label(name) for column, name in zip(found, SUMS, strict=True)]


def _sum_of(name: str) -> tuple[Any, Any]:
    return (lambda columns: func.sum(columns[name]), lambda columns: func.count(columns[name]))


def within_column(question: Question) -> ColumnElement[int]:
    """Return the number that says which moments of a case lie in the period."""
    begin, end = question.span()
    now = int(question.now.timestamp())
    column: Any = literal(0, Integer)
    for bit, name in MOMENTS.items():
        moment = getattr(CaseFigure, name)
        column = column + case((and_(moment >= begin, moment < end), bit), else_=0)
    is_late = and_(CaseFigure.due_s <= now, CaseFigure.disposed_s.is_(None))
    return column + case((is_late, Within.LATE), else_=0)  # type: ignore[no-any-return]


def _in_period(question: Question) -> list[ColumnElement[bool]]:
    begin, end = question.span()
    moments = [getattr(CaseFigure, name) for name in MOMENTS.values()]
    return [or_(*(and_(moment >= begin, moment < end) for moment in moments)), *question.conditions]


def list_cases(session: Session, question: Question, kinds: Any) -> Iterator[int]:
    """Yield the numbers of the cases of which ``kinds`` says yes, newest first."""
    statement = select(CaseFigure.incident, CaseFigure.bits, within_column(question)).where(*_in_period(question))
    rows = session.execute(statement.order_by(CaseFigure.incident.desc()).execution_options(yield_per=PAGE))
    for number, bits, within in rows:
        if kinds(Kind(int(bits), int(within))):
            yield int(number)
