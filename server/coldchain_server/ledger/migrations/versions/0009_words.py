"""Texts in other languages, and who has checked them and the recordings."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "word",
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("key", sa.String(96), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("language", "key", name=op.f("pk_word")),
    )
    op.create_table(
        "word_check",
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("key", sa.String(96), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("listener", sa.String(64), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("language", "key", "kind", "digest", "listener", name=op.f("pk_word_check")),
    )


def downgrade() -> None:
    op.drop_table("word_check")
    op.drop_table("word")
