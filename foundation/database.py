"""The database: engine, sessions, and the column types that mean the same on SQLite and on PostGIS."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import msgspec
from sqlalchemy import JSON, DateTime, Engine, LargeBinary, MetaData, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator, TypeEngine

from foundation.clock import monotonic_s

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

SRID = 4326
BUSY_TIMEOUT_MS = 10_000
REST_S = 2.0
PREPARED_MAX = 500  # statements of a connection, many of them the same with lists of other lengths

Document = JSON().with_variant(JSONB(), "postgresql")


class Base(DeclarativeBase):
    """Every table of the product, whichever floor it stands on."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime in, an aware UTC datetime out; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored")
        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        """Return how a value that the driver gives is read; hundreds of thousands are, for one snapshot."""
        return _read_text_moment if dialect.name == "sqlite" else _read_moment


def _read_text_moment(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value + "+00:00")


def _read_moment(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


class Shape(TypeDecorator["BaseGeometry"]):
    """A Shapely geometry in WGS-84 degrees: PostGIS geometry with a GiST index, or WKB on SQLite.

    Both libraries are imported when a shape is met: a process that knows none is a third smaller without them.
    """

    impl = LargeBinary
    cache_ok = True
    spatial_index = False  # GeoAlchemy2 asks the decorator itself; an index is declared on the table

    def __init__(self, kind: str = "GEOMETRY") -> None:
        super().__init__()
        self.kind = kind

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        # GeoAlchemy2 asks with no dialect at all while it looks for raster columns
        if getattr(dialect, "name", "") == "postgresql":
            from geoalchemy2 import Geometry

            return dialect.type_descriptor(Geometry(self.kind, srid=SRID, spatial_index=False))
        return LargeBinary()

    def process_bind_param(self, value: BaseGeometry | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if dialect.name == "postgresql":
            return f"SRID={SRID};{value.wkt}"
        import shapely

        return shapely.to_wkb(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> BaseGeometry | None:
        if value is None:
            return None
        import shapely

        # PostGIS answers with an element of GeoAlchemy2
        shape: BaseGeometry = shapely.from_wkb(value if isinstance(value, bytes) else value.data)
        return shape


def _write_json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


_OPTIONS: dict[str, Any] = {
    "json_serializer": _write_json,  # Chinese stays Chinese (the standard library escapes it), and much quicker
    "json_deserializer": msgspec.json.decode,
    "hide_parameters": True,  # an error that is logged must not carry people's data
}


def open_engine(url: str) -> Engine:
    """Return an engine for the URL, with the settings that durability needs on that database.

    SQLite runs in WAL mode with ``synchronous=FULL``; every transaction that writes begins with
    ``BEGIN IMMEDIATE`` (see ``write_session``), because a deferred transaction that upgrades to a
    write fails at once and ignores the busy timeout (measured).
    """
    if url.startswith("sqlite"):
        engine = create_engine(
            url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False}, **_OPTIONS
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    import geoalchemy2  # noqa: F401 it listens to the making of tables from here on

    engine = create_engine(url, pool_size=10, max_overflow=20, **_OPTIONS)
    event.listen(engine, "connect", _keep_prepared)
    event.listen(engine, "checkin", _note_rest)
    event.listen(engine, "checkout", partial(_ping_rested, engine.dialect))
    return engine


def _keep_prepared(connection: DBAPIConnection, _record: object) -> None:
    """Let the server keep the plans of all our statements: at the driver's 100 they push each other out unused."""
    connection.prepared_max = PREPARED_MAX


def _note_rest(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info["rested_since_s"] = monotonic_s()


def _ping_rested(
    dialect: Dialect, connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object
) -> None:
    """Try a connection that nobody used for a while: one that is in use all the time needs no trip for it."""
    if monotonic_s() - record.info.get("rested_since_s", monotonic_s()) < REST_S:
        return
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        raise DisconnectionError("the connection has gone") from error  # the pool makes a new one


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves; the driver's own is deferred and late
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    immediate = connection.get_execution_options().get("citybrain_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


InsertOf = Callable[[Any], postgresql.Insert]


def insert_of(session: Session) -> InsertOf:
    """Return the ``insert`` of the session's database, which knows ``on_conflict_do_update``: the same of both."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return cast("InsertOf", dialect.insert)


class Database:
    """One engine with the two kinds of session that the product knows."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = open_engine(url)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        reading = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        readers = self.engine.execution_options(**reading)
        self._readers = sessionmaker(readers, expire_on_commit=False, autoflush=False)
        self._writers = sessionmaker(self.engine.execution_options(citybrain_write=True), expire_on_commit=False)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Yield a session that sees one moment of the database and writes nothing, whatever is done to its rows.

        Rows that were read stay usable afterwards as they were.
        """
        with self._readers() as session:
            try:
                yield session
            finally:
                session.expunge_all()
            session.commit()  # of nothing: at a rollback the driver forgets every statement that it has prepared

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Yield a session in a writing transaction; committed if the block ends well, else rolled back."""
        with self._writers.begin() as session:
            yield session

    def ping(self) -> None:
        """Raise if the database cannot be written to now: a writing transaction is opened and undone."""
        with self._writers() as session:
            session.execute(text("SELECT 1"))
            session.rollback()

    def dispose(self) -> None:
        self.engine.dispose()
