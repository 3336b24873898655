"""The stickers that are put on units."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sticker",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("unit", sa.String(32), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sticker"),
        sa.UniqueConstraint("code", name="uq_sticker_code"),
    )
    op.create_index("ix_sticker_unit", "sticker", ["unit"])


def downgrade() -> None:
    op.drop_table("sticker")
