"""Secrets; and which versions and candidates are personal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from vernissage.store.columns import Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a table and two columns. What was published before gave code no viewer, so none of it is personal."""
    op.create_table(
        "secrets",
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("project", "name", name=op.f("pk_secrets")),
    )
    for table in ("versions", "publishes"):
        op.add_column(table, sa.Column("personal", sa.Boolean(), nullable=False, server_default=sa.false()))
