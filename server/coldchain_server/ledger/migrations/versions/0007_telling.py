"""How people are told: rounds of telling, attempts, refused addresses, and messages that are of no incident."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_OLD_NAME = "uq_notification_transition_id_contact_channel"
_NEW_NAME = "uq_notification_occasion_contact_channel"
_ADDED: tuple[sa.Column[Any], ...] = (
    sa.Column("occasion", sa.String(96), nullable=True),
    sa.Column("kind", sa.String(16), nullable=True),
    sa.Column("site", sa.String(32), nullable=True),
    sa.Column("critical", sa.Boolean(), nullable=True),
    sa.Column("handed_ms", sa.BigInteger(), nullable=True),
    sa.Column("held_ms", sa.BigInteger(), nullable=True),
    sa.Column("counts", sa.Boolean(), nullable=True),
    sa.Column("fell_through", sa.Boolean(), nullable=True),
)


def upgrade() -> None:
    _notifications()
    _attempts()
    _rounds()
    _disabled()
    _going_on()


def downgrade() -> None:
    for table in ("disabled_channel", "telling", "attempt"):
        op.drop_table(table)
    op.execute(
        "DELETE FROM notification WHERE transition_id IS NULL "
        "OR occasion NOT IN (transition_id || ':' || kind, transition_id || ':' || 'step-0')"
    )
    for index in ("fell_through", "contact_handed", "transition_id"):
        op.drop_index(f"ix_notification_{index}", "notification")
    with op.batch_alter_table("notification") as notification:
        notification.drop_constraint(_NEW_NAME, type_="unique")
        for column in _ADDED:
            notification.drop_column(column.name)
        notification.alter_column("transition_id", existing_type=_KEY, nullable=False)
        notification.alter_column("incident_id", existing_type=_KEY, nullable=False)
        notification.create_unique_constraint(_OLD_NAME, ["transition_id", "contact", "channel"])


def _notifications() -> None:
    """What was told before was told of a transition, and counts where it was sent."""
    for column in _ADDED:
        op.add_column("notification", column)
    op.execute(
        "UPDATE notification SET handed_ms = sent_ms, counts = (state = 'sent'), fell_through = false, "
        "kind = (SELECT to_state FROM transition WHERE transition.id = notification.transition_id), "
        "site = (SELECT site FROM incident WHERE incident.id = notification.incident_id), "
        "critical = (SELECT level = 'critical' FROM incident WHERE incident.id = notification.incident_id)"
    )
    op.execute(
        "UPDATE notification SET occasion = transition_id || ':' || CASE WHEN kind = 'open' THEN 'step-0' ELSE kind END"
    )
    with op.batch_alter_table("notification") as notification:
        notification.drop_constraint(_OLD_NAME, type_="unique")
        for name in ("occasion", "kind", "site", "critical", "counts", "fell_through"):
            column = next(column for column in _ADDED if column.name == name)
            notification.alter_column(name, existing_type=column.type, nullable=False)
        notification.alter_column("transition_id", existing_type=_KEY, nullable=True)
        notification.alter_column("incident_id", existing_type=_KEY, nullable=True)
        notification.create_unique_constraint(_NEW_NAME, ["occasion", "contact", "channel"])
    op.create_index("ix_notification_transition_id", "notification", ["transition_id"])
    op.create_index("ix_notification_contact_handed", "notification", ["contact", "handed_ms"])
    op.create_index(
        "ix_notification_fell_through",
        "notification",
        ["id"],
        sqlite_where=sa.text("fell_through = 1"),
        postgresql_where=sa.text("fell_through"),
    )


def _attempts() -> None:
    op.create_table(
        "attempt",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("notification_id", _KEY, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("channel_kind", sa.String(32), nullable=False),
        sa.Column("began_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_ms", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("reference", sa.String(160), nullable=False),
        sa.Column("report", sa.String(16), nullable=False),
        sa.Column("report_said", sa.Text(), nullable=False),
        sa.Column("report_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["notification_id"], ["notification.id"], name=op.f("fk_attempt_notification_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
        sa.UniqueConstraint("notification_id", "number", name=op.f("uq_attempt_notification_id_number")),
    )
    op.create_index("ix_attempt_notification_id", "attempt", ["notification_id"])
    op.create_index("ix_attempt_reference", "attempt", ["channel_kind", "reference"])


def _rounds() -> None:
    op.create_table(
        "telling",
        sa.Column("incident_id", _KEY, nullable=False, autoincrement=False),
        sa.Column("transition_id", _KEY, nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("step_ms", sa.BigInteger(), nullable=False),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("reminded_ms", sa.BigInteger(), nullable=False),
        sa.Column("due_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_telling_incident_id")),
        sa.ForeignKeyConstraint(["transition_id"], ["transition.id"], name=op.f("fk_telling_transition_id")),
        sa.PrimaryKeyConstraint("incident_id", name=op.f("pk_telling")),
    )
    op.create_index("ix_telling_due_ms", "telling", ["due_ms"])


def _disabled() -> None:
    op.create_table(
        "disabled_channel",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("contact", sa.String(64), nullable=False),
        sa.Column("channel_kind", sa.String(32), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("enabled_ms", sa.BigInteger(), nullable=True),
        sa.Column("enabled_by", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disabled_channel")),
    )
    op.create_index("ix_disabled_channel_contact", "disabled_channel", ["contact"])


def _going_on() -> None:
    """What is open and critical has been told to everybody at once: from here on people are reminded of it."""
    op.execute(
        "INSERT INTO telling (incident_id, transition_id, step, step_ms, reminders, reminded_ms, due_ms) "
        "SELECT incident.id, max(transition.id), 1, max(transition.learnt_ms), 0, max(transition.learnt_ms), "
        "max(transition.learnt_ms) FROM incident JOIN transition ON transition.incident_id = incident.id "
        "WHERE incident.state = 'open' AND incident.level = 'critical' AND transition.to_state = 'open' "
        "AND EXISTS (SELECT 1 FROM notification WHERE notification.transition_id = transition.id) "
        "GROUP BY incident.id"
    )
