"""What is doubtful about a source stands beside it: a clock or a place that cannot be."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from foundation.database import Document

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    flags = sa.Column("flags", Document, nullable=False, server_default="[]")
    op.add_column("incident_sources", flags)
