"""A vehicle's newest place stands beside when it was last heard."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from foundation.database import UtcDateTime

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("device_states", sa.Column("lon", sa.Double(), nullable=True))
    op.add_column("device_states", sa.Column("lat", sa.Double(), nullable=True))
    op.add_column("device_states", sa.Column("placed_at", UtcDateTime(), nullable=True))
