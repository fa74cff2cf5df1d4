"""Who is told of a run's end, the letters that come of that, and the addresses outside to which they may go."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from vernissage.store.columns import Instant, Json, Words

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

Ordinal = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables; what is there already notifies nobody."""
    for name in ("runs", "schedules"):
        op.add_column(name, sa.Column("notifications", Json(), nullable=False, server_default="[]"))
    op.create_table(
        "letters",
        sa.Column("ordinal", Ordinal, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("run", sa.Text()),
        sa.Column("notification", Json(), nullable=False),
        sa.Column("recipient", Json(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("next_attempt", Instant(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", Words(), nullable=False),
        sa.Column("sent_at", Instant()),
        sa.Column("left_out", Json(), nullable=False),
        sa.Column("claimed_by", sa.Text()),
        sa.ForeignKeyConstraint(["project"], ["projects.id"], name=op.f("fk_letters_project")),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name=op.f("fk_letters_run")),
        sa.PrimaryKeyConstraint("ordinal", name=op.f("pk_letters")),
        sa.UniqueConstraint("id", name=op.f("uq_letters_id")),
    )
    op.create_index(op.f("ix_letters_run"), "letters", ["run"], unique=False)
    op.create_index(op.f("ix_letters_status_next_attempt"), "letters", ["status", "next_attempt"], unique=False)
    op.create_table(
        "outside_addresses",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_outside_addresses")),
    )
