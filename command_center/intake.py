"""The machines' door: a batch of observations and quarantine records takes effect in one transaction.

Comes in from ``brain.py``; each record ends as recorded, duplicate, quarantined or parked. A batch that
fails is taken in again one by one; what fails alone three times is parked with its error, so that one bad
row neither stops the city nor hides a crash loop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import InterfaceError, OperationalError

from command_center.assessment.figures_in_step import keep_figures
from command_center.journal.ledger import Ledger
from command_center.signals.effects import (
    DUPLICATE,
    PARKED,
    QUARANTINED,
    RECORDED,
    SHADOWED,
    Effect,
    UnknownCategory,
)
from command_center.signals.known_signals import KnownSignals
from command_center.signals.quarantines import keep_quarantined, park
from command_center.signals.shadow import Shadows
from command_center.signals.source_counts import Tally
from command_center.signals.take_signal import SignalTaker
from foundation.clock import Clock
from foundation.database import Database
from foundation.logs import get_logger
from grid.city import City
from ingest.observation import SHADOW, Observation, Quarantined

ATTEMPTS = 3
NOT_NOW = (OperationalError, InterfaceError)
"""The database is busy or away: nothing is wrong with the records, the batch is delivered again."""

log = get_logger("intake")
Record = Observation | Quarantined


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one record; ``incident`` None while a person must judge it, or its begin is missing."""

    record: Record
    outcome: str
    incident: int | None = None


def take_in(database: Database, city: City, clock: Clock, records: Sequence[Record]) -> list[Outcome]:
    """Let the records take effect, each at most once, and return what became of them in their order.

    Raises:
        OperationalError: The database is busy or away; nothing took effect, deliver again.
    """
    if not records:
        return []
    try:
        return _take_batch(database, city, clock.now(), records)
    except NOT_NOW:
        raise
    except Exception as error:  # noqa: BLE001 one bad row must not stop the others: each is tried alone
        log.warning("batch failed, taken in one by one", records=len(records), error=repr(error))
    return [_take_alone(database, city, clock, record) for record in records]


def _take_alone(database: Database, city: City, clock: Clock, record: Record) -> Outcome:
    failure: Exception | None = None
    for _ in range(ATTEMPTS):
        try:
            return _take_batch(database, city, clock.now(), [record])[0]
        except NOT_NOW:
            raise
        except Exception as error:  # noqa: BLE001 the third failure parks the record with this error
            failure = error
    if isinstance(record, Quarantined) or failure is None:
        log.error("a quarantine record cannot be stored", trace_id=record.trace_id, error=repr(failure))
        return Outcome(record, PARKED)
    log.error("observation parked", trace_id=record.trace_id, error=repr(failure))
    parked = park(record, "failed_in_brain", failure, clock.now())
    _take_batch(database, city, clock.now(), [parked])
    return Outcome(record, PARKED)


def _take_batch(database: Database, city: City, now: datetime, records: Sequence[Record]) -> list[Outcome]:
    with database.write() as session, session.no_autoflush:
        ledger = Ledger(session, city, now)
        observations = [record for record in records if isinstance(record, Observation)]
        known = KnownSignals(ledger, observations)
        shadows = Shadows(ledger, observations)
        taker, tally = SignalTaker(ledger, known, shadows), Tally()
        taker.foresee(observations)
        outcomes = [_take_one(ledger, taker, tally, record) for record in records]
        for told in taker.told_together:
            tally.count_rule(told, SHADOWED if SHADOW in told.flags else RECORDED)
        taker.close()
        tally.write(ledger)
        keep_figures(ledger)
        ledger.close()
    return outcomes


def _take_one(ledger: Ledger, taker: SignalTaker, tally: Tally, record: Record) -> Outcome:
    tally.unknown.hear(record)
    if isinstance(record, Quarantined):
        is_new = keep_quarantined(ledger, record)
        tally.count(record.source, QUARANTINED if is_new else DUPLICATE, record.received_at)
        return Outcome(record, QUARANTINED)
    tally.hear(record)
    try:
        effect = taker.take(record)
    except UnknownCategory as error:
        is_new = keep_quarantined(ledger, park(record, "unknown_category", error, ledger.now))
        tally.count(record.source, QUARANTINED if is_new else DUPLICATE, record.received_at)
        return Outcome(record, QUARANTINED)
    tally.count(record.source, _column(effect), record.received_at)
    tally.count_rule(record, effect.outcome)
    return Outcome(record, effect.outcome, effect.incident)


def _column(effect: Effect) -> str:
    if effect.outcome in (DUPLICATE, SHADOWED):
        return effect.outcome
    return "candidate" if effect.candidate is not None and effect.incident is None else "accepted"
