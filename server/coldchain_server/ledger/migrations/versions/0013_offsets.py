"""What a site's quality tests teach of how its milk begins, and since when it is gone by."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "site_offset",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("site", sa.String(32), nullable=False),
        sa.Column("offset", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_site_offset"),
    )
    op.create_index("ix_site_offset_site", "site_offset", ["site"])
    op.create_table(
        "lesson",
        sa.Column("site", sa.String(32), nullable=False),
        sa.Column("learnt_ms", sa.BigInteger(), nullable=False),
        sa.Column("through", sa.BigInteger(), nullable=False),
        sa.Column("lesson", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("site", name="pk_lesson"),
    )


def downgrade() -> None:
    op.drop_table("lesson")
    op.drop_table("site_offset")
