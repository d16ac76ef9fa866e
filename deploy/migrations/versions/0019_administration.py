"""Administration."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from command_center.journal.journal_tables import BigKey
from foundation.database import UtcDateTime

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_table(
        "reply_templates",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("department", sa.String(length=64), nullable=False),
        sa.Column("use", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("changed_by", sa.String(length=32), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply_templates")),
    )
    op.create_index(op.f("ix_reply_templates_department"), "reply_templates", ["department"], unique=False)
    op.add_column("accounts", sa.Column("must_change", sa.Boolean(), server_default=sa.false(), nullable=False))
