"""One writing transaction of the brain: the locked head, the moment, and the rows that wait to be written.

A door opens it, hands it to the steps, and closes it; the steps add rows and entries and never commit.
Rows wait in memory and are written in the order of their references, many at a time: ten thousand rows a
second on SQLite where one at a time gives one thousand (measured).
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from functools import cache
from typing import Any, Protocol, TypeVar, cast

from sqlalchemy import Table, insert, inspect
from sqlalchemy.orm import Session, make_transient_to_detached

from command_center.assessment.figure_tables import CaseFigure
from command_center.cases.actors import Actor
from command_center.cases.approval_tables import LostTime
from command_center.cases.incident_tables import Incident, IncidentAudience, IncidentSource, Reporter
from command_center.journal.history import Standing, keep_states
from command_center.journal.journal import chain_entry, lock_head
from command_center.journal.journal_tables import Decision, EntryWords, JournalEntry, JournalHead
from command_center.orders.order_tables import ClockMove, ClockRow, Order, Timer
from command_center.people.audience import Audience
from command_center.signals.rule_tables import ShadowTelling
from command_center.signals.signal_tables import Candidate, QuarantineRow, Signal
from foundation.database import Base
from grid.city import City

WRITE_ORDER: tuple[type[Base], ...] = (
    Incident,
    IncidentSource,
    IncidentAudience,
    Reporter,
    Order,
    ClockRow,
    ClockMove,
    Timer,
    LostTime,
    Decision,
    Candidate,
    QuarantineRow,
    Signal,
    ShadowTelling,
    EntryWords,
    CaseFigure,
)


Row = TypeVar("Row", bound=Base)


class Waiting(Protocol):
    """Something that writes its own rows when the ledger is flushed."""

    @property
    def number(self) -> int: ...

    def settle(self) -> None: ...

    def standing(self) -> Standing: ...


class Ledger:
    """What every step is handed: ``session`` to read with, ``city`` and ``now`` to judge by."""

    def __init__(self, session: Session, city: City, now: datetime) -> None:
        self.session = session
        self.city = city
        self.now = now
        self.head: JournalHead = lock_head(session)
        self.trace_id = ""
        self._waiting: dict[type[Base], list[Any]] = {}
        self._rows: dict[type[Base], list[dict[str, Any]]] = {}
        self._entries: list[dict[str, Any]] = []
        self.cases: list[Waiting] = []
        self.told: list[tuple[int, str, dict[str, Any]]] = []
        """What this transaction's entries say of incidents: number, kind, data."""
        self.freezing: list[Any] | None = None
        """The responses that halt ordinary cases, once somebody has asked (``cases/freezing.py``)."""
        self._touched: dict[int, tuple[int, Audience | None]] = {}

    def next_incident(self) -> int:
        self.head.incident_number += 1
        return self.head.incident_number

    def next_order(self) -> int:
        self.head.order_number += 1
        return self.head.order_number

    def next_clock(self) -> int:
        self.head.clock_number += 1
        return self.head.clock_number

    def list_waiting(self, kind: type[Row]) -> list[Row]:
        """Return the new rows of this transaction that are not written yet."""
        return list(self._waiting.get(kind, ()))

    def watch(self, case: Waiting) -> None:
        """Have ``case.settle`` called before the rows are written."""
        self.cases.append(case)

    def make(self, kind: type[Row], /, **values: Any) -> Row:
        """Return a new row that the steps may go on changing; it is written at the next ``flush``.

        Built without SQLAlchemy's bookkeeping, which costs more than everything else together (measured).
        """
        manager = inspect(kind).class_manager
        row = cast("Row", manager.new_instance())
        row.__dict__.update(_new_values(kind))
        row.__dict__.update(values)
        self._waiting.setdefault(kind, []).append(row)
        return row

    def write(self, kind: type[Base], /, **values: Any) -> None:
        """Take a new row that nobody in this transaction will look at again."""
        self._rows.setdefault(kind, []).append({**_new_values(kind), **values})

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
        if incident is not None:
            self.told.append((incident, kind, row["data"]))
            self._touched[incident] = (int(row["number"]), audience[1])
        return int(row["number"])

    def flush(self) -> None:
        """Write everything that waits; new rows are then the session's own and may be changed on."""
        for row in self._write_waiting(is_going_on=True):
            make_transient_to_detached(row)
            self.session.add(row)
        self.session.flush()

    def flush_new(self) -> None:
        """Flush if rows wait that would be changed on, or asked for; what is changed of stored ones can wait."""
        if self._waiting or self._rows:
            self.flush()

    def close(self) -> None:
        """Write everything that waits, at the end of the transaction: nobody will change a row any more."""
        self._write_waiting()
        self.session.flush()
        keep_states(self.session, self.city, self.now, touched=self._touched, held=self._list_held())

    def _list_held(self) -> dict[int, Standing]:
        """Return what stands in memory of each incident; of two whole files, which may differ, the row."""
        held = {case.number: Standing(case.standing().incident, is_whole=False) for case in self.cases}
        whole = Counter(case.number for case in self.cases if case.standing().is_whole)
        once = (case for case in self.cases if case.standing().is_whole and whole[case.number] == 1)
        return held | {case.number: case.standing() for case in once}

    def _write_waiting(self, *, is_going_on: bool = False) -> list[Base]:
        for case in self.cases:
            case.settle()
        made: list[Base] = []
        for kind in WRITE_ORDER:
            new = self._waiting.pop(kind, [])
            if new and is_going_on and (key := _given_key(kind)) is not None:
                self._insert_keyed(kind, key, new)
            else:
                self._insert(kind, [row.__dict__ for row in new])
            self._insert(kind, self._rows.pop(kind, []))
            made += new
        if self._entries:
            self.session.execute(insert(JournalEntry.__table__), self._entries)  # type: ignore[arg-type]
            self._entries = []
        return made

    def _insert(self, kind: type[Base], rows: list[dict[str, Any]]) -> None:
        if rows:
            self.session.execute(insert(kind.__table__), _values(kind, rows))  # type: ignore[arg-type]

    def _insert_keyed(self, kind: type[Base], key: str, new: list[Any]) -> None:
        """Insert rows and note on each the key that the database gave: the session knows a row by its key."""
        table = cast("Table", kind.__table__)
        wanted = insert(table).returning(table.c[key], sort_by_parameter_order=True)
        given = self.session.scalars(wanted, _values(kind, [row.__dict__ for row in new])).all()
        for row, value in zip(new, given, strict=True):
            row.__dict__[key] = value


def _values(kind: type[Base], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = _columns(kind)
    return [{column: row[key] for key, column in names if key in row} for row in rows]


@cache
def _given_key(kind: type[Base]) -> str | None:
    """Return the key that the database gives a row of a kind, if it does."""
    column = cast("Table", kind.__table__).autoincrement_column
    return column.name if column is not None else None


@cache
def _columns(kind: type[Base]) -> tuple[tuple[str, str], ...]:
    """Return (attribute, column) of every column of a table."""
    return tuple((attribute.key, attribute.columns[0].name) for attribute in inspect(kind).column_attrs)


def _new_values(kind: type[Base]) -> dict[str, Any]:
    """Return what a new row has where nothing is said; keys that the database gives are not among it."""
    fixed, made = _defaults(kind)
    return {**fixed, **{name: make(None) for name, make in made}} if made else fixed


@cache
def _defaults(kind: type[Base]) -> tuple[dict[str, Any], tuple[tuple[str, Any], ...]]:
    fixed: dict[str, Any] = {}
    made: list[tuple[str, Any]] = []
    for attribute in inspect(kind).column_attrs:
        column = attribute.columns[0]
        if column.primary_key:
            continue
        default = column.default
        if default is not None and default.is_callable:
            made.append((attribute.key, default.arg))
        else:
            fixed[attribute.key] = default.arg if default is not None and default.is_scalar else None
    return fixed, tuple(made)
