"""The bus side of receiving: stores what was told, keeps what must be remembered, then lets it be acknowledged.

Comes in: deliveries of the receiving thread, in order. Goes out: records in the stream OBSERVATIONS and
states in the stream STATES. Nothing is given up: while the bus is away the deliveries wait here, bounded.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from foundation.bus.connection import Bus
from foundation.bus.subjects import URGENT_SUBJECT
from foundation.clock import monotonic_s
from foundation.ids import new_id
from foundation.logs import get_logger
from ingest.deliveries import Delivery
from ingest.lanes import Lanes
from ingest.observation import Observation, Quarantined, encode

BATCH = 500
RETRY_S = (0.05, 0.2, 0.5, 1.0, 2.0)

log = get_logger("storing")
Triple = tuple[str, bytes, str]
Waiting = tuple[Delivery, list[Triple]]


class Storing:
    """One worker that stores batch after batch; ``submit`` may be called from any thread."""

    def __init__(self, bus: Bus, lanes: Lanes) -> None:
        self._bus = bus
        self.lanes = lanes
        self._loop = asyncio.get_running_loop()
        self._ordinary: deque[Waiting] = deque()
        self._urgent: deque[Waiting] = deque()
        self._is_fed = asyncio.Event()
        self.failures = 0

    def submit(self, deliveries: list[Delivery]) -> None:
        self._loop.call_soon_threadsafe(self._enqueue, deliveries)

    def _enqueue(self, deliveries: list[Delivery]) -> None:
        now_s = monotonic_s()
        for delivery in deliveries:
            triples = [self._as_triple(record, now_s) for record in delivery.taken.records]
            self._lane_of(delivery, triples).append((delivery, triples))
        self._is_fed.set()

    def _as_triple(self, record: Observation | Quarantined, now_s: float) -> Triple:
        return self.lanes.choose(record, now_s), encode(record), new_id()

    def _lane_of(self, delivery: Delivery, triples: list[Triple]) -> deque[Waiting]:
        """What changes a state keeps its turn: an older state must not be kept after a newer one."""
        is_urgent = bool(triples) and all(subject == URGENT_SUBJECT for subject, _, _ in triples)
        return self._urgent if is_urgent and not delivery.taken.states else self._ordinary

    async def run(self, acknowledge: Callable[[list[Delivery]], None]) -> None:
        """Store for ever; ``acknowledge`` is told what is safe."""
        while True:
            await self._is_fed.wait()
            batch: list[Waiting] = []
            while len(batch) < BATCH and (self._urgent or self._ordinary):
                batch.append((self._urgent or self._ordinary).popleft())
            if not self._urgent and not self._ordinary:
                self._is_fed.clear()
            await self._store_batch(batch)
            acknowledge([delivery for delivery, _ in batch])

    async def _store_batch(self, batch: list[Waiting]) -> None:
        """Return when everything is stored: first what is told, then what is remembered.

        In this order a crash in between tells the same thing once more, under the same id.
        """
        await self._store_all([triple for _, triples in batch for triple in triples])
        states: dict[str, bytes | None] = {}
        for delivery, _ in batch:
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
