"""The demo city in both databases, loaded once and copied for every test; an application served over sockets."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from command_center.journal.journal import ensure_head
from command_center.orders.order_tables import WorkerState
from command_center.people import accounts
from foundation.database import Database
from foundation.settings import Settings
from grid import city as cities
from grid.city import City, load_city
from grid.policies import city_today
from tests.conftest import execute
from tests.dashboards.served import MemoryBus, Served, Server, read_city, refuse_everything, with_brain


@pytest.fixture(scope="session", autouse=True)
def city_read_once() -> Iterator[None]:
    """Share the demo city in memory for as long as the database says that it is that one.

    Application, brain and test each read it in every test, which took longer than the test itself.
    """
    known: dict[tuple[str, date], City] = {}

    def load(session: Session, on: date | None = None) -> City:
        day = on or city_today(session)
        version = cities.city_version(session, day)
        if version is None or cities.REGISTER in version:
            return load_city(session, day)
        if (version, day) not in known:
            known[version, day] = load_city(session, day)
        return known[version, day]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cities, "load_city", load)
        yield


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[None]:
    """Hash passwords cheaply here; that the real hash is slow is proven in ``test_people.py``."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accounts, "_hasher", cache(lambda: PasswordHasher(time_cost=1, memory_cost=64)))
        yield


def put_on_shift(url: str) -> None:
    """Put everybody on shift in a database with the demo city."""
    database = Database(url)
    city = read_city(database)
    with database.write() as session:
        ensure_head(session)
        for worker in city.workers.list_workers():
            session.add(WorkerState(worker=worker.id, on_shift=True, shift_at=datetime.now(UTC)))
    database.dispose()


@pytest.fixture(scope="session")
def tables_file(suyu_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the demo city with everybody on shift: what ``database`` copies here."""
    path = tmp_path_factory.mktemp("city") / "city.db"
    shutil.copy(suyu_file, path)
    put_on_shift(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def tables_template(postgres_url: str, suyu_template: str) -> str:
    """Return the same as a PostGIS database."""
    execute(postgres_url + "postgres", f"CREATE DATABASE template_on_shift TEMPLATE {suyu_template}")
    put_on_shift(postgres_url + "template_on_shift")
    return "template_on_shift"


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
