"""The brain's loop over observations: pull a batch, take it in, then ring, receipt, acknowledge.

Comes in from the bus stream OBSERVATIONS; the door ``intake.py`` does the work on the writing thread.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from sqlalchemy.exc import InterfaceError, OperationalError

from command_center.intake import Outcome, Record, take_in
from command_center.running.writer import Pace
from command_center.signals.effects import PARKED, QUARANTINED
from command_center.signals.quarantines import undecodable
from foundation.bus import subjects
from foundation.clock import monotonic_s
from foundation.logs import get_logger
from ingest.observation import Observation, decode_observation, decode_quarantined

if TYPE_CHECKING:
    from command_center.running.brain import BrainProcess

BATCH_MIN, BATCH_MAX = 20, 500
PULL_WAIT_S = 0.5
PROGRESS_EVERY_S = 2.0
RETRY_S = 0.2
LISTENER = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""Whom a receipt can reach: a device of the native format. What others call theirs may be no name on the bus."""

log = get_logger("intake")


class IntakeLoop:
    """Pulls batches as large as the writer's pace allows; one loop for each lane."""

    def __init__(self, brain: BrainProcess, *, urgent: bool = False) -> None:
        self._brain = brain
        self._is_urgent = urgent
        self._pace = Pace(brain.writer, BATCH_MIN, BATCH_MAX)

    async def run(self, stopping: asyncio.Event) -> None:
        """Take in until told to stop."""
        subscription = await self._brain.bus.subscribe_observations(urgent=self._is_urgent)
        while not stopping.is_set():
            try:
                messages = await self._brain.bus.pull(subscription, self._pace.limit(), PULL_WAIT_S)
            except (NatsError, OSError) as error:
                log.warning("cannot pull now", error=repr(error))
                await asyncio.sleep(RETRY_S)
                continue
            if messages:
                await self._take(messages)

    async def _take(self, messages: Sequence[Msg]) -> None:
        records = [_decode(message) for message in messages]
        brain = self._brain
        work = asyncio.ensure_future(brain.write(lambda: self._take_in(records)))
        while not work.done():
            await asyncio.wait([work], timeout=PROGRESS_EVERY_S)
            if not work.done():
                await asyncio.gather(*(message.in_progress() for message in messages), return_exceptions=True)
        try:
            outcomes, took_s = work.result()
        except (OperationalError, InterfaceError) as error:
            log.warning("database busy or away, batch comes again", error=str(error).splitlines()[0])
            brain.figures.count("citybrain_brain_retries")
            await asyncio.gather(*(message.nak(delay=RETRY_S) for message in messages), return_exceptions=True)
            await asyncio.sleep(RETRY_S)
            return
        self._note(outcomes, took_s)
        await brain.ringer.ring()
        await self._tell(outcomes)
        await asyncio.gather(*(message.ack() for message in messages), return_exceptions=True)

    def _take_in(self, records: Sequence[Record]) -> tuple[list[Outcome], float]:
        """Carry out a batch, on the writing thread; return what became of it, and the seconds it took."""
        brain, began_s = self._brain, monotonic_s()
        outcomes = take_in(brain.database, brain.city.get(), brain.clock, records)
        took_s = monotonic_s() - began_s
        self._pace.note(len(outcomes), took_s)
        return outcomes, took_s

    def _note(self, outcomes: Sequence[Outcome], took_s: float) -> None:
        figures = self._brain.figures
        figures.count("citybrain_brain_batches")
        figures.count("citybrain_brain_batch_seconds", took_s)
        for outcome in outcomes:
            figures.count("citybrain_brain_records", outcome=outcome.outcome)

    async def _tell(self, outcomes: Sequence[Outcome]) -> None:
        """Publish what became of each message to the device that sent it."""
        for outcome in outcomes:
            device = _receiver(outcome.record)
            if device is not None and LISTENER.fullmatch(device):
                await self._brain.bus.ring(
                    subjects.receipt_subject(device), msgspec.json.encode(_receipt(outcome))
                )


def _decode(message: Msg) -> Record:
    try:
        if message.subject == subjects.QUARANTINE_SUBJECT:
            return decode_quarantined(message.data)
        return decode_observation(message.data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return undecodable(message.subject, message.data, error)


def _receiver(record: Record) -> str | None:
    return record.receipt_to if isinstance(record, Observation) else record.device


def _receipt(outcome: Outcome) -> dict[str, object]:
    record = outcome.record
    is_observation = isinstance(record, Observation)
    return {
        "id": record.id if isinstance(record, Observation) else record.alarm_id,
        "seq": record.seq,
        "phase": str(record.phase) if is_observation or record.phase is not None else None,
        "incident": outcome.incident,
        "outcome": QUARANTINED if outcome.outcome == PARKED else outcome.outcome,
    }
