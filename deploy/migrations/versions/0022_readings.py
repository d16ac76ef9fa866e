"""The boards show the latest reading of some kinds of devices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from foundation.database import UtcDateTime

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.add_column("device_states", sa.Column("reading", sa.Double(), nullable=True))
    op.add_column("device_states", sa.Column("read_at", UtcDateTime(), nullable=True))
