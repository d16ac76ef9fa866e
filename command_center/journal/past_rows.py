"""Rows of an incident as they stood, read from what `history.py` kept; they look like rows of the tables.

A state may be older than a column: the row then has that column's default, so that a past survives updates.
"""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace
from typing import Any, cast

import msgspec
from sqlalchemy import Row, inspect
from sqlalchemy.sql.schema import CallableColumnDefault, ScalarElementColumnDefault

from command_center.cases.incident_questions import NOT_SHOWN
from command_center.cases.incident_rows import IncidentFile
from command_center.cases.incident_tables import Incident, IncidentSource, Reporter
from command_center.orders.order_tables import ClockRow, Order
from foundation.database import Base

TABLES: dict[str, type[Base]] = {
    "incident": Incident, "orders": Order, "clocks": ClockRow, "sources": IncidentSource, "reporters": Reporter,
}  # fmt: skip
EMPTY: dict[str, Any] = {"list": [], "dict": {}}
LISTS = ("orders", "clocks", "sources", "attachments", "approvals", "lost_times", "merged")
PERSONAL = frozenset({"name", "phone"})
_PACK = msgspec.msgpack.Encoder().encode
_UNPACK = msgspec.msgpack.Decoder().decode


class PastRow(SimpleNamespace):
    """A row as it stood; what was not set, or did not exist yet, is None."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return None


@cache
def list_defaults(table: type[Base]) -> tuple[tuple[str, Any], ...]:
    """Return what a row has in the columns that it was kept without: the state is older than they are."""
    found = []
    for column in table.__table__.columns:
        default = column.default
        if isinstance(default, ScalarElementColumnDefault):
            found.append((column.name, default.arg))
        elif isinstance(default, CallableColumnDefault):
            found.append((column.name, EMPTY.get(getattr(default.arg, "__name__", ""))))
    return tuple(found)


def make_past_row(kind: str, row: dict[str, Any]) -> PastRow:
    """Return one row of a kind (`TABLES`, or one that is kept whole)."""
    table = TABLES.get(kind)
    return PastRow(**{**dict(list_defaults(table)), **row}) if table is not None else PastRow(**row)


def pack(file: IncidentFile) -> bytes:
    """Return everything that is shown of an incident, without who called."""
    state: dict[str, Any] = {name: [_plain(row) for row in getattr(file, name)] for name in LISTS}
    state["incident"] = _plain(file.incident)
    state["source_count"] = file.source_count
    state["reporters"] = [_plain(row, PERSONAL) for row in file.reporters]
    state["consultations"] = [
        (_plain(row), [_plain(one) for one in members]) for row, members in file.consultations
    ]
    return _PACK({name: value for name, value in state.items() if value})


def _plain(row: Any, hidden: frozenset[str] = frozenset()) -> dict[str, Any]:
    if isinstance(row, Row | tuple):
        columns: dict[str, Any] = cast("Any", row)._asdict()
        return {name: value for name, value in columns.items() if value is not None and name not in hidden}
    held, kind = row.__dict__, cast("type[Base]", type(row))
    # past SQLAlchemy's own way to each of thousands of values; a document as the database would give it back
    values = ((name, held[name] if name in held else getattr(row, name)) for name in _names(kind))
    return {
        name: msgspec.to_builtins(value) if isinstance(value, dict | list | tuple) else value
        for name, value in values
        if value is not None and name not in hidden
    }


@cache
def _names(kind: type[Base]) -> tuple[str, ...]:
    return tuple(attribute.key for attribute in inspect(kind).column_attrs if attribute.key not in NOT_SHOWN)


def unpack(raw: bytes) -> dict[str, Any]:
    """Return what ``pack`` kept, with the rows as objects."""
    state: dict[str, Any] = _UNPACK(raw)
    past: dict[str, Any] = {
        name: [make_past_row(name, row) for row in state.get(name, ())] for name in (*LISTS, "reporters")
    }
    past["incident"] = make_past_row("incident", state["incident"])
    past["source_count"] = state.get("source_count", 0)
    past["consultations"] = [
        (PastRow(**row), [PastRow(**one) for one in members]) for row, members in state.get("consultations", ())
    ]
    return past
