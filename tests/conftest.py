"""The two databases that every test of the database runs on: SQLite, and PostgreSQL with PostGIS."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from foundation.database import Base, Database

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
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=200"
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
        admin = create_engine(url + "postgres", isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text("CREATE DATABASE template_citybrain"))
        admin.dispose()
        template = create_engine(url + "template_citybrain", isolation_level="AUTOCOMMIT")
        with template.connect() as connection:
            connection.execute(text("CREATE EXTENSION postgis"))
        template.dispose()
        yield url
    finally:
        stop = [str(binaries / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop"]
        subprocess.run(
            _as_postgres(stop), check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/"
        )
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgis"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield the URL of an empty database of either kind; PostGIS is there where there is PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'citybrain.db'}"
        return
    server = request.getfixturevalue("postgres_url")
    name = f"t_{uuid.uuid4().hex[:12]}"
    admin = create_engine(server + "postgres", isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template_citybrain"))
    try:
        yield server + name
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Yield a database of either kind with every table in it."""
    _import_tables()
    database = Database(database_url)
    Base.metadata.create_all(database.engine)
    yield database
    database.dispose()


def _import_tables() -> None:
    import importlib

    for path in sorted(Path(__file__).parent.parent.glob("*/**/*_tables.py")):
        if path.parts and ".venv" not in path.parts:
            relative = path.relative_to(Path(__file__).parent.parent).with_suffix("")
            importlib.import_module(".".join(relative.parts))


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of other people's samples and data, beside the project; skip without it."""
    if not SHARED.is_dir():
        pytest.skip("shared/ is not beside the project: its samples and data are not tried")
    return SHARED
