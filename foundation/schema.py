"""The database's schema: which revision stands there, which one this program wants, and the way up.

Comes in: the settings' database URL and ``deploy/migrations``. Goes out: a database at the newest
revision. History is linear and a revision is the number that its file's name begins with.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a warm start asks for the wanted revision only, and SQLAlchemy takes a second to import
    from sqlalchemy.orm import Session

    from foundation.database import Database

MIGRATIONS = Path(__file__).parent.parent / "deploy" / "migrations"


def wanted_revision() -> str:
    """Return the newest revision that this program knows."""
    return max(path.name.split("_", maxsplit=1)[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def find_revision(session: Session) -> str | None:
    """Return the revision that the database stands at, or None when it is empty."""
    from sqlalchemy import inspect, text

    if not inspect(session.connection()).has_table("alembic_version"):
        return None
    return session.execute(text("SELECT version_num FROM alembic_version")).scalar()


def migrate(database: Database) -> list[str]:
    """Bring the database to the newest revision; return [from, to], empty when there was nothing to do."""
    with database.read() as session:
        before = find_revision(session)
    if before == wanted_revision():
        return []
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.engine.execution_options(citybrain_write=True).connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
    return [before or "empty", wanted_revision()]
