"""Notes who speaks without standing in the register, once a batch; ``register_steps.py`` decides about them.

Comes in: quarantine records and observations of unknown things, from the machines' door. Goes out: rows of
``device_candidates``. They are bounded: a gateway that invents names must not fill the database.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import func, select

from command_center.journal.ledger import Ledger
from command_center.registers.device_candidate_tables import DeviceCandidate
from foundation.ids import sha256_hex
from ingest.observation import UNREGISTERED, Observation, Quarantined

MOST_OPEN = 2_000
OPEN, ACCEPTED, DISMISSED = "open", "accepted", "dismissed"


class Spoke(msgspec.Struct):
    """What an unknown thing said last, and how often within the batch."""

    source: str
    source_id: str
    at: datetime
    reason: str
    detail: str
    topic: str = ""
    lon: float | None = None
    lat: float | None = None
    messages: int = 0


def candidate_id(source: str, source_id: str) -> str:
    """Return the id of the candidate for what a source calls by this name."""
    return sha256_hex(source.encode(), source_id.encode())[:32]


class UnknownThings:
    """The unknown things of one batch, written at its end."""

    def __init__(self) -> None:
        self._spoke: dict[str, Spoke] = {}

    def hear(self, record: Observation | Quarantined) -> None:
        """Note the sender when it is none of the register's; a replay is no sender."""
        if isinstance(record, Quarantined):
            if record.source_id and not record.topic.startswith("replay/"):
                self._note(
                    Spoke(
                        record.source,
                        record.source_id,
                        record.received_at,
                        record.reason,
                        record.detail,
                        record.topic,
                    )
                )
        elif UNREGISTERED in record.flags and record.device and not record.replay:
            detail = f"The register has no device {record.device!r}."
            self._note(
                Spoke(
                    record.source,
                    record.device,
                    record.received_at,
                    "unknown_device",
                    detail,
                    lon=record.lon,
                    lat=record.lat,
                )
            )

    def _note(self, spoke: Spoke) -> None:
        spoke.source_id = spoke.source_id[:128].replace("\0", "")
        known = self._spoke.setdefault(candidate_id(spoke.source, spoke.source_id), spoke)
        known.messages += 1
        known.at = max(known.at, spoke.at)

    def write(self, ledger: Ledger) -> None:
        """Add to the table; what nobody may take any more is left out."""
        if not self._spoke:
            return
        session = ledger.session
        wanted = select(DeviceCandidate).where(DeviceCandidate.id.in_(list(self._spoke)))
        rows = {row.id: row for row in session.scalars(wanted)}
        counted = select(func.count()).select_from(DeviceCandidate).where(DeviceCandidate.state == OPEN)
        room = MOST_OPEN - (session.scalar(counted) or 0)
        for id, spoke in self._spoke.items():
            row = rows.get(id)
            if row is None and room > 0:
                room -= 1
                row = _make(id, spoke)
                session.add(row)
            if row is not None:
                row.messages += spoke.messages
                row.last_at = max(row.last_at, spoke.at)
                row.detail, row.reason = spoke.detail[:1000], spoke.reason[:40]


def _make(id: str, spoke: Spoke) -> DeviceCandidate:
    return DeviceCandidate(
        id=id,
        state=OPEN,
        source=spoke.source,
        source_id=spoke.source_id,
        topic=spoke.topic[:400],
        reason=spoke.reason[:40],
        detail=spoke.detail[:1000],
        messages=0,
        first_at=spoke.at,
        last_at=spoke.at,
        lon=spoke.lon,
        lat=spoke.lat,
    )
