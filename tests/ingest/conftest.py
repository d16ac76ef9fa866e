"""The demo city in memory, and a real engine, for the tests of the senses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from foundation.bus.server import free_port
from foundation.database import Database
from foundation.settings import Settings
from grid.city import City
from ingest.judge import Senses
from tests.ingest.instruments import Engine, Sender


@pytest.fixture(scope="session")
def senses_database(suyu_file: Path) -> Iterator[Database]:
    """Yield the demo city's database: the senses only read it, so that one kind is enough."""
    database = Database(f"sqlite:///{suyu_file}")
    yield database
    database.dispose()


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
