"""A statement that is asked hundreds of times a second: compiled once, its rows read past SQLAlchemy.

On SQLite the way through SQLAlchemy costs twice to three times what SQLite itself takes; here the text, the
order of its parameters and the readers of its columns are kept. On PostgreSQL it is asked the ordinary way.
"""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

from sqlalchemy import CompoundSelect, Select
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.orm import Session

Number = int | list[int]
_CONNECTION = "connection of the transaction"
ONE = -1
"""In place of the length of a list: a number by itself."""


class PlainQuery:
    """A statement whose parameters are numbers and lists of numbers; a row has its columns as attributes."""

    def __init__(self, statement: Select[Any] | CompoundSelect[Any]) -> None:
        self._statement = statement
        columns = list(statement.selected_columns)
        make_type: Any = namedtuple  # its columns are known only now
        self._row = make_type("Row", [column.key for column in columns])
        self._types = [column.type for column in columns]
        self._readers: list[tuple[int, Callable[[Any], Any]]] | None = None
        self._compile = cache(self._compile_for)

    def ask(self, session: Session, **numbers: Number) -> Iterable[Any]:
        """Return the rows; they stay usable after the session.

        Raises:
            sqlalchemy.exc.DBAPIError: The database cannot answer.
        """
        connection = _connection_of(session)
        if connection.dialect.name != "sqlite" or any(given == [] for given in numbers.values()):
            return connection.execute(self._statement, numbers).all()
        lengths = tuple((name, _round_up(given)) for name, given in numbers.items())
        text, places = self._compile(lengths, connection.dialect)
        asked = [_find(numbers, place) for place in places]
        driver: Any = connection.connection.driver_connection
        try:
            rows = driver.execute(text, asked).fetchall()
        except sqlite3.Error:
            return connection.execute(self._statement, numbers).all()  # it says what is wrong in the known words
        return self._read(rows, connection.dialect)

    def _read(self, rows: list[Any], dialect: Dialect) -> Iterator[Any]:
        if self._readers is None:
            read = [kind.dialect_impl(dialect).result_processor(dialect, None) for kind in self._types]
            self._readers = [(place, one) for place, one in enumerate(read) if one is not None]
        for row in rows:
            values = list(row)
            for place, reader in self._readers:
                values[place] = reader(values[place])
            yield self._row._make(values)

    def _compile_for(self, lengths: tuple[tuple[str, int], ...], dialect: Dialect) -> tuple[str, tuple[Any, ...]]:
        """Return the text for lists of these lengths, and what stands at each of its places."""
        marks: dict[str, Any] = {
            name: _Place(name, ONE) if length == ONE else [_Place(name, index) for index in range(length)]
            for name, length in lengths
        }
        asked = self._statement.compile(dialect=dialect).construct_expanded_state(marks)
        return asked.statement, tuple(asked.positional_parameters)


def _connection_of(session: Session) -> Connection:
    """Return the session's connection, found once: looking for it costs as much as a short query."""
    known: Connection | None = session.info.get(_CONNECTION)
    if known is None or known.closed:
        known = session.info[_CONNECTION] = session.connection()
    return known


class _Place:
    """Stands for a number that is given later: the one of that name, or one of its list."""

    __slots__ = ("index", "name")

    def __init__(self, name: str, index: int) -> None:
        self.name, self.index = name, index


def _find(numbers: dict[str, Any], place: Any) -> Any:
    if not isinstance(place, _Place):
        return place
    given = numbers[place.name]
    return given if place.index == ONE else given[min(place.index, len(given) - 1)]


def _round_up(given: Number) -> int:
    """Return the next power of two of a list's length, which is filled with its last: few lengths are compiled."""
    return 1 << (len(given) - 1).bit_length() if isinstance(given, list) else ONE
