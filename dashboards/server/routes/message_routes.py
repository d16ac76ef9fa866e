"""Messages to the field, and a worker's call for help."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.responses import Response

from command_center.messages.message_steps import SENDERS, recipients_of
from command_center.messages.message_tables import Message, MessageReading
from dashboards.server.answers import answer
from dashboards.server.brain_call import Deed, IdempotencyKey, carry
from dashboards.server.edges import trace_id_of
from dashboards.server.incidents.incident_queries import NUMBER_MAX
from dashboards.server.incidents.paging import Cursor, Limit, decode_cursor, encode_cursor, page
from dashboards.server.moments import Moment
from dashboards.server.sessions.admission import FIELD, admit
from dashboards.server.sessions.session_store import Caller
from dashboards.server.toolbox import Tools

KEPT = timedelta(days=30)
Phone = Annotated[Caller, Depends(admit(FIELD))]
Sender = Annotated[Caller, Depends(admit(SENDERS))]
Reader = Annotated[Caller, Depends(admit(SENDERS | FIELD))]
Id = Annotated[int, Path(ge=1, le=NUMBER_MAX)]

router = APIRouter(prefix="/api/v1", tags=["people"])


class MessageBody(BaseModel):
    """To one of: a worker, a post, everybody of an area."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=1000)
    worker: str | None = Field(None, max_length=64)
    post: str | None = Field(None, max_length=64)
    area: str | None = Field(None, max_length=40)
    urgent: bool | None = None
    incident: int | None = Field(None, ge=1, le=NUMBER_MAX)


class SosBody(BaseModel):
    """Where the phone is, as far as it knows; ``at`` is the device's time, corrected."""

    model_config = ConfigDict(extra="forbid")

    lon: float | None = Field(None, ge=-180, le=180, allow_inf_nan=False)
    lat: float | None = Field(None, ge=-90, le=90, allow_inf_nan=False)
    accuracy_m: float | None = Field(None, ge=0, le=100_000, allow_inf_nan=False)
    note: str | None = Field(None, max_length=200)
    at: Moment | None = None


@router.post("/workers/me/sos", status_code=201)
async def call_for_help(
    *, request: Request, web: Tools, caller: Phone, body: SosBody, key: IdempotencyKey = None
) -> Response:
    """Call for help: an alarm for the centre at once, on shift or off."""
    deed = Deed(action="sos", data=body.model_dump(exclude_none=True, exclude={"at"}), at=body.at)
    done = await carry(web, caller, deed, key=key, trace_id=trace_id_of(request.state))
    return answer(done.result, 201)


@router.post("/messages", status_code=201)
async def send_message(
    *, request: Request, web: Tools, caller: Sender, body: MessageBody, key: IdempotencyKey = None
) -> Response:
    """Write to a worker, a post, or everybody of an area."""
    deed = Deed(action="message", data=body.model_dump(exclude_none=True))
    done = await carry(web, caller, deed, key=key, trace_id=trace_id_of(request.state))
    return answer(done.result, 201)


@router.get("/messages")
def list_messages(web: Tools, caller: Reader, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """List what was written to me, or what I wrote with how many have read it, newest first."""
    city = web.city.get()
    worker = city.workers.find_worker(caller.scope.worker or "")
    mine = Message.account == caller.account
    clause = mine | recipients_of(worker, city) if worker is not None else mine
    statement = select(Message).where(clause, Message.at > web.clock.now() - KEPT).order_by(Message.id.desc())
    if cursor:
        statement = statement.where(Message.id < decode_cursor(cursor, int))
    with web.database.read() as session:
        rows = session.scalars(statement.limit(limit + 1)).all()
        shown = rows[:limit]
        read = _read_by(session, [row.id for row in shown], caller.scope.worker)
    items = [_show(row, caller, read.get(row.id, (0, None))) for row in shown]
    return answer(page(items, encode_cursor(shown[-1].id) if len(rows) > limit else None))


@router.post("/messages/{id}/read")
async def read_message(
    *, request: Request, web: Tools, caller: Phone, id: Id, key: IdempotencyKey = None
) -> Response:
    """Say that my phone has shown it."""
    deed = Deed(action="message_read", data={"id": id})
    done = await carry(web, caller, deed, key=key, trace_id=trace_id_of(request.state))
    return answer(done.result)


def _read_by(session: Session, ids: list[int], worker: str | None) -> dict[int, tuple[int, Any]]:
    """Return by message how many have read it, and when this worker did."""
    counts = select(MessageReading.message, func.count()).where(MessageReading.message.in_(ids))
    own = select(MessageReading.message, MessageReading.read_at).where(
        MessageReading.message.in_(ids), MessageReading.worker == worker
    )
    at = {row.message: row.read_at for row in session.execute(own)}
    grouped = session.execute(counts.group_by(MessageReading.message))
    return {message: (count, at.get(message)) for message, count in grouped}


def _show(row: Message, caller: Caller, read: tuple[int, Any]) -> dict[str, Any]:
    is_mine = row.account == caller.account
    return {
        "id": row.id,
        "at": row.at,
        "sender": row.sender,
        "sender_role": row.sender_role,
        "mine": is_mine,
        "to": {"kind": row.to_kind, "code": row.to_code},
        "text": row.text,
        "urgent": row.urgent,
        "incident": row.incident,
        "read_at": read[1],
        "read_count": read[0] if is_mine else None,
    }
