"""Databases for tests: SQLite, and PostgreSQL with PostGIS, each empty or with the demo city."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import NullPool, create_engine, text

from foundation.database import Database

if TYPE_CHECKING:
    from grid.city import City
    from grid.city_folder.check_folder import CheckedFolder

SUYU = Path(__file__).parent.parent / "deploy" / "cities" / "suyu"
NOTHING_TO_LOSE = (
    "-c fsync=off -c full_page_writes=off -c synchronous_commit=off -c wal_level=minimal -c max_wal_senders=0"
)
SHARED = Path(__file__).parent.parent.parent / "shared"


def find_postgres_bin() -> Path | None:
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    return candidates[0].parent if candidates else None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _as_postgres(command: list[str]) -> list[str]:
    # the server refuses to run as root
    return (
        ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", *command]
        if os.getuid() == 0
        else command
    )


def _run(command: list[str]) -> None:
    subprocess.run(_as_postgres(command), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT, cwd="/")


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a throw-away PostgreSQL cluster with PostGIS; yield a URL without a database name."""
    binaries = find_postgres_bin()
    if binaries is None:
        pytest.fail("PostgreSQL is missing: `make test` installs it (postgresql, postgis)")
    folder = Path("/tmp") / f"citybrain-pg-{uuid.uuid4().hex[:8]}"
    folder.mkdir(mode=0o755)
    if os.getuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    data, port = folder / "data", free_port()
    initdb = [
        str(binaries / "initdb"),
        "-D",
        str(data),
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--no-sync",
    ]
    _run(initdb)
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c max_connections=200 {NOTHING_TO_LOSE}"
    start = [
        str(binaries / "pg_ctl"),
        "-D",
        str(data),
        "-w",
        "-l",
        str(folder / "log"),
        "-o",
        options,
        "start",
    ]
    _run(start)
    url = f"postgresql+psycopg://postgres@127.0.0.1:{port}/"
    try:
        execute(url + "postgres", "CREATE DATABASE template_citybrain")
        execute(url + "template_citybrain", "CREATE EXTENSION postgis")
        yield url
    finally:
        stop = [str(binaries / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop"]
        subprocess.run(
            _as_postgres(stop), check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/"
        )
        shutil.rmtree(folder, ignore_errors=True)


def execute(url: str, statement: str) -> None:
    # no pool: a connection that is kept would still be open when the interpreter ends, which psycopg warns of
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@contextmanager
def postgres_database(server: str, template: str) -> Iterator[str]:
    """Yield the URL of a fresh copy of a template database, dropped afterwards."""
    name = f"t_{uuid.uuid4().hex[:12]}"
    execute(server + "postgres", f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield server + name
    finally:
        execute(server + "postgres", f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgis"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield the URL of an empty database of either kind; PostGIS is there where there is PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'citybrain.db'}"
        return
    with postgres_database(request.getfixturevalue("postgres_url"), "template_citybrain") as url:
        yield url


@pytest.fixture(scope="session")
def tables_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a SQLite file with every table and no row, to be copied."""
    path = tmp_path_factory.mktemp("tables") / "tables.db"
    _make_tables(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def bare_template(postgres_url: str) -> str:
    """Return the name of a PostGIS database with every table and no row; the other templates are copies of it."""
    execute(postgres_url + "postgres", "CREATE DATABASE template_tables TEMPLATE template_citybrain")
    _make_tables(postgres_url + "template_tables")
    return "template_tables"


@pytest.fixture(scope="session")
def tables_template(bare_template: str) -> str:
    """Return the name of the PostGIS database that ``database`` copies; a folder of tests may name another."""
    return bare_template


def _make_tables(url: str) -> None:
    from command_center.every_table import METADATA

    database = Database(url)
    METADATA.create_all(database.engine)
    database.dispose()


@pytest.fixture(params=["sqlite", "postgis"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Yield a database of either kind with every table in it."""
    with _copy(request, tmp_path, "tables_file", "tables_template") as database:
        yield database


@contextmanager
def _copy(request: pytest.FixtureRequest, folder: Path, file: str, template: str) -> Iterator[Database]:
    """Yield a copy of the SQLite file or PostGIS template that these fixtures made; making it anew takes long."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue(file), folder / "citybrain.db")
        database = Database(f"sqlite:///{folder / 'citybrain.db'}")
        yield database
        database.dispose()
        return
    name = request.getfixturevalue(template)
    with postgres_database(request.getfixturevalue("postgres_url"), name) as url:
        database = Database(url)
        yield database
        database.dispose()


def _fill(url: str) -> None:
    """Load the demo city into a database that has every table."""
    from grid.city_load import load_folder

    database = Database(url)
    try:
        with database.write() as session:
            load_folder(session, _check_suyu())
    finally:
        database.dispose()


@cache
def _check_suyu() -> CheckedFolder:
    from grid.city_folder.check_folder import check_folder

    return check_folder(SUYU)


@pytest.fixture(scope="session")
def suyu_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a SQLite file with the demo city in it, to be copied and only read."""
    path = tmp_path_factory.mktemp("suyu") / "suyu.db"
    _make_tables(f"sqlite:///{path}")
    _fill(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def suyu_template(postgres_url: str, bare_template: str) -> str:
    """Return the name of a PostGIS database with the demo city in it, to be copied and never opened."""
    execute(postgres_url + "postgres", f"CREATE DATABASE template_suyu TEMPLATE {bare_template}")
    _fill(postgres_url + "template_suyu")
    return "template_suyu"


@pytest.fixture(scope="session")
def city(suyu_file: Path) -> City:
    """Return the demo city in memory, the same for every test: read-only."""
    return read_city(suyu_file)


def read_demo_city(path: Path) -> City:
    """Return the demo city, by way of a new SQLite file at the path."""
    _make_tables(f"sqlite:///{path}")
    _fill(f"sqlite:///{path}")
    return read_city(path)


def read_city(path: Path) -> City:
    """Return the city of a SQLite file."""
    from grid.city import load_city

    database = Database(f"sqlite:///{path}")
    try:
        with database.read() as session:
            return load_city(session)
    finally:
        database.dispose()


@pytest.fixture(params=["sqlite", "postgis"])
def city_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Yield a database of either kind with every table and the demo city in it."""
    with _copy(request, tmp_path, "suyu_file", "suyu_template") as database:
        yield database


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of other people's samples and data, beside the project; skip without it."""
    if not SHARED.is_dir():
        pytest.skip("shared/ is not beside the project: its samples and data are not tried")
    return SHARED
