"""How far the draft was when a version or a candidate was frozen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns. Of what is there already, the time tells which edits came before it."""
    operations = sa.table("operations", sa.column("project"), sa.column("seq"), sa.column("at"))
    for name in ("versions", "publishes"):
        op.add_column(name, sa.Column("edits", sa.BigInteger(), nullable=False, server_default="0"))
        table = sa.table(name, sa.column("project"), sa.column("created_at"), sa.column("edits"))
        last = (
            sa.select(sa.func.coalesce(sa.func.max(operations.c.seq), 0))
            .where(operations.c.project == table.c.project, operations.c.at <= table.c.created_at)
            .scalar_subquery()
        )
        op.execute(sa.update(table).values(edits=last))
