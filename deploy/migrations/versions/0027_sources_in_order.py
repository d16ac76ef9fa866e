"""Sources in order: the first and the last of a storm are found without its thousands."""

from __future__ import annotations

from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.drop_index("ix_incident_sources_incident", table_name="incident_sources")
    op.create_index("ix_incident_sources_incident", "incident_sources", ["incident", "id"], unique=False)
