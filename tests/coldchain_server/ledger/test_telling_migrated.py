"""What was told before people were told step by step stays told, and what is open and critical is told further."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Engine, text

from coldchain_server.ledger.database import open_ledger
from coldchain_server.ledger.migrate import migrations, upgrade

BEFORE = """
insert into incident (site, unit, subject, rule, level, state, since_ms, opened_ms, reason, evidence)
values ('menaka', 'menaka-1', 'p', 'warm', 'critical', 'open', 1, 2, 'too-warm', '{}');
insert into transition (incident_id, from_state, to_state, happened_ms, learnt_ms, who, why)
values (1, 'none', 'open', 2, 3, '', 'too-warm');
insert into notification (transition_id, incident_id, contact, channel, channel_kind, language, text, state, attempts,
                          next_ms, created_ms, sent_ms, outcome)
values (1, 1, 'aichatou', 0, 'console', 'fr', 'x', 'sent', 1, 3, 3, 4, 'shown');
"""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_ledger(f"sqlite:///{tmp_path}/ledger.sqlite")
    yield opened
    opened.dispose()


def test_what_was_told_counts_and_what_goes_on_is_told_further(engine: Engine) -> None:
    with engine.begin() as connection:
        command.upgrade(migrations(connection), "0006")
        for statement in BEFORE.split(";\n"):
            if statement.strip():
                connection.execute(text(statement))
    upgrade(engine)
    with engine.connect() as connection:
        told = connection.execute(
            text("select occasion, kind, site, critical, counts, handed_ms from notification")
        ).one()
        assert tuple(told) == ("1:step-0", "open", "menaka", 1, 1, 4)
        assert tuple(connection.execute(text("select incident_id, step, due_ms from telling")).one()) == (1, 1, 3)
