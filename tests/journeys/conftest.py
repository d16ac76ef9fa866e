"""The product, started once for a session of journeys: on SQLite, and on PostGIS."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, sync_playwright
from sqlalchemy import create_engine, text

from tests.journeys.phone import Phone
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


@pytest.fixture
def on_one_database(product: Product) -> None:
    """Leave out the second database: once is enough where what differs is the phone."""
    if "CITYBRAIN_DATABASE_URL" in product.environment:
        pytest.skip("once is enough: what differs is the phone, not the database")


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture
def open_phone(playwright: Playwright, product: Product, tmp_path: Path) -> Iterator[Callable[..., Phone]]:
    opened: list[Phone] = []

    def make(place: dict[str, float], *, port: int = 0) -> Phone:
        opened.append(Phone(playwright, product, tmp_path / f"phone-{len(opened)}", place, port=port))
        return opened[-1]

    yield make
    for phone in opened:
        phone.context.close()
