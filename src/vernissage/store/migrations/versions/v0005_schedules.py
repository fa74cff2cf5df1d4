"""Schedules, the servers that see to them, and what a run remembers of both."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from vernissage.store.columns import Instant, Json, Words

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two tables and what is new of runs. Runs of before belong to no schedule and have no log."""
    op.create_table(
        "schedules",
        sa.Column("ordinal", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("name", Words(), nullable=False),
        sa.Column("timing", Json(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("inputs", Json(), nullable=False),
        sa.Column("update_results", sa.Boolean(), nullable=False),
        sa.Column("use_cached", sa.Boolean(), nullable=False),
        sa.Column("overlap", sa.Text(), nullable=False),
        sa.Column("retries", sa.Integer(), nullable=False),
        sa.Column("time_limit", sa.Integer(), nullable=True),
        sa.Column("creator", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("next_due", Instant(), nullable=True),
        sa.Column("flagged", Words(), nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("claimed_until", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["project"], ["projects.id"], name=op.f("fk_schedules_project")),
        sa.PrimaryKeyConstraint("ordinal", name=op.f("pk_schedules")),
        sa.UniqueConstraint("id", name=op.f("uq_schedules_id")),
    )
    op.create_index(op.f("ix_schedules_project"), "schedules", ["project"], unique=False)
    op.create_index(op.f("ix_schedules_next_due"), "schedules", ["next_due"], unique=False)
    op.create_table(
        "servers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("home", sa.Text(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_servers")),
    )
    op.add_column("runs", sa.Column("update_results", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("runs", sa.Column("use_cached", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("runs", sa.Column("schedule", sa.Text(), nullable=True))
    op.add_column("runs", sa.Column("due_at", Instant(), nullable=True))
    op.add_column("runs", sa.Column("attempt", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("runs", sa.Column("retry_of", sa.Text(), nullable=True))
    op.add_column("runs", sa.Column("time_limit", sa.Integer(), nullable=True))
    op.add_column("runs", sa.Column("not_before", Instant(), nullable=True))
    op.add_column("runs", sa.Column("server", sa.Text(), nullable=True))
    op.add_column("runs", sa.Column("events", Json(), nullable=False, server_default="[]"))
    op.create_index(op.f("ix_runs_schedule_due_at_attempt"), "runs", ["schedule", "due_at", "attempt"], unique=True)
