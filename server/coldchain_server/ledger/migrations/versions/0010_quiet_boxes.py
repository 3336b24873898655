"""A request to be quiet says about which unit, and about what of it."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("request", sa.Column("unit", sa.String(32), nullable=False, server_default=""))
    op.add_column("request", sa.Column("whys", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("request", "whys")
    op.drop_column("request", "unit")
