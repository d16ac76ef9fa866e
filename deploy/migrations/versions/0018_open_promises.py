"""Index the open promises and the storms apart: SQLite looked through all promises to silence one clock."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

STORM, OPEN, KEPT = sa.text("storm_rule IS NOT NULL"), sa.text("fired_at IS NULL"), sa.text("fired_at IS NOT NULL")


def upgrade() -> None:
    op.drop_index("ix_timers_due", "timers")
    op.drop_index("ix_timers_clock", "timers")
    op.create_index("ix_timers_due", "timers", ["due_at"], sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index("ix_timers_clock", "timers", ["clock"], sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index("ix_timers_fired_at", "timers", ["fired_at"], sqlite_where=KEPT, postgresql_where=KEPT)
    op.drop_index("ix_incidents_storm_rule", "incidents")
    op.create_index(
        "ix_incidents_storms", "incidents", ["last_signal_at"], sqlite_where=STORM, postgresql_where=STORM
    )
