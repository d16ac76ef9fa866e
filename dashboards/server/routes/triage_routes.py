"""What a person must judge: candidates, and messages that nobody could decode."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Body, Depends, Path, Query, Request
from sqlalchemy import ColumnElement, and_, or_, select
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from command_center.people.roles import Role
from command_center.people.scope import Scope
from command_center.signals.signal_tables import Candidate, QuarantineRow
from dashboards.server.answers import answer
from dashboards.server.brain_call import Deed, IdempotencyKey, carry
from dashboards.server.edges import trace_id_of
from dashboards.server.errors import Refused, not_found
from dashboards.server.incidents.names import name_area, name_category, path_of, told_in_english
from dashboards.server.incidents.paging import Cursor, Limit, decode_cursor, encode_cursor, page
from dashboards.server.incidents.sight import is_city_wide
from dashboards.server.routes.incident_routes import show_result
from dashboards.server.routes.ingest_routes import ask_senses, refuse_untaken
from dashboards.server.sessions.admission import OPERATORS, admit
from dashboards.server.sessions.session_store import Caller
from dashboards.server.toolbox import Tools, Web
from grid.city import City
from ingest.http_request import HttpRequest
from ingest.receive_http import HttpDelivery

PAYLOAD_SHOWN = 4000
KEEPERS = frozenset({Role.SYSTEM_ADMIN, Role.DISTRICT_OPERATOR, Role.SHIFT_LEADER, Role.DUTY_LEADER})
Judge = Annotated[Caller, Depends(admit(OPERATORS))]
Keeper = Annotated[Caller, Depends(admit(KEEPERS))]
Id = Annotated[str, Path(pattern=r"^[0-9A-Za-z_-]{1,64}$")]
State = Annotated[str | None, Query(max_length=12)]
Fields = Annotated[dict[str, Any] | None, Body()]

router = APIRouter(prefix="/api/v1", tags=["triage"])


@router.get("/quarantine")
def list_quarantine(
    *, web: Tools, caller: Keeper, state: State = None, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    """List what could not be decoded, newest first; for those who answer for the whole city."""
    _check_keeper(web, caller.scope)
    statement = select(QuarantineRow).order_by(QuarantineRow.received_at.desc(), QuarantineRow.id.desc())
    if state:
        statement = statement.where(QuarantineRow.state == state)
    if cursor:
        at, id = decode_cursor(cursor, tuple[datetime, str])
        older = and_(QuarantineRow.received_at == at, QuarantineRow.id < id)
        statement = statement.where(or_(QuarantineRow.received_at < at, older))
    with web.database.read() as session:
        rows = session.scalars(statement.limit(limit + 1)).all()
    shown = rows[:limit]
    more = encode_cursor((shown[-1].received_at, shown[-1].id)) if len(rows) > limit else None
    return answer(page([_show_quarantined(row) for row in shown], more))


@router.post("/quarantine/{id}/retry")
async def retry_quarantined(
    *, request: Request, web: Tools, caller: Keeper, id: Id, body: Fields = None, key: IdempotencyKey = None
) -> Response:
    """Send the message through the senses once more, now that source or register are mended.

    It is decoded as it came in: by its topic and transport. Refused again, it stays, with the new reason.
    """
    row = await run_in_threadpool(_get_quarantined, web, caller.scope, id)
    delivery = HttpDelivery(
        source=row.source,
        body=row.payload,
        received_at=web.clock.now(),
        trace_id=trace_id_of(request.state),
        topic=row.topic,
        transport=row.transport,
        request=msgspec.convert(row.request, HttpRequest) if row.request else None,
        is_retry=True,
    )
    again: Refused | None = None
    told = await ask_senses(web, delivery)
    try:
        refuse_untaken(told)
    except Refused as refused:
        if refused.type != "undecodable":
            raise
        again = refused
    outcome = {"refused": again and again.facts["reason"], "detail": again and again.detail}
    deed = Deed(action="retry_quarantine", data={**(body or {}), "id": id, **outcome})
    done = await carry(web, caller, deed, key=key, trace_id=trace_id_of(request.state))
    if again is not None:
        raise Refused("undecodable", again.detail, facts={**again.facts, **done.result})
    return answer({"id": id, "ids": told.ids, **done.result})


@router.get("/candidates")
def list_candidates(
    *, web: Tools, caller: Judge, state: State = "open", limit: Limit = 50, cursor: Cursor = None
) -> Response:
    """List what waits for a person's yes or no, newest first."""
    city = web.city.get()
    statement = select(Candidate).order_by(Candidate.at.desc(), Candidate.id.desc())
    statement = statement.where(candidate_clause(caller.scope, city))
    if state:
        statement = statement.where(Candidate.state == state)
    if cursor:
        at, id = decode_cursor(cursor, tuple[datetime, str])
        statement = statement.where(or_(Candidate.at < at, and_(Candidate.at == at, Candidate.id < id)))
    with web.database.read() as session:
        rows = session.scalars(statement.limit(limit + 1)).all()
    shown = rows[:limit]
    more = encode_cursor((shown[-1].at, shown[-1].id)) if len(rows) > limit else None
    return answer(page([_show_candidate(row, city) for row in shown], more))


@router.post("/candidates/{id}/confirm")
async def confirm_candidate(
    *, request: Request, web: Tools, caller: Judge, id: Id, body: Fields = None, key: IdempotencyKey = None
) -> Response:
    """Make it an incident; answers with the incident."""
    deed = Deed(action="confirm_candidate", data={**(body or {}), "id": id})
    return await _judge(request, web, caller, (id, deed), key=key)


@router.post("/candidates/{id}/dismiss")
async def dismiss_candidate(
    *, request: Request, web: Tools, caller: Judge, id: Id, body: Fields = None, key: IdempotencyKey = None
) -> Response:
    """Let it go, with a reason."""
    deed = Deed(action="dismiss_candidate", data={**(body or {}), "id": id})
    return await _judge(request, web, caller, (id, deed), key=key)


async def _judge(
    request: Request, web: Web, caller: Caller, asked: tuple[str, Deed], *, key: str | None
) -> Response:
    id, deed = asked
    await run_in_threadpool(_check_candidate, web, caller.scope, id)
    done = await carry(web, caller, deed, key=key, trace_id=trace_id_of(request.state))
    shown = {"id": id, **done.result}
    if done.incident is not None:
        shown |= await run_in_threadpool(show_result, web, caller.scope, done.incident)
    return answer(shown)


def _check_keeper(web: Web, scope: Scope) -> None:
    if not scope.has_role({Role.SYSTEM_ADMIN}) and not is_city_wide(scope, web.city.get()):
        raise not_found()


def _get_quarantined(web: Web, scope: Scope, id: str) -> QuarantineRow:
    _check_keeper(web, scope)
    with web.database.read() as session:
        row = session.get(QuarantineRow, id)
    if row is None:
        raise not_found()
    return row


def _check_candidate(web: Web, scope: Scope, id: str) -> None:
    with web.database.read() as session:
        found = select(Candidate.id).where(Candidate.id == id, candidate_clause(scope, web.city.get()))
        if session.scalar(found) is None:
            raise not_found()


def candidate_clause(scope: Scope, city: City) -> ColumnElement[bool]:
    """Return the condition that a candidate lies in areas and domains that this person judges for."""
    conditions: list[ColumnElement[bool]] = []
    for grant in scope.grants:
        if grant.role not in OPERATORS:
            continue
        condition: ColumnElement[bool] = Candidate.area.in_(_codes_of(city, grant.area))
        if len(path_of(city, grant.area)) == 1:
            condition = Candidate.id.is_not(None)
        if grant.domains is not None:
            condition = condition & Candidate.domain.in_(sorted(grant.domains))
        conditions.append(condition)
    return or_(Candidate.id.is_(None), *conditions)


def _codes_of(city: City, area: str) -> list[str]:
    return [below.code for below in city.tree.list_areas() if area in path_of(city, below.code)]


def _show_quarantined(row: QuarantineRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "state": row.state,
        "source": row.source,
        "transport": row.transport,
        "topic": row.topic,
        "content_type": (row.request or {}).get("content_type"),
        "reason": row.reason,
        "detail": row.detail,
        "received_at": row.received_at,
        "retried_at": row.retried_at,
        "attempts": row.attempts,
        "size": len(row.payload),
        "payload_text": row.payload[:PAYLOAD_SHOWN].decode("utf-8", "replace"),
    }


def _show_candidate(row: Candidate, city: City) -> dict[str, Any]:
    area = name_area(city, row.area)
    return {
        "id": row.id,
        "state": row.state,
        "at": row.at,
        "title": name_category(city, row.category)["zh"],
        "category": row.category,
        "category_name": name_category(city, row.category),
        "domain": row.domain,
        "area": {**area, "path": list(path_of(city, row.area))} if area else None,
        "location": {"lon": row.lon, "lat": row.lat} if row.lon is not None and row.lat is not None else None,
        "source": row.source,
        "device": row.device,
        "source_id": row.alarm_id,
        "confidence": row.confidence,
        "text": row.text,
        "text_en": told_in_english(city, row.text),
        "reason": row.reason,
        "signals": row.signals,
        "evidence": row.observation.get("evidence", []),
        "decided_at": row.decided_at,
        "incident": row.incident,
    }
