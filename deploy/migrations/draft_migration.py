"""Drafts a migration: what stands between a database at the newest revision and the tables of the program.

    python deploy/migrations/draft_migration.py NAME         writes versions/<next>_NAME.py, to be read and mended
    python deploy/migrations/draft_migration.py --first      writes 0001 anew, as long as nothing is released

A test holds the two equal on SQLite and on PostGIS.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext

from command_center.every_table import METADATA
from foundation.database import Database, Document, Shape, UtcDateTime
from foundation.schema import MIGRATIONS, migrate, wanted_revision

HEAD = '''"""{what}"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from command_center.journal.journal_tables import BigKey
from foundation.database import Document, Shape, UtcDateTime

revision = "{revision}"
down_revision = {before}


def upgrade() -> None:
'''
POSTGIS = """    is_postgis = op.get_bind().dialect.name == "postgresql"
    if is_postgis:
        op.execute("CREATE EXTENSION IF NOT EXISTS postgis")
"""
GIST = """    if is_postgis:
"""


def render_type(kind: str, item: Any, _context: Any) -> Any:
    """Return how our own column types are written; False leaves it to Alembic."""
    if kind != "type":
        return False
    if isinstance(item, UtcDateTime):
        return "UtcDateTime()"
    if isinstance(item, Shape):
        return f'Shape("{item.kind}")'
    if item is Document:
        return "Document"
    return "BigKey" if "sqlite" in getattr(item, "_variant_mapping", {}) else False


def draft(*, from_nothing: bool) -> str:
    """Return the body of ``upgrade``."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/draft.db")
        if not from_nothing:
            migrate(database)
        with database.engine.connect() as connection:
            options = {"render_item": render_type, "user_module_prefix": ""}
            context = MigrationContext.configure(connection, opts=options)
            operations = produce_migrations(context, METADATA).upgrade_ops
            body = render_python_code(operations, render_item=render_type) if operations else "pass"
        database.dispose()
    return body


def gist_lines() -> str:
    """Return the statements for the spatial indexes, which only PostGIS has."""
    columns = [(t.name, c.name) for t in METADATA.sorted_tables for c in t.columns if isinstance(c.type, Shape)]
    return "".join(
        f'        op.execute("CREATE INDEX ix_{table}_{column}_gist ON {table} USING gist ({column})")\n'
        for table, column in columns
    )


def main(arguments: list[str]) -> int:
    if arguments == ["--first"]:
        text = HEAD.format(what="Every table of the first edition.", revision="0001", before="None")
        text += POSTGIS + f"    {draft(from_nothing=True)}\n" + GIST + gist_lines()
        (MIGRATIONS / "versions" / "0001_first.py").write_text(text)
        return 0
    if len(arguments) != 1:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    before = wanted_revision()
    revision = f"{int(before) + 1:04d}"
    text = HEAD.format(
        what=arguments[0].replace("_", " ").capitalize() + ".", revision=revision, before=f'"{before}"'
    )
    Path(MIGRATIONS / "versions" / f"{revision}_{arguments[0]}.py").write_text(
        text + f"    {draft(from_nothing=False)}\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
