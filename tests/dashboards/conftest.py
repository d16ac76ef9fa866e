"""The demo city in both databases, loaded once and copied for every test; an application served over sockets."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from command_center.journal.journal import ensure_head
from command_center.orders.order_tables import WorkerState
from foundation.database import Base, Database
from foundation.settings import Settings
from grid.city_folder.check_folder import check_folder
from grid.city_load import load_folder
from tests.conftest import _import_tables
from tests.dashboards.served import MemoryBus, Served, Server, read_city, refuse_everything, with_brain

SUYU = Path(__file__).parent.parent.parent / "deploy" / "cities" / "suyu"


def fill(url: str) -> None:
    """Put every table and the demo city into an empty database; everybody is on shift."""
    _import_tables()
    database = Database(url)
    Base.metadata.create_all(database.engine)
    with database.write() as session:
        load_folder(session, check_folder(SUYU))
    city = read_city(database)
    with database.write() as session:
        ensure_head(session)
        for worker in city.workers.list_workers():
            session.add(WorkerState(worker=worker.id, on_shift=True, shift_at=datetime.now(UTC)))
    database.dispose()


@pytest.fixture(scope="session")
def filled_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("city") / "city.db"
    fill(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def filled_postgis(postgres_url: str) -> str:
    name = f"city_{uuid.uuid4().hex[:8]}"
    admin = create_engine(postgres_url + "postgres", isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template_citybrain"))
    admin.dispose()
    fill(postgres_url + name)
    return name


@pytest.fixture(params=["sqlite", "postgis"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield the URL of a fresh copy of the demo city, in a database of either kind."""
    if request.param == "sqlite":
        path = tmp_path / "citybrain.db"
        shutil.copy(request.getfixturevalue("filled_sqlite"), path)
        yield f"sqlite:///{path}"
        return
    server, template = request.getfixturevalue("postgres_url"), request.getfixturevalue("filled_postgis")
    name = f"t_{uuid.uuid4().hex[:12]}"
    admin = create_engine(server + "postgres", isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    try:
        yield server + name
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


@pytest.fixture
def serve(database: Database, tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Yield a function that serves the application; ``ask`` stands for the brain, settings may be given."""
    running: list[tuple[Server, Served]] = []

    def start(ask: Any = refuse_everything, static: Path | None = None, **settings: Any) -> Served:
        data = tmp_path / "data"
        data.mkdir(exist_ok=True)
        bus = MemoryBus()
        server = Server(Settings(data=data, **settings), database, bus, ask, static or tmp_path / "static")
        server.start()
        served = Served(database, read_city(database), server.port, bus, data)
        running.append((server, served))
        return served

    yield start
    for server, served in running:
        for client in served.clients:
            client.close()
        server.stop()


@pytest.fixture
def command(serve: Callable[..., Served], database: Database) -> Served:
    """Return the application with the real brain behind it."""
    city = read_city(database)
    return serve(with_brain(database, lambda: city))


@pytest.fixture
def served(serve: Callable[..., Served]) -> Served:
    """Return the application without a brain that acts."""
    return serve()
