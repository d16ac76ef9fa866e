"""Freezing and lost time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from foundation.database import Document

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.add_column("incidents", sa.Column("frozen_by", sa.BigInteger(), nullable=True))
    op.create_index("ix_incidents_frozen_by", "incidents", ["frozen_by"], unique=False)
    op.add_column("lost_times", sa.Column("stage_s", sa.Integer(), server_default="0", nullable=False))
    op.add_column(
        "lost_times", sa.Column("calendar", sa.String(length=12), server_default="continuous", nullable=False)
    )
    op.add_column("responses", sa.Column("frozen", Document, server_default="[]", nullable=False))
