"""Counts what became of each source's messages, and when each device was last heard; once a batch."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlalchemy import select

from command_center.journal.ledger import Ledger
from command_center.registers.device_candidates import UnknownThings
from command_center.signals.rule_tables import RuleCount
from command_center.signals.signal_tables import DeviceState, SourceCount
from command_center.signals.trust import rule_id
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
        """Note that a device spoke."""
        if observation.device is not None and not observation.replay and UNREGISTERED not in observation.flags:
            known = self._heard.get(observation.device)
            if known is None or known.received_at <= observation.received_at:
                self._heard[observation.device] = observation

    def count_rule(self, observation: Observation, outcome: str) -> None:
        """Count that a rule spoke: a beginning, really or in shadow, the first time it comes."""
        rule = rule_id(observation.rule)
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
        wanted = select(SourceCount).where(SourceCount.source.in_(list(self._last_at)))
        rows = {row.source: row for row in ledger.session.scalars(wanted)}
        for source, at in self._last_at.items():
            row = rows.get(source)
            if row is None:
                row = SourceCount(source=source, accepted=0, duplicate=0, quarantined=0, candidate=0)
                row.confirmed = row.dismissed = 0
                ledger.session.add(row)
            for column in COUNTED:
                setattr(row, column, getattr(row, column) + self._counts[source, column])
            row.last_at = max(at, row.last_at or at)
        self._write_devices(ledger)
        self.unknown.write(ledger)

    def _write_devices(self, ledger: Ledger) -> None:
        wanted = select(DeviceState).where(DeviceState.device.in_(list(self._heard)))
        rows = {row.device: row for row in ledger.session.scalars(wanted)}
        for device, observation in self._heard.items():
            row = rows.get(device)
            if row is None:
                row = DeviceState(
                    device=device, status="online", last_seen_at=observation.received_at, sequence_gaps=0
                )
                ledger.session.add(row)
            row.status = "online"
            row.last_seen_at = max(row.last_seen_at, observation.received_at)
            if observation.seq is not None:
                row.last_seq = max(row.last_seq or 0, observation.seq)
