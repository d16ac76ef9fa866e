"""The register keeps what people add and change, and unknown things that wait."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from foundation.database import Document, UtcDateTime

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "device_candidates",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("source_id", sa.String(length=128), nullable=False),
        sa.Column("topic", sa.String(length=400), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("messages", sa.BigInteger(), nullable=False),
        sa.Column("first_at", UtcDateTime(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("device", sa.String(length=64), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_candidates")),
    )
    op.create_index(op.f("ix_device_candidates_last_at"), "device_candidates", ["last_at"], unique=False)
    op.create_index(op.f("ix_device_candidates_state"), "device_candidates", ["state"], unique=False)
    op.create_table(
        "register_entries",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("is_camera", sa.Boolean(), nullable=False),
        sa.Column("fields", Document, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_entries")),
    )
    op.create_index(op.f("ix_register_entries_revision"), "register_entries", ["revision"], unique=False)
    op.add_column("city_devices", sa.Column("catalogue", Document, nullable=False, server_default="{}"))
    op.add_column("quarantine", sa.Column("sender", sa.String(length=128), nullable=True))
    op.create_index("ix_quarantine_sender", "quarantine", ["source", "sender"], unique=False)
