"""A quarantined message keeps how it came by HTTP: content type, path and query, so that a retry is the same."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from foundation.database import Document

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("quarantine", sa.Column("request", Document, nullable=True))
