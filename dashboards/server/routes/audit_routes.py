"""What administrators look at: the journal for the audit administrator, the settings for the system administrator.

Entries are shown as they are chained: codes, digests and masked names, never what people typed.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from sqlalchemy import func, select
from starlette.responses import Response

from command_center.cases.entry_words import MARK
from command_center.journal.journal import verify_journal
from command_center.journal.journal_anchor import anchor_file, read_anchors
from command_center.journal.journal_tables import JournalEntry, JournalHead
from command_center.people.roles import Role
from dashboards.server.answers import answer
from dashboards.server.incidents.incident_queries import NUMBER_MAX
from dashboards.server.incidents.incident_shape import PROBLEMS
from dashboards.server.incidents.paging import Cursor, Limit, decode_cursor, encode_cursor, page
from dashboards.server.live.entry_view import show_entry
from dashboards.server.live.sentences import tell
from dashboards.server.moments import Moment
from dashboards.server.routes.answer_shapes import PageShape
from dashboards.server.routes.answer_shapes_office import AuditEntryShape, JournalStateShape, SettingShape
from dashboards.server.sessions.admission import admit
from dashboards.server.sessions.session_store import Caller
from dashboards.server.toolbox import Tools
from foundation.settings_command import list_settings

Auditor = Annotated[Caller, Depends(admit({Role.AUDIT_ADMIN}))]
Keeper = Annotated[Caller, Depends(admit({Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN}))]
Word = Annotated[str | None, Query(max_length=80)]

router = APIRouter(prefix="/api/v1", tags=["audit"], responses=PROBLEMS)


@router.get("/journal", responses={200: {"model": PageShape[AuditEntryShape]}})
def search_journal(
    *,
    web: Tools,
    caller: Auditor,
    from_: Annotated[Moment | None, Query(alias="from")] = None,
    to: Moment | None = None,
    kind: Word = None,
    actor: Word = None,
    incident: Annotated[int | None, Query(ge=1, le=NUMBER_MAX)] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Search the journal, newest first: by time, kind, who did it (user name, device or system) and incident."""
    del caller
    statement = select(JournalEntry).order_by(JournalEntry.number.desc())
    wanted = [
        JournalEntry.at >= from_ if from_ else None,
        JournalEntry.at < to if to else None,
        JournalEntry.kind.in_(kind.split(",")) if kind else None,
        JournalEntry.actor == actor if actor else None,
        JournalEntry.incident == incident if incident else None,
        JournalEntry.number < decode_cursor(cursor, int) if cursor else None,
    ]
    statement = statement.where(*(one for one in wanted if one is not None))
    with web.database.read() as session:
        rows = session.scalars(statement.limit(limit + 1)).all()
    more = encode_cursor(rows[limit - 1].number) if len(rows) > limit else None
    return answer(page([_show(row) for row in rows[:limit]], more))


@router.get("/journal/state", responses={200: {"model": JournalStateShape}})
def verify_chain(web: Tools, caller: Auditor) -> Response:
    """Walk the hash chain now: how many entries stand in order, the first bad one, and the anchors outside."""
    del caller
    with web.database.read() as session:
        head = session.get(JournalHead, 1)
        epoch = head.epoch if head is not None else ""
        anchors = read_anchors(anchor_file(web.settings.data), epoch)
        count, bad = verify_journal(session, anchors)
        first_at, last_at = session.execute(select(func.min(JournalEntry.at), func.max(JournalEntry.at))).one()
    return answer(
        {
            "epoch": epoch,
            "number": head.number if head is not None else 0,
            "hash": head.hash if head is not None else "",
            "in_order": count,
            "first_bad": bad,
            "anchors": len(anchors),
            "first_at": first_at,
            "last_at": last_at,
            "verified_at": web.clock.now(),
        }
    )


@router.get("/settings", responses={200: {"model": PageShape[SettingShape]}})
def list_all_settings(web: Tools, caller: Keeper) -> Response:
    """List each setting with its value, type, unit, default and where the value came from; secrets hidden."""
    del caller
    return answer(page(list_settings(web.settings)))


def _show(row: JournalEntry) -> dict[str, Any]:
    entry = show_entry(row)
    entry["data"].pop(MARK, None)
    return {
        **entry,
        "actor_kind": row.actor_kind,
        "actor_code": row.actor,
        "trace_id": row.trace_id,
        "hash": row.hash,
        "text": tell(entry),
    }
