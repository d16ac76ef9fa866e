"""Tells a gateway of SMS or 企业微信 that a phone has work, or did not get it. Off unless ``notify_url`` is set.

Comes in: the journal, from where it stood when the web server started. Goes out: one POST an entry, tried thrice;
a gateway that is away holds nothing up. What is told is a sentence without names, places or texts of a case.
Source: the body of ``wecom`` is that of a 企业微信 group robot (``msgtype`` text).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from command_center.journal.journal_tables import JournalEntry, JournalHead
from dashboards.server.live.entry_view import show_entry
from dashboards.server.live.sentences import tell
from dashboards.server.toolbox import Web
from foundation.logs import get_logger

if TYPE_CHECKING:
    import httpx

KINDS = ("order_assigned", "order_undelivered", "message_sent")
EVERY_S, PATIENCE_S = 2.0, 5.0
TRIES = 3
BATCH = 100

log = get_logger("notify")


async def notify_for_ever(web: Web) -> None:
    """Follow the journal until cancelled; return at once where no gateway is set."""
    url = web.settings.notify_url
    if not url:
        return
    number = await asyncio.to_thread(_read_head, web)
    import httpx  # here: most have no gateway, and all would hold the library

    async with httpx.AsyncClient(timeout=PATIENCE_S, trust_env=False) as client:
        while True:
            try:
                number, told = await asyncio.to_thread(_read_after, web, number)
                for one in told:
                    await _send(client, url, _body(one, web.settings.notify_format))
            except Exception as error:  # noqa: BLE001 the edge of a loop: asked again at the next turn
                log.warning("the field cannot be notified now", error=str(error))
            await asyncio.sleep(EVERY_S)


def _read_head(web: Web) -> int:
    with web.database.read() as session:
        return int(session.scalar(select(JournalHead.number)) or 0)


def _read_after(web: Web, number: int) -> tuple[int, list[dict[str, Any]]]:
    table, city = JournalEntry.__table__, web.city.get()
    with web.database.read() as session:
        rows = session.execute(
            select(table)
            .where(table.c.number > number, table.c.kind.in_(KINDS))
            .order_by(table.c.number)
            .limit(BATCH)
        ).all()
    told = []
    for row in rows:
        entry = show_entry(row, None)
        worker = city.workers.find_worker(str(row.data.get("worker") or ""))
        facts = {name: row.data.get(name) for name in ("order", "order_kind", "worker", "message")}
        phone = worker.phone if worker is not None else None
        told.append({"kind": row.kind, "incident": row.incident, "phone": phone, **facts, "text": tell(entry)})
    return (rows[-1].number if rows else number), told


def _body(told: dict[str, Any], format: str) -> dict[str, Any]:
    if format != "wecom":
        return told
    case = f"（案件 {told['incident']}）" if told["incident"] is not None else ""
    return {"msgtype": "text", "text": {"content": f"{told['text']['zh']}{case}"}}


async def _send(client: httpx.AsyncClient, url: str, body: dict[str, Any]) -> None:
    import httpx

    for attempt in range(TRIES):
        try:
            answer = await client.post(url, json=body)
            if answer.is_success:
                return
            fault = f"HTTP {answer.status_code}"
        except httpx.HTTPError as error:
            fault = repr(error)
        await asyncio.sleep(2**attempt)
    log.warning("the gateway did not take a notice", fault=fault, kind=body.get("kind"))
