"""Whether the newest reading of a probe is dated by its receipt, because its device did not know the time."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("latest", sa.Column("estimated", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("latest") as latest:
        latest.alter_column("estimated", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("latest") as latest:
        latest.drop_column("estimated")
