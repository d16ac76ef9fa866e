"""The indicators of assessment, each with numerator and denominator; drills and replays stand outside.

Only what this person may count. Source of the formulas: the management rules of urban management command
centres (处置率, 按期处置率, 结案率, 准确派遣率, 返工率, 有效上报率, 满意率) in their common form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from command_center.cases.incident_tables import Incident, IncidentAudience
from command_center.orders.order_tables import ClockRow, Order
from command_center.people.scope import Scope
from dashboards.server.figures.call_figures import had_calls, rate_of, read_answers, read_whistles
from dashboards.server.incidents.names import name_area, name_category, name_holder, path_of
from dashboards.server.incidents.narrowing import Narrowing
from grid.city import City

NOT_VALID = frozenset({"rejected", "void"})
NOT_COUNTED = frozenset({"void", "merged"})


@dataclass(frozen=True, kw_only=True)
class KpiQuestion:
    """A period, what to look at, and what to group by."""

    begin: datetime
    end: datetime
    narrowing: Narrowing
    department: str | None
    category: str | None
    by: str | None

    def covers(self, moment: datetime | None) -> bool:
        return moment is not None and self.begin <= moment < self.end


@dataclass(frozen=True)
class Case:
    """What one incident contributes. ``dispose_due_at`` is None where no disposal clock ran."""

    row: Any
    dispose_due_at: datetime | None
    dispose_missed: bool
    whistles: tuple[bool, ...] = ()
    """Of each department that was whistled for in the period, whether it came in time."""
    answers: tuple[bool, ...] = ()
    """Of each reporter who was called back in the period, whether they were satisfied."""


Test = Callable[[Case, KpiQuestion], bool]


def _due_or_done(case: Case, question: KpiQuestion) -> bool:
    """Dispatched, and the disposal is due in the period or was done in it."""
    return case.row.dispatched_at is not None and (
        question.covers(case.dispose_due_at) or question.covers(case.row.disposed_at)
    )


def _closable(case: Case, question: KpiQuestion) -> bool:
    """Filed, and the disposal is due in the period or the case was closed in it."""
    return case.row.filed_at is not None and (
        question.covers(case.dispose_due_at) or question.covers(case.row.closed_at)
    )


def _dispatched(case: Case, question: KpiQuestion) -> bool:
    return question.covers(case.row.dispatched_at)


def _reported(case: Case, question: KpiQuestion) -> bool:
    return question.covers(case.row.opened_at)


RATES: dict[str, tuple[Test, Test]] = {
    # name: (denominator, what of it is the numerator)
    "disposal_rate": (_due_or_done, lambda case, _: case.row.disposed_at is not None),
    "on_time_disposal_rate": (
        _due_or_done,
        lambda case, _: case.row.disposed_at is not None and not case.dispose_missed,
    ),
    "closing_rate": (_closable, lambda case, _: case.row.closed_at is not None),
    "on_time_closing_rate": (
        _closable,
        lambda case, _: case.row.closed_at is not None and not case.dispose_missed,
    ),
    "rework_rate": (_closable, lambda case, _: case.row.reworks > 0),
    "dispatch_accuracy": (_dispatched, lambda case, _: case.row.returns == 0),
    "return_rate": (_dispatched, lambda case, _: case.row.returns > 0),
    "valid_report_rate": (_reported, lambda case, _: case.row.state not in NOT_VALID),
    "filing_rate": (_reported, lambda case, _: case.row.filed_at is not None),
}
MEANS: dict[str, tuple[str, str]] = {
    # name: from this moment to that one, of what ended in the period
    "mean_dispatch_s": ("opened_at", "dispatched_at"),
    "mean_dispose_s": ("dispatched_at", "disposed_at"),
    "mean_close_s": ("opened_at", "closed_at"),
}


def make_kpi(session: Session, city: City, scope: Scope, question: KpiQuestion) -> dict[str, Any]:
    """Return the indicators of everything asked about, and of each group of ``by``."""
    cases = _read_cases(session, scope, question)
    groups: dict[str, list[Case]] = {}
    if question.by is not None:
        for case in cases:
            groups.setdefault(_group_of(case, city, question), []).append(case)
    return {
        "from": question.begin,
        "to": question.end,
        "by": question.by,
        "indicators": _reckon(cases, question),
        "items": [
            {"key": key, "name": _name_of(key, city, question), "indicators": _reckon(members, question)}
            for key, members in sorted(groups.items())
        ],
        "next": None,
    }


def _reckon(cases: Iterable[Case], question: KpiQuestion) -> dict[str, Any]:
    members = list(cases)
    indicators: dict[str, Any] = {"reported": {"value": sum(_reported(case, question) for case in members)}}
    for name, (belongs, counts) in RATES.items():
        base = [case for case in members if belongs(case, question)]
        good = sum(counts(case, question) for case in base)
        ratio = round(good / len(base), 4) if base else None
        indicators[name] = {"value": ratio, "numerator": good, "denominator": len(base)}
    indicators["satisfaction_rate"] = rate_of(answer for case in members for answer in case.answers)
    indicators["whistle_response_rate"] = rate_of(came for case in members for came in case.whistles)
    for name, (begin, end) in MEANS.items():
        spans = [
            (getattr(case.row, end) - getattr(case.row, begin)).total_seconds()
            for case in members
            if question.covers(getattr(case.row, end)) and getattr(case.row, begin) is not None
        ]
        mean = round(sum(spans) / len(spans), 1) if spans else None
        indicators[name] = {"value": mean, "numerator": round(sum(spans), 1), "denominator": len(spans)}
    return indicators


def _read_cases(session: Session, scope: Scope, question: KpiQuestion) -> list[Case]:
    due = (
        select(ClockRow.incident, func.max(ClockRow.due_at).label("due_at"), func.max(ClockRow.id).label("last"))
        .join(Order, Order.id == ClockRow.order)
        .where(ClockRow.stage == "dispose", Order.is_lead.is_(True))  # an assistant's limit is not the case's
        .group_by(ClockRow.incident)
        .subquery()
    )
    columns = (
        Incident.number, Incident.domain, Incident.category, Incident.area, Incident.holder_code, Incident.state,
        Incident.opened_at, Incident.filed_at, Incident.dispatched_at, Incident.disposed_at, Incident.closed_at,
        Incident.returns, Incident.reworks,
    )  # fmt: skip
    inside = [
        column.between(question.begin, question.end)
        for column in (Incident.opened_at, Incident.dispatched_at, Incident.disposed_at, Incident.closed_at)
    ]
    is_due = and_(due.c.due_at >= question.begin, due.c.due_at < question.end)
    statement = (
        select(*columns, due.c.due_at, ClockRow.missed)
        .outerjoin(due, due.c.incident == Incident.number)
        .outerjoin(ClockRow, ClockRow.id == due.c.last)
        .where(
            scope.clause(counts=True),
            question.narrowing.clause(),
            Incident.drill.is_(False),
            Incident.replay.is_(False),
            Incident.state.not_in(NOT_COUNTED),
            or_(*inside, is_due, had_calls(question.begin, question.end)),
        )
    )
    if question.category is not None:
        statement = statement.where(Incident.category.startswith(question.category, autoescape=True))
    if question.department is not None:
        party = aliased(IncidentAudience)
        held = select(party.incident).where(party.kind == "department", party.code == question.department)
        statement = statement.where(Incident.number.in_(held))
    rows = session.execute(statement).all()
    came = read_whistles(session, question.begin, question.end)
    said = read_answers(session, question.begin, question.end)
    return [
        Case(
            row,
            row.due_at,
            bool(row.missed),
            whistles=tuple(came.get(row.number, ())),
            answers=tuple(said.get(row.number, ())),
        )
        for row in rows
    ]


def _group_of(case: Case, city: City, question: KpiQuestion) -> str:
    if question.by == "domain":
        return str(case.row.domain)
    if question.by == "category":
        return str(case.row.category)
    if question.by == "department":
        post = city.posts.find_post(case.row.holder_code)
        return post.department or post.code if post is not None else str(case.row.holder_code)
    path = path_of(city, case.row.area)
    depth = len(path_of(city, question.narrowing.area)) if question.narrowing.area else 1
    return path[min(depth, len(path) - 1)]


def _name_of(key: str, city: City, question: KpiQuestion) -> dict[str, str]:
    if question.by == "area":
        area = name_area(city, key)
        return {"zh": area["name"], "en": area["name_en"]} if area else {"zh": key, "en": key}
    if question.by == "category":
        return name_category(city, key)
    zh, en = name_holder(city, key)
    return {"zh": zh, "en": en}
