"""Alembic's way to the tables: every module that holds some is named here, none is found by itself."""

from __future__ import annotations

import importlib

from alembic import context

from foundation.database import Base

TABLES = (
    "grid.area_tables",
    "grid.people_tables",
    "grid.policy_tables",
    "grid.register_tables",
    "command_center.brain_tables",
    "command_center.incident_tables",
    "command_center.journal_tables",
    "command_center.order_tables",
    "command_center.signal_tables",
    "command_center.people.account_tables",
)

for module in TABLES:
    importlib.import_module(module)


def include_object(_object: object, name: str | None, kind: str, reflected: bool, _other: object) -> bool:
    # what PostGIS brings along is not ours to compare
    return not (kind == "table" and reflected and name not in Base.metadata.tables)


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    include_object=include_object,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
