"""Alembic's way to the tables; ``foundation/schema.py`` hands in the connection."""

from __future__ import annotations

from alembic import context

from command_center.every_table import METADATA


def include_object(_object: object, name: str | None, kind: str, reflected: bool, _other: object) -> bool:
    # what PostGIS brings along is not ours to compare
    return not (kind == "table" and reflected and name not in METADATA.tables)


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    include_object=include_object,
)
with context.begin_transaction():
    context.run_migrations()
