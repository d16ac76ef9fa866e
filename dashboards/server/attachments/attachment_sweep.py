"""Sweeps away photos that never came to belong to anything: begun and not finished, or sent and not used.

A phone may be offline for days before it sends the act that a photo belongs to; a week is the same as the
brain keeps an ``Idempotency-Key`` (architecture decision 11).
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from command_center.people.account_tables import Attachment
from dashboards.server.attachments.attachment_files import AttachmentFiles
from foundation.clock import Clock
from foundation.database import Database
from foundation.logs import get_logger

KEPT = timedelta(days=7)
EVERY_S = 3600.0
BATCH = 200

log = get_logger("sweep")


def sweep(database: Database, files: AttachmentFiles, now: datetime) -> int:
    """Remove what has belonged to nothing for a week; return how many photos that were."""
    with database.write() as session:
        unused = select(Attachment.id).where(Attachment.incident.is_(None), Attachment.at < now - KEPT)
        ids = list(session.scalars(unused.limit(BATCH)))
        session.execute(delete(Attachment).where(Attachment.id.in_(ids)))
    for id in ids:
        files.remove(id)
    return len(ids)


async def sweep_for_ever(database: Database, files: AttachmentFiles, clock: Clock) -> None:
    """Sweep once an hour until cancelled."""
    while True:
        try:
            swept = await asyncio.to_thread(sweep, database, files, clock.now())
        except Exception as error:  # noqa: BLE001 the edge of a loop: swept at the next turn
            log.warning("photos cannot be swept now", error=str(error))
            swept = 0
        if swept < BATCH:
            await asyncio.sleep(EVERY_S)
