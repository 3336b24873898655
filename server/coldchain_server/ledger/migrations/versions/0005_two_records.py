"""The two records of judging: courses and their checkpoints, the timeline, and late readings."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TABLES = ("course", "checkpoint", "terms", "judged_by", "timeline", "dirty_interval")


def upgrade() -> None:
    op.execute("DELETE FROM rule_state")  # one state a rule and probe: now one course a probe, which begins anew
    _courses()
    _timeline()
    _new_columns()


def downgrade() -> None:
    with op.batch_alter_table("finding") as finding:
        finding.drop_index("ix_finding_unit")
        finding.drop_column("unit")
    op.drop_column("verdict", "still_there")
    op.drop_column("verdict", "past")
    for table in reversed(_TABLES):
        op.drop_table(table)


def _courses() -> None:
    op.create_table(
        "course",
        sa.Column("probe", sa.String(160), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("probe", name=op.f("pk_course")),
    )
    op.create_table(
        "checkpoint",
        sa.Column("probe", sa.String(160), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("slot", sa.BigInteger(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("probe", "from_ms", "slot", name=op.f("pk_checkpoint")),
    )
    op.create_table(
        "terms",
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_terms")),
    )
    op.create_table(
        "judged_by",
        sa.Column("probe", sa.String(160), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.Column("terms", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("probe", "from_ms", "since_ms", name=op.f("pk_judged_by")),
    )


def _timeline() -> None:
    op.create_table(
        "timeline",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("unit", sa.String(32), nullable=False),
        sa.Column("probe", sa.String(160), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.String(64), nullable=False),
        sa.Column("standing", sa.String(16), nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.Column("happened_ms", sa.BigInteger(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timeline")),
    )
    op.create_index("ix_timeline_unit_happened", "timeline", ["unit", "happened_ms"])
    op.create_index("ix_timeline_probe_at", "timeline", ["probe", "at_ms"])
    op.create_table(
        "dirty_interval",
        sa.Column("probe", sa.String(160), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("start_ms", sa.BigInteger(), nullable=True),
        sa.Column("end_ms", sa.BigInteger(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("marks", sa.BigInteger(), nullable=False),
        sa.Column("marked_ms", sa.BigInteger(), nullable=False),
        sa.Column("due_ms", sa.BigInteger(), nullable=False),
        sa.Column("through_ms", sa.BigInteger(), nullable=True),
        sa.Column("course", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("probe", "from_ms", name=op.f("pk_dirty_interval")),
    )
    op.create_index("ix_dirty_interval_due_ms", "dirty_interval", ["due_ms"])


def _new_columns() -> None:
    # The defaults stay: SQLite would have to make `verdict` anew, to which transitions refer.
    op.add_column("verdict", sa.Column("past", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("verdict", sa.Column("still_there", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("finding", sa.Column("unit", sa.String(32), nullable=False, server_default=""))
    with op.batch_alter_table("finding") as finding:
        finding.alter_column("unit", server_default=None)
    op.create_index("ix_finding_unit", "finding", ["unit"])
