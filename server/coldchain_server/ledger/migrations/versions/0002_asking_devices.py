"""What is asked of devices, what is lost for good, and what is found wrong with a device."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TABLES = ("request", "loss", "device_outbox", "device_identity", "finding")


def upgrade() -> None:
    _requests()
    _losses()
    _devices()


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)


def _requests() -> None:
    op.create_table(
        "request",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("site", sa.String(32), nullable=False),
        sa.Column("device", sa.String(32), nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("outbox", sa.String(36), nullable=False),
        sa.Column("sequences", sa.Text(), nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("asked_ms", sa.BigInteger(), nullable=True),
        sa.Column("next_ms", sa.BigInteger(), nullable=False),
        sa.Column("closed_ms", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request")),
    )
    op.create_index("ix_request_device", "request", ["device"])
    op.create_index("ix_request_state_next", "request", ["state", "next_ms"])


def _losses() -> None:
    op.create_table(
        "loss",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("site", sa.String(32), nullable=False),
        sa.Column("device", sa.String(32), nullable=False),
        sa.Column("outbox", sa.String(36), nullable=False),
        sa.Column("sequences", sa.Text(), nullable=False),
        sa.Column("readings", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.String(32), nullable=False),
        sa.Column("learnt_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loss")),
    )
    op.create_index("ix_loss_device", "loss", ["device"])
    op.create_index("ix_loss_outbox", "loss", ["outbox"])


def _devices() -> None:
    op.create_table(
        "device_outbox",
        sa.Column("device", sa.String(32), nullable=False),
        sa.Column("outbox", sa.String(36), nullable=False),
        sa.Column("site", sa.String(32), nullable=False),
        sa.Column("lowest", sa.BigInteger(), nullable=False),
        sa.Column("highest", sa.BigInteger(), nullable=False),
        sa.Column("said_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("device", "outbox", name=op.f("pk_device_outbox")),
    )
    op.create_index("ix_device_outbox_said_ms", "device_outbox", ["said_ms"])
    op.create_table(
        "device_identity",
        sa.Column("device", sa.String(32), nullable=False),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("device", name=op.f("pk_device_identity")),
    )
    op.create_table(
        "finding",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("site", sa.String(32), nullable=False),
        sa.Column("device", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_ms", sa.BigInteger(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
    )
    op.create_index("ix_finding_device", "finding", ["device"])
