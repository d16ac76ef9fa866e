"""Find by their last signal what a flood may take in, and patrols that are issued; leave out signals of nothing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

JOINED = sa.text("incident IS NOT NULL")


def upgrade() -> None:
    op.drop_index("ix_incidents_storms", "incidents")
    op.create_index("ix_incidents_last_signal_at", "incidents", ["last_signal_at"])
    op.drop_index("ix_signals_incident", "signals")
    op.create_index("ix_signals_incident", "signals", ["incident"], sqlite_where=JOINED, postgresql_where=JOINED)
    op.create_index("ix_task_items_state", "task_items", ["state", "due_at"])
