"""What more than one person decides, time lost, and where a case stands in its life."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from command_center.journal.journal_tables import BigKey
from foundation.database import Document, UtcDateTime

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "approvals",
        sa.Column("id", BigKey, autoincrement=True, nullable=False),
        sa.Column("incident", BigKey, nullable=True),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("action", sa.String(length=24), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("stages", Document, nullable=False),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column("asked_name", sa.String(length=80), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("data", Document, nullable=False),
        sa.Column("decisions", Document, nullable=False),
        sa.ForeignKeyConstraint(["incident"], ["incidents.number"], name=op.f("fk_approvals_incident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
    )
    op.create_index(op.f("ix_approvals_incident"), "approvals", ["incident"], unique=False)
    op.create_index("ix_approvals_state", "approvals", ["state", "incident"], unique=False)
    op.create_table(
        "lost_times",
        sa.Column("id", BigKey, autoincrement=True, nullable=False),
        sa.Column("incident", BigKey, nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("cause", sa.String(length=16), nullable=False),
        sa.Column("holder_kind", sa.String(length=16), nullable=False),
        sa.Column("holder_code", sa.String(length=64), nullable=False),
        sa.Column("lost_s", sa.Integer(), nullable=False),
        sa.Column("reason_code", sa.String(length=24), nullable=False),
        sa.Column("rule", sa.String(length=64), nullable=True),
        sa.Column("rule_version", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["incident"], ["incidents.number"], name=op.f("fk_lost_times_incident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lost_times")),
    )
    op.create_index(op.f("ix_lost_times_incident"), "lost_times", ["incident"], unique=False)
    op.add_column("incidents", sa.Column("archived_at", UtcDateTime(), nullable=True))
    op.add_column("incidents", sa.Column("suspended_until", UtcDateTime(), nullable=True))
    op.add_column("incidents", sa.Column("suspensions", sa.Integer(), server_default="0", nullable=False))
    op.add_column("incidents", sa.Column("appealed_at", UtcDateTime(), nullable=True))
    op.add_column(
        "incidents", sa.Column("timeout_exempt", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("incidents", sa.Column("is_forced", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("incidents", sa.Column("audit", sa.String(length=8), nullable=True))
    op.add_column("incidents", sa.Column("returned", Document, nullable=True))
    op.add_column("incidents", sa.Column("routed_rule", sa.String(length=64), nullable=True))
    op.add_column("incidents", sa.Column("routed_version", sa.String(length=64), nullable=True))
    op.add_column("incidents", sa.Column("lost_s", sa.Integer(), server_default="0", nullable=False))
    op.add_column("incidents", sa.Column("approvals_pending", sa.Integer(), server_default="0", nullable=False))
    op.add_column("orders", sa.Column("assigned_by", sa.String(length=80), nullable=True))
    op.add_column("orders", sa.Column("extensions", sa.Integer(), server_default="0", nullable=False))
