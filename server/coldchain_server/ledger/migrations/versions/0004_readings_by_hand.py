"""What people read off thermometers, kept while it can be undone."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hand_reading",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("site", sa.String(32), nullable=False),
        sa.Column("unit", sa.String(32), nullable=False),
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("probe", sa.String(160), nullable=False),
        sa.Column("celsius", sa.Float(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("told_ms", sa.BigInteger(), nullable=False),
        sa.Column("due_ms", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(8), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_reading")),
    )
    op.create_index(op.f("ix_hand_reading_site"), "hand_reading", ["site"])
    op.create_index(op.f("ix_hand_reading_who"), "hand_reading", ["who"])
    op.create_index("ix_hand_reading_state_due", "hand_reading", ["state", "due_ms"])


def downgrade() -> None:
    op.drop_table("hand_reading")
