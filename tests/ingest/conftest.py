"""The demo city in memory, and a real engine, for the tests of the senses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from foundation.bus.server import free_port
from foundation.database import Database
from foundation.schema import migrate
from foundation.settings import DEFAULT_CITY, Settings
from grid.city import City, load_city
from grid.city_folder.check_folder import check_folder
from grid.city_load import load_folder
from ingest.judge import Senses
from tests.ingest.instruments import Engine, Sender


@pytest.fixture(scope="session")
def city_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Yield a SQLite database with the demo city in it."""
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('city') / 'citybrain.db'}")
    migrate(database)
    with database.write() as session:
        load_folder(session, check_folder(DEFAULT_CITY))
    yield database
    database.dispose()


@pytest.fixture(scope="session")
def city(city_database: Database) -> City:
    with city_database.read() as session:
        return load_city(session)


@pytest.fixture
def senses(city: City) -> Senses:
    return Senses(city)


@pytest.fixture
def sender(city: City) -> Sender:
    return Sender(city)


@pytest.fixture
def engine(city: City, tmp_path: Path) -> Iterator[Engine]:
    settings = Settings(data=tmp_path, nats_port=free_port(), mqtt_port=free_port(), demo=True)
    running = Engine(settings, city)
    yield running
    running.stop()
