"""Embeds: origins that may show apps, and passes that let a page in once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from vernissage.store.columns import Instant

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "embed_origins",
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("origin", name=op.f("pk_embed_origins")),
    )
    op.create_table(
        "embed_links",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["projects.id"], name=op.f("fk_embed_links_project")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_embed_links")),
    )
    op.create_index(op.f("ix_embed_links_expires_at"), "embed_links", ["expires_at"], unique=False)
