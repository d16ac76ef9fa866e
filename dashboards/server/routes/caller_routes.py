"""The call-back queue: who is owed a call, by when, after how many tries; each reporter for themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from sqlalchemy import ColumnElement, Select, and_, or_, select
from starlette.responses import Response

from command_center.cases.incident_tables import Incident, Reporter
from command_center.people.scope import Scope
from dashboards.server.answers import answer
from dashboards.server.incidents.incident_queries import check_domains
from dashboards.server.incidents.incident_shape import PROBLEMS
from dashboards.server.incidents.names import name_area, name_category
from dashboards.server.incidents.narrowing import in_area
from dashboards.server.incidents.paging import Cursor, Limit, decode_cursor, encode_cursor, page
from dashboards.server.incidents.party_view import show_reporter
from dashboards.server.incidents.sight import check_area, is_city_wide
from dashboards.server.incidents.visibility import whole_clause
from dashboards.server.sessions.admission import OPERATORS, admit
from dashboards.server.sessions.session_store import Caller
from dashboards.server.toolbox import Tools
from grid.city import City

PRIVATE = 2
CallingBack = Annotated[Caller, Depends(admit(OPERATORS))]
Domains = Annotated[str | None, Query(max_length=200)]

router = APIRouter(prefix="/api/v1", tags=["callers"], responses=PROBLEMS)


@router.get("/callbacks")
def list_callbacks(
    *,
    web: Tools,
    caller: CallingBack,
    area: Annotated[str | None, Query(max_length=40)] = None,
    domain: Domains = None,
    overdue: bool | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """List the calls that are owed, the most urgent first."""
    city, now = web.city.get(), web.clock.now()
    statement = _select_owed(caller.scope, city)
    if area:
        statement = statement.where(in_area(check_area(caller.scope, city, area)))
    if domain:
        check_domains(domain, city)
        statement = statement.where(Incident.domain.in_(domain.split(",")))
    if overdue is not None:
        statement = statement.where(Reporter.callback_due_at < now if overdue else Reporter.callback_due_at >= now)
    if cursor:
        statement = statement.where(_after(*decode_cursor(cursor, tuple[datetime, int])))
    with web.database.read() as session:
        rows = session.execute(statement.limit(limit + 1)).all()
    shown = rows[:limit]
    last = shown[-1][0] if len(rows) > limit else None
    more = encode_cursor((last.callback_due_at, last.id)) if last is not None else None
    return answer(page([_show(reporter, incident, city, now) for reporter, incident in shown], more))


def _select_owed(scope: Scope, city: City) -> Select[Reporter, Incident]:
    """Return who is owed a call, of the cases that are this person's own; private ones for the top alone."""
    statement = (
        select(Reporter, Incident)
        .join(Incident, Incident.number == Reporter.incident)
        .where(Reporter.callback_due_at.is_not(None), Incident.state == "closed", whole_clause(scope))
        .order_by(Reporter.callback_due_at, Reporter.id)
    )
    return statement if is_city_wide(scope, city) else statement.where(Incident.privacy_class < PRIVATE)


def _after(due_at: datetime, id: int) -> ColumnElement[bool]:
    same = and_(Reporter.callback_due_at == due_at, Reporter.id > id)
    return or_(Reporter.callback_due_at > due_at, same)


def _show(reporter: Reporter, incident: Incident, city: City, now: datetime) -> dict[str, Any]:
    due_at = reporter.callback_due_at
    return {
        **show_reporter(reporter),
        "incident": incident.number,
        "title": incident.title,
        "category_name": name_category(city, incident.category),
        "domain": incident.domain,
        "area": name_area(city, incident.area),
        "round": incident.round,
        "reply": incident.reply,
        "closed_at": incident.closed_at,
        "is_overdue": due_at is not None and due_at < now,
        "version": incident.version,
    }
