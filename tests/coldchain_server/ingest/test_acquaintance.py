"""Who may speak: remembered for a second, and asked at once where a stranger speaks."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from coldchain_server.ingest.acquaintance import Acquaintance
from coldchain_server.ledger.database import Sessions, open_ledger, sessions_of
from coldchain_server.ledger.tables import Base, EnrolmentRow
from invented.small_fleet import ENROLLED_MS, INEKAR, PI, fleet


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[Sessions]:
    engine = open_ledger(f"sqlite:///{tmp_path}/ledger.sqlite")
    Base.metadata.create_all(engine)
    yield sessions_of(engine)
    engine.dispose()


@pytest.fixture
def questions(sessions: Sessions) -> list[str]:
    """What the ledger was asked."""
    asked: list[str] = []
    event.listen(sessions.kw["bind"], "before_cursor_execute", lambda *args: asked.append(args[2]))
    return asked


def enrol(sessions: Sessions) -> None:
    with sessions.begin() as session:
        session.add(EnrolmentRow(device=PI, site=INEKAR, enrolled_ms=ENROLLED_MS, signing_key="00"))


def test_the_ledger_is_asked_once_for_many_batches(sessions: Sessions, questions: list[str]) -> None:
    acquaintance = Acquaintance(fleet(), sessions)
    assert {len(acquaintance.known().enrolled) for _ in range(100)} == {0}
    assert len(questions) == 1


def test_whoever_was_let_in_just_now_is_known_as_soon_as_asked(sessions: Sessions) -> None:
    acquaintance = Acquaintance(fleet(), sessions)
    acquaintance.known()
    enrol(sessions)
    assert PI in acquaintance.known_now().enrolled
    assert PI in acquaintance.known().enrolled


def test_after_a_second_the_ledger_is_asked_again(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    acquaintance = Acquaintance(fleet(), sessions)
    acquaintance.known()
    enrol(sessions)
    monkeypatch.setattr("coldchain_server.ingest.acquaintance._ASK_EVERY_S", 0.0)
    assert PI in acquaintance.known().enrolled


def test_who_was_found_behind_a_topic_is_forgotten_with_the_next_answer(sessions: Sessions) -> None:
    acquaintance = Acquaintance(fleet(), sessions)
    first, second = acquaintance.known(), acquaintance.known_now()
    assert first.senders is not second.senders
