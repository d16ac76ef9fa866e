"""Rows of an incident as they stood, read from what `history.py` kept; they look like rows of the tables.

A state may be older than a column: the row then has that column's default, so that a past survives updates.
"""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace
from typing import Any

from sqlalchemy.sql.schema import CallableColumnDefault, ScalarElementColumnDefault

from command_center.cases.incident_tables import Incident, IncidentSource, Reporter
from command_center.orders.order_tables import ClockRow, Order
from foundation.database import Base

TABLES: dict[str, type[Base]] = {
    "incident": Incident, "orders": Order, "clocks": ClockRow, "sources": IncidentSource, "reporters": Reporter,
}  # fmt: skip
EMPTY: dict[str, Any] = {"list": [], "dict": {}}


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
