"""The freshness cards that buyers are shown."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "freshness_card",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("key", sa.String(36), nullable=False),
        sa.Column("code", sa.String(16), nullable=False),
        sa.Column("site", sa.String(32), nullable=False),
        sa.Column("unit", sa.String(32), nullable=False),
        sa.Column("issued_ms", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("withdrawn_ms", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_by", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_freshness_card"),
        sa.UniqueConstraint("key", name="uq_freshness_card_key"),
        sa.UniqueConstraint("code", name="uq_freshness_card_code"),
    )
    op.create_index("ix_freshness_card_unit_issued", "freshness_card", ["unit", "issued_ms"])


def downgrade() -> None:
    op.drop_table("freshness_card")
