"""Finds rows of one file that name the same thing."""

from __future__ import annotations

from collections.abc import Iterable

from grid.city_folder.faults import Faults
from grid.city_folder.read_csv import Row


def refuse_repeats(rows: Iterable[Row], columns: tuple[str, ...], faults: Faults) -> None:
    """Add a fault for each row whose columns repeat an earlier row's."""
    first: dict[tuple[object, ...], int] = {}
    for row in rows:
        if not all(column in row.fields for column in columns):
            continue
        key = tuple(row[column] for column in columns)
        if key in first:
            named = ", ".join(f"{column} {value}" for column, value in zip(columns, key, strict=True))
            faults.add(row.file, row.line, f"duplicate {named}, first in line {first[key]}")
        else:
            first[key] = row.line
