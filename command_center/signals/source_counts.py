"""Counts what became of each source's messages, and when each device was last heard; once a batch."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import ColumnElement, Insert, Table, case, or_, select

from command_center.journal.ledger import Ledger
from command_center.registers.device_candidates import UnknownThings
from command_center.signals.rule_tables import RuleCount
from command_center.signals.signal_tables import DeviceState, SourceCount
from command_center.signals.trust import rule_id
from foundation.database import InsertOf, insert_of
from ingest.observation import UNREGISTERED, Observation, Phase

RULE_COLUMNS = {"recorded": "told", "shadow": "shadow"}
COUNTED = ("accepted", "duplicate", "quarantined", "candidate")


class Tally:
    """The counts of one batch, written at its end."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._last_at: dict[str, datetime] = {}
        self._heard: dict[str, Observation] = {}
        self.unknown = UnknownThings()
        self._rules: Counter[tuple[str, str]] = Counter()
        self._rules_at: dict[str, datetime] = {}

    def count(self, source: str, column: str, at: datetime) -> None:
        self._counts[source, column] += 1
        self._last_at[source] = max(at, self._last_at.get(source, at))

    def hear(self, observation: Observation) -> None:
        """Note that a device spoke; not what a rule tells of it: ``heard_devices.py`` knows the rest."""
        if observation.rule is not None or observation.replay or UNREGISTERED in observation.flags:
            return
        if observation.device is not None:
            known = self._heard.get(observation.device)
            if known is None or known.received_at <= observation.received_at:
                self._heard[observation.device] = observation

    def count_rule(self, observation: Observation, outcome: str) -> None:
        """Count that a rule spoke: a beginning, really or in shadow, the first time it comes; no replay counts."""
        rule = None if observation.replay else rule_id(observation.rule)
        if rule is not None and observation.phase is Phase.BEGIN and outcome in RULE_COLUMNS:
            self._rules[rule, RULE_COLUMNS[outcome]] += 1
            self._rules_at[rule] = observation.received_at

    def _write_rules(self, ledger: Ledger) -> None:
        wanted = select(RuleCount).where(RuleCount.rule.in_(list(self._rules_at)))
        rows = {row.rule: row for row in ledger.session.scalars(wanted)} if self._rules_at else {}
        for rule, at in self._rules_at.items():
            row = rows.get(rule)
            if row is None:
                row = RuleCount(rule=rule, told=0, shadow=0, confirmed=0, dismissed=0)
                ledger.session.add(row)
            for column in RULE_COLUMNS.values():
                setattr(row, column, getattr(row, column) + self._rules[rule, column])
            row.last_at = max(at, row.last_at or at)

    def write(self, ledger: Ledger) -> None:
        """Add the counts to the tables."""
        self._write_rules(ledger)
        self._write_sources(ledger)
        self._write_devices(ledger)
        self.unknown.write(ledger)

    def _write_sources(self, ledger: Ledger) -> None:
        rows = [
            {"source": source, "last_at": at, "confirmed": 0, "dismissed": 0}
            | {column: self._counts[source, column] for column in COUNTED}
            for source, at in self._last_at.items()
        ]
        if rows:
            ledger.session.execute(_count_sources(insert_of(ledger.session)), rows)

    def _write_devices(self, ledger: Ledger) -> None:
        rows = [
            {
                "device": device,
                "status": "online",
                "last_seen_at": observation.received_at,
                "last_seq": observation.seq,
                "sequence_gaps": 0,
            }
            for device, observation in self._heard.items()
        ]
        if rows:
            ledger.session.execute(_note_devices(insert_of(ledger.session)), rows)


@cache
def _count_sources(insert: InsertOf) -> Insert:
    """Return the statement that adds to the counts of a source, known or new."""
    table = cast("Table", SourceCount.__table__)
    new = insert(table)
    values = {column: table.c[column] + new.excluded[column] for column in COUNTED}
    return new.on_conflict_do_update(
        index_elements=[table.c.source], set_={**values, "last_at": _later(table.c.last_at, new.excluded.last_at)}
    )


@cache
def _note_devices(insert: InsertOf) -> Insert:
    """Return the statement that notes a device as heard; neither its time nor its number goes back."""
    table = cast("Table", DeviceState.__table__)
    new = insert(table)
    later = {name: _later(table.c[name], new.excluded[name]) for name in ("last_seen_at", "last_seq")}
    return new.on_conflict_do_update(
        index_elements=[table.c.device], set_={"status": new.excluded.status, **later}
    )


def _later(old: ColumnElement[Any], new: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((or_(old.is_(None), new > old), new), else_=old)
