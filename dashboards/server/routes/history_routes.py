"""What happened to an incident, and why it was routed and assigned so."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from sqlalchemy import select
from starlette.responses import Response

from command_center.cases.entry_words import read_words
from command_center.cases.incident_rows import read_files
from command_center.journal.journal_tables import Decision, JournalEntry
from dashboards.server.answers import answer
from dashboards.server.incidents.incident_queries import find_visible
from dashboards.server.incidents.paging import Cursor, Limit, decode_cursor, encode_cursor, page
from dashboards.server.incidents.visibility import own_orders
from dashboards.server.live.entry_view import SHARED_KINDS, is_own, redact_entry, show_entry
from dashboards.server.live.sentences import tell
from dashboards.server.routes.incident_routes import Number, Viewer
from dashboards.server.toolbox import Tools

router = APIRouter(prefix="/api/v1", tags=["incidents"])


@router.get("/incidents/{number}/timeline")
def list_timeline(
    *, web: Tools, caller: Viewer, number: Number, limit: Limit = 500, cursor: Cursor = None
) -> Response:
    """List what happened, oldest first, as data and as sentences."""
    after = decode_cursor(cursor, int) if cursor else 0
    city = web.city.get()
    with web.database.read() as session:
        (file,) = read_files(session, [find_visible(session, caller.scope, number)], city)
        own = own_orders(caller.scope, file.audience, file.orders, city)
        table = JournalEntry.__table__
        rows = session.execute(
            select(table)
            .where(table.c.incident == number, table.c.number > after)
            .order_by(table.c.number)
            .limit(limit + 1)
        ).all()
        words = read_words(session, rows)
    shown = [show_entry(row, words.get(row.number)) for row in rows[:limit]]
    items = [{**item, "text": tell(item)} for item in (shown if own is None else _list_own(shown, own))]
    return answer(page(items, encode_cursor(shown[-1]["number"]) if len(rows) > limit else None))


def _list_own(shown: list[dict[str, Any]], own: frozenset[int]) -> list[dict[str, Any]]:
    return [redact_entry(item, own) for item in shown if item["kind"] in SHARED_KINDS or is_own(item["data"], own)]


@router.get("/incidents/{number}/decision")
def list_decisions(web: Tools, caller: Viewer, number: Number) -> Response:
    """List the steps of judgement: rule, version, reason, candidates refused and why."""
    city = web.city.get()
    with web.database.read() as session:
        (file,) = read_files(session, [find_visible(session, caller.scope, number)], city)
        own = own_orders(caller.scope, file.audience, file.orders, city)
        rows = session.scalars(select(Decision).where(Decision.incident == number).order_by(Decision.id)).all()
    # candidates are the neighbour's people and posts: nothing for who was only asked to assist
    return answer(page([_show(row) for row in rows] if own is None else []))


def _show(row: Decision) -> dict[str, Any]:
    return {
        "step": row.step,
        "rule": row.rule,
        "version": row.version,
        "at": row.at,
        "reason": row.reason,
        "candidates": row.candidates,
    }
