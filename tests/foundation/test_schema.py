"""The schema: what migrations build is what the tables say, on SQLite and on PostGIS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from command_center.every_table import METADATA, MODULES
from foundation.database import Database, Shape
from foundation.schema import MIGRATIONS, find_revision, migrate, wanted_revision

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def migrated(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    migrate(database)
    yield database
    database.dispose()


def is_ours(_object: object, name: str | None, kind: str, reflected: bool, _other: object) -> bool:
    if kind == "table" and reflected:
        return name in METADATA.tables
    return not (kind == "index" and reflected and str(name).endswith("_gist"))  # PostGIS alone has them


def is_same_type(_context: Any, _inspected: Any, column: Any, inspected_type: Any, _declared: Any) -> bool | None:
    """Leave outlines to the eye of the database: what is reflected is PostGIS's own type."""
    return False if isinstance(column.type, Shape) or "geometry" in str(type(inspected_type)).lower() else None


def test_migrations_build_what_the_tables_say(migrated: Database) -> None:
    with migrated.engine.connect() as connection:
        options = {"compare_type": is_same_type, "include_object": is_ours}
        differences = compare_metadata(MigrationContext.configure(connection, opts=options), METADATA)
    assert differences == [], "run: python deploy/migrations/draft_migration.py NAME"


def test_outlines_have_a_spatial_index_where_there_is_postgis(migrated: Database) -> None:
    if migrated.is_sqlite:
        return
    with migrated.read() as session:
        rows = session.execute(
            text("SELECT tablename, indexdef FROM pg_indexes WHERE indexdef LIKE '%USING gist%'")
        ).all()
    indexed = {row.tablename for row in rows}
    outlined = {t.name for t in METADATA.sorted_tables if any(isinstance(c.type, Shape) for c in t.columns)}
    assert outlined and outlined <= indexed


def test_migrating_twice_does_nothing(migrated: Database) -> None:
    assert migrate(migrated) == []
    with migrated.read() as session:
        assert find_revision(session) == wanted_revision()


def test_an_empty_database_has_no_revision(database_url: str) -> None:
    database = Database(database_url)
    with database.read() as session:
        assert find_revision(session) is None
    database.dispose()


def test_history_is_linear() -> None:
    files = sorted((MIGRATIONS / "versions").glob("*.py"))
    assert [path.name[:4] for path in files] == [f"{number:04d}" for number in range(1, len(files) + 1)]
    for before, path in zip([None, *files], files, strict=False):
        expected = f'"{before.name[:4]}"' if before else "None"
        assert f"down_revision = {expected}\n" in path.read_text()


def test_every_module_of_tables_is_known() -> None:
    found = {path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
             for floor in ("grid", "ingest", "command_center", "dashboards")
             for path in (ROOT / floor).rglob("*_tables.py") if "node_modules" not in path.parts}  # fmt: skip
    assert found == {module.__name__ for module in MODULES}
