"""The bus side of receiving: stores what was told, keeps what must be remembered, then lets it be acknowledged.

Comes in: deliveries of the receiving thread, in order. Goes out: records in the stream OBSERVATIONS and
states in the stream STATES. Nothing is given up: while the bus is away the deliveries wait here, bounded.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from foundation.bus import subjects
from foundation.bus.connection import Bus
from foundation.ids import new_id
from foundation.logs import get_logger
from ingest.observation import Observation, Quarantined, encode
from ingest.receive_mqtt import Delivery

BATCH = 500
RETRY_S = (0.05, 0.2, 0.5, 1.0, 2.0)

log = get_logger("storing")
Triple = tuple[str, bytes, str]


class Storing:
    """One worker that stores batch after batch; ``submit`` may be called from any thread."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[Delivery] = asyncio.Queue()
        self.failures = 0

    def submit(self, deliveries: list[Delivery]) -> None:
        self._loop.call_soon_threadsafe(self._enqueue, deliveries)

    def _enqueue(self, deliveries: list[Delivery]) -> None:
        for delivery in deliveries:
            self._queue.put_nowait(delivery)

    async def run(self, acknowledge: Callable[[list[Delivery]], None]) -> None:
        """Store for ever; ``acknowledge`` is told what is safe."""
        while True:
            batch = [await self._queue.get()]
            while len(batch) < BATCH and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            await self._store_batch(batch)
            acknowledge(batch)

    async def _store_batch(self, batch: list[Delivery]) -> None:
        """Return when everything is stored: first what is told, then what is remembered.

        In this order a crash in between tells the same thing once more, under the same id.
        """
        await self._store_all([_as_triple(r) for delivery in batch for r in delivery.taken.records])
        states: dict[str, bytes | None] = {}
        for delivery in batch:
            states.update(delivery.taken.states)
        await self._keep_all(states)

    async def _store_all(self, triples: list[Triple]) -> None:
        attempt = 0
        while triples:
            stored = await self._bus.store_many(triples)
            triples = [triple for triple, is_stored in zip(triples, stored, strict=True) if not is_stored]
            if triples:
                attempt = await self._wait(attempt, len(triples))

    async def _keep_all(self, states: dict[str, bytes | None]) -> None:
        attempt = 0
        while states:
            kept = await self._bus.keep_many(states)
            states = {key: content for key, content in states.items() if key not in kept}
            if states:
                attempt = await self._wait(attempt, len(states))

    async def _wait(self, attempt: int, waiting: int) -> int:
        self.failures += 1
        log.warning("bus does not store, trying again", waiting=waiting, attempt=attempt)
        await asyncio.sleep(RETRY_S[min(attempt, len(RETRY_S) - 1)])
        return attempt + 1


def _as_triple(record: Observation | Quarantined) -> Triple:
    subject = subjects.OBSERVATION_SUBJECT if isinstance(record, Observation) else subjects.QUARANTINE_SUBJECT
    return subject, encode(record), new_id()
