"""How incidents are handled: answers, grouping by cause, mutes, probes set aside, and the box's own word taken up."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


# The defaults of new columns stay: SQLite would have to make tables anew to which others refer.


def upgrade() -> None:
    _incidents()
    _taken_up()
    _mutes()
    _set_aside()


def downgrade() -> None:
    op.drop_table("set_aside")
    op.drop_table("mute")
    op.drop_index("ix_verdict_waiting", "verdict")
    op.drop_index("ix_local_alarm_waiting", "local_alarm")
    op.drop_index("ix_incident_parent_id", "incident")
    for table, columns in (
        ("verdict", ("taken",)),
        ("local_alarm", ("why", "level", "since_ms", "asked", "taken")),
        ("transition", ("event", "handling", "text")),
        ("incident", ("parent_id", "mute_id", "held_until_ms", "fine_ms", "flaps", "handling", "past")),
    ):
        for column in columns:
            op.drop_column(table, column)


def _incidents() -> None:
    op.add_column("incident", sa.Column("parent_id", _KEY, nullable=True))
    op.add_column("incident", sa.Column("mute_id", _KEY, nullable=True))
    op.add_column("incident", sa.Column("held_until_ms", sa.BigInteger(), nullable=True))
    op.add_column("incident", sa.Column("fine_ms", sa.BigInteger(), nullable=True))
    op.add_column("incident", sa.Column("flaps", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("incident", sa.Column("handling", sa.String(32), nullable=False, server_default=""))
    op.add_column("incident", sa.Column("past", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("ix_incident_parent_id", "incident", ["parent_id"])
    op.add_column("transition", sa.Column("event", sa.String(16), nullable=False, server_default=""))
    op.add_column("transition", sa.Column("handling", sa.String(32), nullable=False, server_default=""))
    op.add_column("transition", sa.Column("text", sa.Text(), nullable=False, server_default=""))


def _taken_up() -> None:
    """What was there before is taken up already, or, of boxes' words, no news any more."""
    op.add_column("local_alarm", sa.Column("why", sa.String(32), nullable=False, server_default=""))
    op.add_column("local_alarm", sa.Column("level", sa.String(16), nullable=False, server_default=""))
    op.add_column("local_alarm", sa.Column("since_ms", sa.BigInteger(), nullable=True))
    op.add_column("local_alarm", sa.Column("asked", sa.Boolean(), nullable=False, server_default=sa.false()))
    for table in ("local_alarm", "verdict"):
        op.add_column(table, sa.Column("taken", sa.Boolean(), nullable=False, server_default=sa.false()))
        op.create_index(
            f"ix_{table}_waiting",
            table,
            ["id"],
            sqlite_where=sa.text("taken = 0"),
            postgresql_where=sa.text("NOT taken"),
        )
    op.execute("UPDATE local_alarm SET taken = true")
    op.execute(
        "UPDATE verdict SET taken = true WHERE id <= (SELECT position FROM stage_cursor WHERE stage = 'incidents')"
    )


def _mutes() -> None:
    op.create_table(
        "mute",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("site", sa.String(32), nullable=False),
        sa.Column("unit", sa.String(32), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("to_ms", sa.BigInteger(), nullable=False),
        sa.Column("critical_milk", sa.Boolean(), nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_by", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mute")),
    )
    op.create_index("ix_mute_to_ms", "mute", ["to_ms"])


def _set_aside() -> None:
    op.create_table(
        "set_aside",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("site", sa.String(32), nullable=False),
        sa.Column("unit", sa.String(32), nullable=False),
        sa.Column("probe", sa.String(160), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("to_ms", sa.BigInteger(), nullable=True),
        sa.Column("incident_id", _KEY, nullable=True),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("back_by", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_set_aside")),
    )
    op.create_index("ix_set_aside_probe", "set_aside", ["probe"])
