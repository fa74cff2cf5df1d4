"""Sessions are found by project and person: what somebody left a while ago."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.create_index(
        op.f("ix_sessions_project_owner_touched_at"), "sessions", ["project", "owner", "touched_at"], unique=False
    )
