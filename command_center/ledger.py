"""One writing transaction of the brain: the locked head, the moment, and the rows that wait to be written.

A door opens it, hands it to the steps, and closes it; the steps add rows and entries and never commit.
Rows wait in memory and are written in the order of their references, many at a time: ten thousand rows a
second on SQLite where one at a time gives one thousand (measured).
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any, Protocol

from sqlalchemy import insert, inspect
from sqlalchemy.orm import Session, make_transient_to_detached

from command_center.actors import Actor
from command_center.incident_tables import Incident, IncidentAudience, IncidentSource, Reporter
from command_center.journal import chain_entry, lock_head
from command_center.journal_tables import Decision, JournalEntry, JournalHead
from command_center.order_tables import ClockRow, Order, Timer
from command_center.people.audience import Audience
from command_center.signal_tables import Candidate, QuarantineRow, Signal
from foundation.database import Base
from grid.city import City

WRITE_ORDER: tuple[type[Base], ...] = (
    Incident,
    IncidentSource,
    IncidentAudience,
    Reporter,
    Order,
    ClockRow,
    Timer,
    Decision,
    Candidate,
    QuarantineRow,
    Signal,
)


class Waiting(Protocol):
    """Something that writes its own rows when the ledger is flushed."""

    def settle(self) -> None: ...


class Ledger:
    """What every step is handed: ``session`` to read with, ``city`` and ``now`` to judge by."""

    def __init__(self, session: Session, city: City, now: datetime) -> None:
        self.session = session
        self.city = city
        self.now = now
        self.head: JournalHead = lock_head(session)
        self.trace_id = ""
        self._waiting: dict[type[Base], list[Base]] = {}
        self._entries: list[dict[str, Any]] = []
        self._cases: list[Waiting] = []

    def next_incident(self) -> int:
        self.head.incident_number += 1
        return self.head.incident_number

    def next_order(self) -> int:
        self.head.order_number += 1
        return self.head.order_number

    def next_clock(self) -> int:
        self.head.clock_number += 1
        return self.head.clock_number

    def watch(self, case: Waiting) -> None:
        """Have ``case.settle`` called before the rows are written."""
        self._cases.append(case)

    def add(self, row: Base) -> None:
        """Take a new row, to be written at the next ``flush``."""
        _fill_defaults(row)
        self._waiting.setdefault(type(row), []).append(row)

    def append(
        self,
        kind: str,
        actor: Actor,
        *,
        data: dict[str, Any],
        incident: int | None = None,
        audience: tuple[Audience | None, Audience | None] = (None, None),
    ) -> int:
        """Append an entry and return its number; ``audience`` is who may see it, before and after."""
        before, after = (side.to_document() if side is not None else None for side in audience)
        row = chain_entry(
            self.head,
            at=self.now,
            kind=kind,
            incident=incident,
            actor_kind=actor.kind,
            actor=actor.name,
            data={**actor.data, **data},
            audience_before=before,
            audience_after=after,
            trace_id=self.trace_id,
        )
        self._entries.append(row)
        return int(row["number"])

    def flush(self) -> None:
        """Write everything that waits; the rows are then the session's own and may be changed."""
        for case in self._cases:
            case.settle()
        for kind in WRITE_ORDER:
            rows = self._waiting.pop(kind, [])
            if rows:
                self.session.execute(insert(kind.__table__), [_columns(row) for row in rows])  # type: ignore[arg-type]
                self._adopt(kind, rows)
        if self._entries:
            self.session.execute(insert(JournalEntry.__table__), self._entries)  # type: ignore[arg-type]
            self._entries = []
        self.session.flush()

    def _adopt(self, kind: type[Base], rows: list[Base]) -> None:
        if kind in (Incident, Order, ClockRow, Candidate):
            for row in rows:
                make_transient_to_detached(row)
                self.session.add(row)


@cache
def _attributes(kind: type[Base]) -> tuple[tuple[str, str, Any], ...]:
    """Return (attribute, column, default) of every column that a new row brings along."""
    found = []
    for attribute in inspect(kind).column_attrs:
        column = attribute.columns[0]
        if column.primary_key and column.autoincrement == "auto" and column.type.python_type is int:
            default: Any = ...
        else:
            default = column.default.arg if column.default is not None and column.default.is_scalar else None
        found.append((attribute.key, column.name, default))
    return tuple(found)


def _fill_defaults(row: Base) -> None:
    present = row.__dict__
    for key, _, default in _attributes(type(row)):
        if key not in present and default is not ...:
            setattr(row, key, default)


def _columns(row: Base) -> dict[str, Any]:
    present = row.__dict__
    return {name: present[key] for key, name, _ in _attributes(type(row)) if key in present}
