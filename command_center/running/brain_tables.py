"""What the brain says about itself: when each of its loops last ran, and its counters for ``/metrics``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base, Document, UtcDateTime


class BrainState(Base):
    """One loop of one brain: ``name`` is ``timers``, ``intake`` or ``metrics``; the newest row of a name counts.

    ``data`` of ``metrics`` is a list of ``{"name", "kind", "help", "labels", "value"}`` that the web renders for
    Prometheus; of ``timers`` and ``intake`` it holds the figures of the last run.
    """

    __tablename__ = "brain_states"

    name: Mapped[str] = mapped_column(String(24), primary_key=True)
    brain: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    data: Mapped[dict[str, Any]] = mapped_column(Document)
