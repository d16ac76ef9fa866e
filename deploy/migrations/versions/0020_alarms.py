"""Alarms."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from foundation.database import Document

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.add_column("incidents", sa.Column("alarm", Document, nullable=True))
