"""What every table of the city has in common: rows have editions, so that history survives a change.

``city_load`` writes editions, the stores read those of one day. A row is in force from ``valid_from``
until the day before ``valid_to`` (None: still).
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, or_
from sqlalchemy.orm import Mapped, mapped_column

BEGINNING = date(2000, 1, 1)  # the first edition holds since ever: older records must find their area


class Editioned:
    """Columns of a table whose rows have editions; ``natural_key`` names the row through all of them."""

    natural_key: tuple[str, ...] = ("code",)

    edition: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    valid_from: Mapped[date] = mapped_column(Date, index=True)
    valid_to: Mapped[date | None] = mapped_column(Date)


def in_force(table: type[Any], on: date) -> ColumnElement[bool]:
    """Return the condition that picks the editions in force on a local date of the city."""
    found: ColumnElement[bool] = (table.valid_from <= on) & or_(table.valid_to.is_(None), table.valid_to > on)
    return found
