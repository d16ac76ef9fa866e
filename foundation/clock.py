"""Time as a thing that is handed in, so that the brain can run under a simulated clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Where a floor gets its time from."""

    def now(self) -> datetime:
        """Return the present moment as an aware UTC datetime."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class ManualClock:
    """A clock that moves only when told to; for tests and simulated cities."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


def monotonic_s() -> float:
    """Return seconds that never run backwards, for measuring waits."""
    return time.monotonic()


def to_rfc3339(moment: datetime) -> str:
    """Return the moment as RFC 3339 text in UTC with a ``Z``, milliseconds kept."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_rfc3339(text: str) -> datetime:
    """Return the aware UTC moment that an RFC 3339 text names.

    Raises:
        ValueError: The text is no RFC 3339 time, or has no offset (a naive time means nothing here).

    Source: RFC 3339 section 5.6.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"time without offset: {text!r}")
    return moment.astimezone(UTC)
