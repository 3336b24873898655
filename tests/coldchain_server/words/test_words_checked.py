"""Who has checked a text, and what it takes to be used, on ledgers of both kinds."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from coldchain_server.ledger.database import open_ledger, sessions_of
from coldchain_server.ledger.migrate import upgrade
from coldchain_server.notifications.catalogue import FIRST, WRITTEN, Part, every_key, part_of, written
from coldchain_server.words.checks import Check, Checks, Kind, digest_of
from coldchain_server.words.lexicons import Lexicons
from coldchain_server.words.recordings import Recordings
from coldchain_server.words.rows import checks_in, put_check, put_text, texts_in
from coldchain_server.words.spoken import in_calls
from invented.fleet import invented_fleet
from invented.sound import record, tone

ALARMS = [key for key in every_key() if part_of(key) is Part.ALARMS]


def check(key: str, text: str, listener: str, *, kind: Kind = Kind.TEXT) -> Check:
    return Check(language="ttq", key=key, kind=kind, digest=digest_of(text), listener=listener)


@pytest.fixture(params=["sqlite", "postgresql"])
def session(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Session]:
    if request.param == "sqlite":
        engine = open_ledger(f"sqlite:///{tmp_path}/ledger.sqlite")
    else:
        engine = open_ledger(request.getfixturevalue("postgresql"))
    upgrade(engine)
    with sessions_of(engine)() as opened:
        yield opened
    engine.dispose()


def test_one_listener_is_not_enough_two_are_and_the_same_one_twice_is_one() -> None:
    once = [check("stay-inside", "x", "Fati")]
    assert not Checks(once).enough("ttq", "stay-inside", Kind.TEXT, digest_of("x"))
    same = [*once, check("stay-inside", "x", " fati ")]
    assert not Checks(same).enough("ttq", "stay-inside", Kind.TEXT, digest_of("x"))
    two = [*once, check("stay-inside", "x", "Mina")]
    assert Checks(two).enough("ttq", "stay-inside", Kind.TEXT, digest_of("x"))


def test_a_check_holds_for_what_was_checked_and_for_nothing_else() -> None:
    checks = Checks([check("stay-inside", "x", "Fati"), check("stay-inside", "x", "Mina")])
    assert not checks.enough("ttq", "stay-inside", Kind.TEXT, digest_of("y"))
    assert not checks.enough("ttq", "wrong.too-warm", Kind.TEXT, digest_of("x"))
    assert not checks.enough("ha", "stay-inside", Kind.TEXT, digest_of("x"))
    assert not checks.enough("ttq", "stay-inside", Kind.RECORDING, digest_of("x"))


@given(st.lists(st.sampled_from(["Fati", "FATI", " Fati", "Mina", "mina  ", "Aï", "aï"])))
def test_enough_are_as_many_different_people_as_are_needed_however_they_are_spelt(listeners: list[str]) -> None:
    checks = Checks(check("stay-inside", "x", listener) for listener in listeners)
    people = {listener.strip().casefold() for listener in listeners}
    assert checks.enough("ttq", "stay-inside", Kind.TEXT, digest_of("x")) == (len(people) >= 2)


def test_a_language_is_used_once_two_listeners_have_checked_every_alarm_and_until_one_changes(
    session: Session,
) -> None:
    lexicons = Lexicons()
    for key in ALARMS:
        put_text(session, "ttq", key, f"t {written(FIRST)[key]}", at_ms=1, who="moussa")
        put_check(session, check(key, f"t {written(FIRST)[key]}", "Fati"), at_ms=1, who="moussa")
    session.flush()
    assert "ttq" not in lexicons.now(session).languages()
    for key in ALARMS:
        put_check(session, check(key, f"t {written(FIRST)[key]}", "Mina"), at_ms=2, who="moussa")
    session.flush()
    assert lexicons.now(session).catalogue("ttq")["wrong.too-warm"] == "t trop chaud"
    put_text(session, "ttq", "wrong.too-warm", "other words", at_ms=3, who="moussa")
    session.flush()
    assert lexicons.now(session).catalogue("ttq").language == FIRST


def test_the_same_check_told_twice_is_kept_once(session: Session) -> None:
    for _ in range(2):
        put_check(session, check("stay-inside", "x", "Fati"), at_ms=1, who="moussa")
    session.commit()
    assert checks_in(session).listeners("ttq", "stay-inside", Kind.TEXT, digest_of("x")) == ("Fati",)


def test_texts_of_keys_that_this_version_does_not_know_and_of_languages_written_here_are_left_alone(
    session: Session,
) -> None:
    put_text(session, "ttq", "of.another.version", "x", at_ms=1, who="moussa")
    put_text(session, "fr", "stay-inside", "Sortez.", at_ms=1, who="moussa")
    session.commit()
    assert texts_in(session) == {}
    assert Lexicons().now(session).catalogue("fr")["stay-inside"] == "Ne sortez pas."


def test_a_language_is_spoken_in_calls_once_all_that_they_say_is_recorded_and_checked(
    session: Session, tmp_path: Path
) -> None:
    fleet, lexicons = invented_fleet("Africa/Bamako"), Lexicons(invented_fleet("Africa/Bamako"), Recordings(tmp_path))
    assert lexicons.now(session).voices() == frozenset(WRITTEN)
    *clips, last = dict.fromkeys(in_calls(fleet))
    for clip in (*clips, last):
        digest = digest_of(tone())
        for listener in ("Fati", "Mina"):
            one = Check(language="ttq", key=clip, kind=Kind.RECORDING, digest=digest, listener=listener)
            put_check(session, one, at_ms=1, who="moussa")
    for clip in clips:
        record(tmp_path, "ttq", clip)
    session.flush()
    assert lexicons.now(session).voices() == frozenset(WRITTEN)
    record(tmp_path, "ttq", last)
    assert lexicons.now(session).voices() == {*WRITTEN, "ttq"}
    record(tmp_path, "ttq", last, tone(hertz=500))
    assert lexicons.now(session).voices() == frozenset(WRITTEN)
