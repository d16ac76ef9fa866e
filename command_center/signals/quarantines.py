"""Stores what nobody could decode, and what the brain itself could not take in, with the reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
from sqlalchemy import select

from command_center.journal.ledger import Ledger
from command_center.signals.signal_tables import QuarantineRow
from foundation.ids import sha256_hex
from ingest.observation import Observation, Quarantined, encode

DETAIL_MAX = 2000
REPEATED_WITHIN = timedelta(minutes=10)  # a broker repeats within seconds of hearing us again


def keep_quarantined(ledger: Ledger, record: Quarantined) -> bool:
    """Store the record once; return whether it was new."""
    id = record.id if len(record.id) <= 32 else sha256_hex(record.id.encode())[:32]
    if ledger.session.scalars(select(QuarantineRow.id).where(QuarantineRow.id == id)).first() is not None:
        return False
    if record.repeated and _is_kept(ledger, record):
        return False
    ledger.session.add(
        QuarantineRow(
            id=id,
            state="open",
            source=record.source[:64],
            transport=record.transport[:8],
            topic=_storable(record.topic)[:400],
            payload=record.payload,
            reason=record.reason[:40],
            detail=_storable(record.detail)[:DETAIL_MAX],
            received_at=record.received_at,
            attempts=0,
            sender=_storable(record.source_id)[:128] if record.source_id else None,
            request=msgspec.to_builtins(record.request) if record.request is not None else None,
        )
    )
    ledger.session.flush()
    return True


def _is_kept(ledger: Ledger, record: Quarantined) -> bool:
    """Tell whether the senses stored the same bytes, and were killed before the broker heard of it."""
    row = QuarantineRow
    same = select(row.id).where(
        row.received_at >= record.received_at - REPEATED_WITHIN,
        row.source == record.source[:64],
        row.topic == _storable(record.topic)[:400],
        row.payload == record.payload,
    )
    return ledger.session.scalars(same.limit(1)).first() is not None


def park(observation: Observation, reason: str, error: BaseException, now: datetime) -> Quarantined:
    """Return the quarantine record of an observation that the brain could not take in."""
    return Quarantined(
        id=sha256_hex(b"parked", observation.source_key().encode())[:32],
        source=observation.source,
        transport="brain",
        topic="",
        payload=encode(observation.without_caller()),
        reason=reason,
        detail=f"{type(error).__name__}: {error}",
        received_at=now,
        trace_id=observation.trace_id,
        device=observation.device,
        alarm_id=observation.id,
        seq=observation.seq,
        phase=str(observation.phase),
    )


def undecodable(subject: str, payload: bytes, error: BaseException) -> Quarantined:
    """Return the quarantine record of bytes on our own bus that are no record: a version apart, or not ours."""
    return Quarantined(
        id=sha256_hex(b"undecodable", payload)[:32],
        source="bus",
        transport="bus",
        topic=subject,
        payload=payload,
        reason="not_a_record",
        detail=f"{type(error).__name__}: {error}",
        received_at=datetime.now(UTC),
        trace_id=sha256_hex(payload)[:32],
    )


def _storable(text: str) -> str:
    """Return the text without NUL, which PostgreSQL cannot hold."""
    return text.replace("\x00", "\ufffd")
