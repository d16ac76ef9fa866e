"""The journal: numbered without gaps, chained by hashes, written only under the locked head.

Comes in: what happened, inside a writing transaction of one of the three doors. Goes out: entries that
readers follow by number, and a verdict on the chain. ``ledger.py`` is how the brain's steps write here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from command_center.cases.actors import Actor
from command_center.journal.journal_tables import JournalEntry, JournalHead
from foundation.ids import canonical_json, new_id, sha256_hex

GENESIS = ""
PAGE = 1000


def ensure_head(session: Session) -> JournalHead:
    """Return the head row, made with a fresh epoch and salt when the database has none yet."""
    head = session.get(JournalHead, 1)
    if head is None:
        salt = new_id() + new_id()
        head = JournalHead(id=1, epoch=new_id(), salt=salt, number=0, hash=GENESIS)
        head.incident_number = head.order_number = head.clock_number = 0
        session.add(head)
        session.flush()
    return head


def lock_head(session: Session) -> JournalHead:
    """Return the head, locked until the transaction ends; the first thing every writing transaction does.

    On SQLite the lock is the transaction's own ``BEGIN IMMEDIATE``.
    """
    head = session.scalars(select(JournalHead).where(JournalHead.id == 1).with_for_update()).one_or_none()
    return head if head is not None else ensure_head(session)


def hash_entry(previous: str, row: Mapping[str, Any]) -> str:
    """Return the hash of an entry's columns on top of the hash of the entry before it."""
    said = {
        "number": row["number"],
        "at": row["at"].astimezone(UTC).isoformat(timespec="microseconds"),
        "kind": row["kind"],
        "incident": row["incident"],
        "actor": [row["actor_kind"], row["actor"]],
        "data": row["data"],
        "audience": [row["audience_before"], row["audience_after"]],
        "trace_id": row["trace_id"],
    }
    return sha256_hex(previous.encode(), canonical_json(said))


def chain_entry(head: JournalHead, **columns: Any) -> dict[str, Any]:
    """Return the row of the next entry, and move the head onto it; ``columns`` are the entry's own."""
    row = {**columns, "number": head.number + 1}
    row["data"] = msgspec.to_builtins(row["data"])
    row["hash"] = hash_entry(head.hash, row)
    head.number, head.hash = row["number"], row["hash"]
    return row


def append(
    session: Session, kind: str, actor: Actor, *, at: datetime, data: dict[str, Any], trace_id: str = ""
) -> int:
    """Write one entry about no incident (a city was loaded, a backup restored) and return its number."""
    row = chain_entry(
        lock_head(session),
        at=at,
        kind=kind,
        incident=None,
        actor_kind=actor.kind,
        actor=actor.name,
        data={**actor.data, **data},
        audience_before=None,
        audience_after=None,
        trace_id=trace_id,
    )
    session.execute(insert(JournalEntry), [row])
    return int(row["number"])


def walk_entries(session: Session, after: int = 0) -> Iterator[dict[str, Any]]:
    """Yield the entries after a number, oldest first, as their columns."""
    table = JournalEntry.__table__
    while True:
        page = session.execute(
            select(table).where(table.c.number > after).order_by(table.c.number).limit(PAGE)
        ).mappings()
        rows = [dict(row) for row in page]
        yield from rows
        if len(rows) < PAGE:
            return
        after = rows[-1]["number"]


def verify_journal(session: Session, anchors: Mapping[int, str] | None = None) -> tuple[int, int | None]:
    """Return how many entries stand in the chain, and the first bad number (None: all is well).

    ``anchors`` are hashes by number that were kept outside the database: with them a cut-off or rewritten
    end is found too.
    """
    anchors = dict(anchors or {})
    previous, expected = GENESIS, 1
    for row in walk_entries(session):
        kept = anchors.pop(row["number"], row["hash"])
        if row["number"] != expected or row["hash"] != hash_entry(previous, row) or kept != row["hash"]:
            return expected - 1, expected
        previous, expected = row["hash"], expected + 1
    head = session.get(JournalHead, 1)
    reached = (head.number, head.hash) if head is not None else (0, GENESIS)
    if reached != (expected - 1, previous) or any(number >= expected for number in anchors):
        return expected - 1, expected
    return expected - 1, None


def export_journal(session: Session) -> Iterator[bytes]:
    """Yield the journal as JSON lines, with which anybody can check the chain again."""
    for row in walk_entries(session):
        yield msgspec.json.encode({**row, "at": row["at"].isoformat(timespec="microseconds")}) + b"\n"
