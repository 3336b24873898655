"""What people tell of the milk in a unit."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "milk_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("key", sa.String(36), nullable=False),
        sa.Column("site", sa.String(32), nullable=False),
        sa.Column("unit", sa.String(32), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("learnt_ms", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("withdraws", sa.BigInteger(), nullable=True),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(8), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_milk_event"),
        sa.UniqueConstraint("key", name="uq_milk_event_key"),
        sa.UniqueConstraint("withdraws", name="uq_milk_event_withdraws"),
    )
    op.create_index("ix_milk_event_unit_at", "milk_event", ["unit", "at_ms"])


def downgrade() -> None:
    op.drop_table("milk_event")
