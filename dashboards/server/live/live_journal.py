"""Reads the journal for the live feed: entries after a number and the incidents as they stand, in one go.

Before it: the ring or the second hand in ``live_hub.py``. After it: ``live_frames.py`` cuts frames out of
what was read. Everything is encoded here, in a worker thread, once for all who see the whole incident.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from command_center.cases.entry_words import read_words
from command_center.cases.incident_rows import IncidentFile, read_files_by_number
from command_center.journal.journal_tables import JournalEntry, JournalHead
from command_center.people.audience import Audience, from_document
from command_center.people.scope import Scope
from dashboards.server.incidents.incident_view import show_incident
from dashboards.server.incidents.visibility import own_orders
from dashboards.server.live.entry_view import redact_entry, show_entry
from foundation.plain_query import PlainQuery
from grid.city import City

BATCH_MAX = 2000
encode = msgspec.json.Encoder().encode
_HEAD = PlainQuery(select(JournalHead.__table__.c.epoch, JournalHead.__table__.c.number))
_ENTRIES = PlainQuery(
    select(JournalEntry.__table__)
    .where(
        JournalEntry.__table__.c.number > bindparam("after"), JournalEntry.__table__.c.number <= bindparam("head")
    )
    .order_by(JournalEntry.__table__.c.number)
    .limit(bindparam("limit"))
)


@dataclass(slots=True)
class LiveEntry:
    """One entry, with its encoded beginning for who sees the whole; ``state_after`` is put behind it."""

    number: int
    at_s: float
    incident: int | None
    before: Audience | None
    after: Audience | None
    shown: dict[str, Any]
    encoded: bytes


@dataclass(slots=True)
class LiveState:
    """One incident as it stood at ``head``, encoded once for each way of seeing it."""

    head: int
    file: IncidentFile
    city: City
    encoded: dict[frozenset[int] | None, bytes] = field(default_factory=dict)

    def own(self, scope: Scope) -> frozenset[int] | None:
        return own_orders(scope, self.file.audience, self.file.orders, self.city)

    def encode_for(self, own: frozenset[int] | None) -> bytes:
        if own not in self.encoded:
            self.encoded[own] = encode(show_incident(self.file, self.city, own, None))
        return self.encoded[own]


@dataclass(slots=True)
class Batch:
    """What was read in one transaction: everything up to ``head``."""

    epoch: str
    head: int
    entries: list[LiveEntry]
    states: dict[int, LiveState]


def read_head(session: Session) -> tuple[str, int]:
    """Return epoch and last number; an empty epoch before the brain has written anything."""
    for head in _HEAD.ask(session):
        return head.epoch, head.number
    return "", 0


def read_batch(session: Session, after: int, city: City | None, limit: int = BATCH_MAX) -> Batch:
    """Return the entries after a number; with a city, also the incidents that they are about."""
    epoch, head = read_head(session)
    if head <= after:
        return Batch(epoch, head, [], {})
    rows = list(_ENTRIES.ask(session, after=after, head=head, limit=limit))
    words = read_words(session, rows)
    entries = [make_entry(row, words.get(row.number)) for row in rows]
    if len(rows) == limit:
        head = entries[-1].number
    states: dict[int, LiveState] = {}
    if city is not None:
        # the last entry about an incident says who may see it as it stands now
        touched = {e.incident: e.after for e in entries if e.incident is not None and e.after is not None}
        for number, file in read_files_by_number(session, touched, city).items():
            states[number] = LiveState(head, file, city)
            states[number].encode_for(None)
    return Batch(epoch, head, entries, states)


def make_entry(row: Any, words: Mapping[str, str] | None = None) -> LiveEntry:
    """Return a stored entry, ready to be sent."""
    shown = show_entry(row, words)
    return LiveEntry(
        number=row.number,
        at_s=row.at.timestamp(),
        incident=row.incident,
        before=_audience(row.audience_before),
        after=_audience(row.audience_after),
        shown=shown,
        encoded=encode(shown)[:-1],
    )


def _audience(document: dict[str, Any] | None) -> Audience | None:
    return from_document(document) if document is not None else None


def begin_entry(entry: LiveEntry, own: frozenset[int] | None) -> bytes:
    """Return the encoded entry up to its ``state_after``."""
    return entry.encoded if own is None else encode(redact_entry(entry.shown, own))[:-1]
