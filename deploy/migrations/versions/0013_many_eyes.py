"""Several parties on one case: sub-tasks, whistles, merges that can be undone, consultations, call-backs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from command_center.journal.journal_tables import BigKey
from foundation.database import Document, UtcDateTime

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "consultations",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("incident", BigKey, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("opened_by", sa.String(length=32), nullable=False),
        sa.Column("opener", Document, nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("decider", Document, nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("outcome", Document, nullable=True),
        sa.ForeignKeyConstraint(["incident"], ["incidents.number"], name=op.f("fk_consultations_incident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultations")),
    )
    op.create_index(op.f("ix_consultations_incident"), "consultations", ["incident"], unique=False)
    op.create_index(op.f("ix_consultations_state"), "consultations", ["state"], unique=False)
    op.create_table(
        "consultation_members",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("consultation", BigKey, nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=32), nullable=True),
        sa.Column("name", Document, nullable=False),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("opinion_at", UtcDateTime(), nullable=True),
        sa.Column("opinion_by", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation"], ["consultations.id"], name=op.f("fk_consultation_members_consultation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultation_members")),
    )
    op.create_index(
        op.f("ix_consultation_members_consultation"), "consultation_members", ["consultation"], unique=False
    )
    op.add_column("incident_sources", sa.Column("home", sa.BigInteger(), nullable=True))
    op.add_column("incidents", sa.Column("also_domains", Document, server_default="[]", nullable=False))
    op.add_column("incidents", sa.Column("upstream_state", sa.String(length=12), nullable=True))
    op.add_column("incidents", sa.Column("before_merge", Document, nullable=True))
    op.add_column("incidents", sa.Column("guests", Document, nullable=True))
    op.add_column("incidents", sa.Column("round", sa.Integer(), server_default="1", nullable=False))
    op.add_column("incidents", sa.Column("rounds", Document, server_default="[]", nullable=False))
    op.create_index("ix_incidents_merged_into", "incidents", ["merged_into"], unique=False)
    op.add_column("orders", sa.Column("whistle", Document, nullable=True))
    op.add_column("orders", sa.Column("round", sa.Integer(), server_default="1", nullable=False))
    op.add_column("reporters", sa.Column("replied_at", UtcDateTime(), nullable=True))
    op.add_column("reporters", sa.Column("callback_due_at", UtcDateTime(), nullable=True))
    op.add_column("reporters", sa.Column("callback_attempts", sa.Integer(), server_default="0", nullable=False))
    op.add_column("reporters", sa.Column("callback_tried_at", UtcDateTime(), nullable=True))
    op.add_column("reporters", sa.Column("home", sa.BigInteger(), nullable=True))
    op.create_index("ix_reporters_callback_due_at", "reporters", ["callback_due_at"], unique=False)
    op.execute(
        "UPDATE reporters SET replied_at = reported_at"
        " WHERE incident IN (SELECT number FROM incidents WHERE reply <> '')"
    )
