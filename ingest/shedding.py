"""Sheds what a source sends beyond its rate: readings, positions and what nobody can read, never an alarm.

Comes in: each message of a source with ``rate_per_s``, over MQTT and HTTP alike. Goes out: whether there is room,
and whether the source has lately been shed, which every alarm of it then says. Alarms take room as well, so that
readings give way to them; what bounds alarms is the bus, behind which the broker keeps them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from foundation.logs import get_logger
from ingest.messages import Message, Taken
from ingest.observation import Observation

SHED = "rate_limited"
SHEDDING = "source_shedding"
"""Flag: the source sends more than it may, and some of its readings were not looked at."""

BURST_S = 2.0  # what a source without a burst of its own may send at once, in seconds of its rate
SAID_FOR = timedelta(seconds=60)
LOG_EVERY = timedelta(seconds=10)

log = get_logger("shedding")


@dataclass(slots=True)
class Bucket:
    """How many messages a source may send now; alarms may take it below nothing."""

    room: float
    at: datetime
    shed: int = 0
    shed_at: datetime | None = None
    logged_at: datetime | None = None


class Shedding:
    """The buckets of all sources with a rate; used by the receiving thread alone."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, bool], Bucket] = {}
        self.counts: Counter[str] = Counter()

    def has_room(self, message: Message) -> bool:
        """Take room for a message; return whether one that may be shed still fits."""
        source = message.source
        if source.rate_per_s is None:
            return True
        most = source.burst or source.rate_per_s * BURST_S
        key = (source.name, message.replay)
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket(most, message.received_at)
        passed_s = max((message.received_at - bucket.at).total_seconds(), 0.0)
        bucket.at = max(bucket.at, message.received_at)
        bucket.room = min(most, bucket.room + passed_s * source.rate_per_s)
        fits = bucket.room >= 1.0
        bucket.room = max(bucket.room - 1.0, -most)
        return fits

    def shed(self, message: Message) -> Taken:
        """Count and say that a message was not looked at."""
        bucket = self._buckets[message.source.name, message.replay]
        bucket.room = min(bucket.room + 1.0, 0.0)  # it has used nothing
        bucket.shed, bucket.shed_at = bucket.shed + 1, message.received_at
        self.counts[message.source.name] += 1
        if bucket.logged_at is None or message.received_at - bucket.logged_at >= LOG_EVERY:
            bucket.logged_at = message.received_at
            log.warning(
                "a source sends more than it may, readings are shed",
                source=message.source.name,
                rate_per_s=message.source.rate_per_s,
                shed=bucket.shed,
            )
        return Taken(ignored=SHED)

    def mark(self, taken: Taken, message: Message) -> Taken:
        """Return what is told with the flag while readings of its source are missing."""
        bucket = self._buckets.get((message.source.name, message.replay)) if taken.records else None
        if bucket is None or bucket.shed_at is None or message.received_at - bucket.shed_at > SAID_FOR:
            return taken
        marked = [
            msgspec.structs.replace(record, flags=(*record.flags, SHEDDING))
            if isinstance(record, Observation) and SHEDDING not in record.flags
            else record
            for record in taken.records
        ]
        return msgspec.structs.replace(taken, records=marked)
