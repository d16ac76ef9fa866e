"""The table of the history: how an incident stood after each transaction that told of it, for playback."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from command_center.journal.journal_tables import BigKey
from foundation.database import Base, UtcDateTime


class IncidentHistory(Base):
    """One state, under the number of the last entry of its transaction.

    ``state`` is packed by ``history.py``: whole where ``base`` is the row's own number, else as what differs
    from the state at ``base``.
    """

    __tablename__ = "incident_history"

    entry: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    incident: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    base: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (Index("ix_incident_history_incident", "incident", "entry"),)
