"""The indicators for one person: of the rows that they may count, in all and by group, with a way to the cases.

``command_center/assessment`` keeps the rows and reckons; here stand scope, narrowing and names.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, false, or_, select
from sqlalchemy.orm import Session

from command_center.assessment.count_cases import (
    Question,
    list_cases,
    list_cases_called,
    reckon_all,
    reckon_groups,
)
from command_center.assessment.figure_tables import CaseFigure
from command_center.assessment.indicators import CALL_RATES, MEANS, RATES, find_test
from command_center.assessment.scores import reckon_scores
from command_center.cases.incident_tables import IncidentAudience
from command_center.people.roles import SEES_BY_AREA, SEES_BY_DEPARTMENT
from command_center.people.scope import Grant, Scope
from dashboards.server.incidents.names import name_area, name_category, name_holder, path_of, worker_name
from dashboards.server.incidents.narrowing import Narrowing
from foundation.clock import to_rfc3339
from grid.city import City

COLUMNS = {"town": CaseFigure.town, "community": CaseFigure.community, "grid": CaseFigure.grid}


@dataclass(frozen=True, kw_only=True)
class KpiQuestion:
    """A period, what to look at, and what to group by."""

    begin: datetime
    end: datetime
    now: datetime
    narrowing: Narrowing
    department: str | None = None
    category: str | None = None
    worker: str | None = None
    by: str | None = None


def make_kpi(session: Session, city: City, scope: Scope, question: KpiQuestion) -> dict[str, Any]:
    """Return the indicators and scores of everything asked about, and of each group of ``by``."""
    asked = ask(city, scope, question)
    indicators = reckon_all(session, asked)
    groups = reckon_groups(session, asked, _grouping(city, question)) if question.by else {}
    return {
        "from": question.begin,
        "to": question.end,
        "by": question.by,
        "indicators": _with_links(indicators, question),
        "scores": reckon_scores(city, indicators),
        "items": [
            {
                "key": key,
                "name": _name_of(key, city, question),
                "indicators": figures,
                "scores": reckon_scores(city, figures),
            }
            for key, figures in groups.items()
        ],
        "next": None,
        "demo": city.demo,
    }


def list_kpi_cases(
    session: Session, city: City, scope: Scope, *, question: KpiQuestion, what: tuple[str, str]
) -> Iterator[int] | None:
    """Return the numbers of the cases behind a part of an indicator; None: there is no such figure."""
    if what[0] in CALL_RATES:
        return list_cases_called(session, ask(city, scope, question), indicator=what[0], part=what[1])
    test = find_test(*what)
    return list_cases(session, ask(city, scope, question), test) if test is not None else None


def ask(city: City, scope: Scope, question: KpiQuestion) -> Question:
    """Return the question as the rows are asked."""
    conditions = [_of_scope(city, scope), *_narrow(city, question)]
    return Question(begin=question.begin, end=question.end, now=question.now, conditions=tuple(conditions))


def _of_scope(city: City, scope: Scope) -> ColumnElement[bool]:
    """Return ``Scope.clause(counts=True)`` as a condition on the rows of figures."""
    found: list[ColumnElement[bool]] = [_of_grant(city, grant) for grant in scope.grants]
    if scope.worker is not None:
        found.append(_in_audience("worker", scope.worker))
    return or_(false(), *found)


def _of_grant(city: City, grant: Grant) -> ColumnElement[bool]:
    condition: ColumnElement[bool]
    if grant.role in SEES_BY_DEPARTMENT:
        condition = _in_audience("department", grant.department) if grant.department else false()
    elif grant.role in SEES_BY_AREA:
        condition = _in_area(city, grant.area)
    else:
        return false()
    return condition & CaseFigure.domain.in_(sorted(grant.domains)) if grant.domains is not None else condition


def _in_area(city: City, code: str) -> ColumnElement[bool]:
    area = city.tree.find_area(code)
    if area is None:
        return false()
    if area.level not in COLUMNS:
        return CaseFigure.incident.is_not(None)
    return or_(COLUMNS[area.level] == code, _in_audience("shared", code))


def _in_audience(kind: str, code: str) -> ColumnElement[bool]:
    chosen = select(IncidentAudience.incident).where(IncidentAudience.kind == kind, IncidentAudience.code == code)
    return CaseFigure.incident.in_(chosen)


def _narrow(city: City, question: KpiQuestion) -> Iterator[ColumnElement[bool]]:
    narrowing = question.narrowing
    if narrowing.domains is not None:
        yield CaseFigure.domain.in_(sorted(narrowing.domains))
    if narrowing.area is not None:
        yield _in_area(city, narrowing.area)
    if question.department is not None:
        yield or_(CaseFigure.department == question.department, _in_audience("department", question.department))
    if question.category is not None:
        yield CaseFigure.category.startswith(question.category, autoescape=True)
    if question.worker is not None:
        yield CaseFigure.worker == question.worker


def _grouping(city: City, question: KpiQuestion) -> str:
    """Return the column of a grouping; by area, the level below the area that is looked at."""
    if question.by != "area":
        return str(question.by)
    depth = len(path_of(city, question.narrowing.area)) if question.narrowing.area else 1
    return ("town", "community", "grid")[min(depth, 3) - 1]


def _with_links(indicators: dict[str, Any], question: KpiQuestion) -> dict[str, Any]:
    """Return the figures, each with the address of the cases that it is made of."""
    asked = {
        "from": to_rfc3339(question.begin), "to": to_rfc3339(question.end), "area": question.narrowing.area,
        "domain": ",".join(sorted(question.narrowing.domains or ())), "department": question.department,
        "category": question.category, "worker": question.worker,
    }  # fmt: skip
    query = {name: value for name, value in asked.items() if value}
    linked = {}
    for name, figure in indicators.items():
        part = "numerator" if name in RATES or name in CALL_RATES else "denominator" if name in MEANS else "all"
        linked[name] = {
            **figure,
            "cases": f"/api/v1/kpi/cases?{urlencode({'indicator': name, 'part': part, **query})}",
        }
    return linked


def _name_of(key: str, city: City, question: KpiQuestion) -> dict[str, str]:
    if question.by == "area":
        area = name_area(city, key)
        return {"zh": area["name"], "en": area["name_en"]} if area else {"zh": key, "en": key}
    if question.by == "category":
        return name_category(city, key)
    if question.by == "worker":
        return dict.fromkeys(("zh", "en"), worker_name(city, key))
    zh, en = name_holder(city, key)
    return {"zh": zh, "en": en}
