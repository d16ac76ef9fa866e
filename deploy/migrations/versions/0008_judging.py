"""Storms and their members, judged rules and those in shadow, what several devices add up to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from foundation.database import UtcDateTime

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "group_hits",
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("place", sa.String(length=24), nullable=False),
        sa.Column("device", sa.String(length=160), nullable=False),
        sa.Column("replay", sa.Boolean(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("rule", "place", "device", "replay", name=op.f("pk_group_hits")),
    )
    op.create_index("ix_group_hits_at", "group_hits", ["rule", "place", "at"], unique=False)
    op.create_table(
        "group_tellings",
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("place", sa.String(length=24), nullable=False),
        sa.Column("replay", sa.Boolean(), nullable=False),
        sa.Column("alarm_id", sa.String(length=128), nullable=False),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.Column("devices", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("rule", "place", "replay", name=op.f("pk_group_tellings")),
    )
    op.create_table(
        "rule_counts",
        sa.Column("rule", sa.String(length=80), nullable=False),
        sa.Column("told", sa.BigInteger(), nullable=False),
        sa.Column("shadow", sa.BigInteger(), nullable=False),
        sa.Column("confirmed", sa.BigInteger(), nullable=False),
        sa.Column("dismissed", sa.BigInteger(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("rule", name=op.f("pk_rule_counts")),
    )
    op.create_table(
        "shadow_tellings",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("rule", sa.String(length=80), nullable=False),
        sa.Column("rule_version", sa.String(length=64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=True),
        sa.Column("phase", sa.String(length=8), nullable=False),
        sa.Column("category", sa.String(length=16), nullable=False),
        sa.Column("area", sa.String(length=24), nullable=True),
        sa.Column("would", sa.String(length=12), nullable=False),
        sa.Column("incident", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_shadow_tellings")),
    )
    op.create_index("ix_shadow_tellings_rule", "shadow_tellings", ["rule", "at"], unique=False)
    op.add_column("candidates", sa.Column("rule", sa.String(length=80), nullable=True))
    op.add_column("incident_sources", sa.Column("category", sa.String(length=16), nullable=True))
    op.add_column("incidents", sa.Column("storm_rule", sa.String(length=40), nullable=True))
    op.add_column("incidents", sa.Column("storm_area", sa.String(length=24), nullable=True))
    op.add_column("incidents", sa.Column("storm_family", sa.String(length=24), nullable=True))
    op.add_column("incidents", sa.Column("members", sa.Integer(), server_default="0", nullable=False))
    op.create_index("ix_incidents_storm_rule", "incidents", ["storm_rule", "last_signal_at"], unique=False)
    op.add_column("source_counts", sa.Column("confirmed", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("source_counts", sa.Column("dismissed", sa.BigInteger(), server_default="0", nullable=False))
