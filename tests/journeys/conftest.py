"""The product, started once for a session of journeys: on SQLite, and on PostGIS."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.journeys.product import Product


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # paho leaves the socket of a broker that was killed to the garbage collector
    socket_left = "ignore:Exception ignored in. <socket.socket:pytest.PytestUnraisableExceptionWarning"
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.filterwarnings(socket_left))


@pytest.fixture(scope="session", params=["sqlite", "postgis"])
def product(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Yield a running product; PostGIS is there where there is PostgreSQL."""
    data = Path(tmp_path_factory.mktemp("journey")) / "data"
    database_url = ""
    if request.param == "postgis":
        server = request.getfixturevalue("postgres_url")
        name = f"j_{uuid.uuid4().hex[:10]}"
        admin = create_engine(server + "postgres", isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template_citybrain"))
        admin.dispose()
        database_url = server + name
    running = Product(data, database_url=database_url)
    try:
        running.start()
        yield running
    finally:
        running.stop()
