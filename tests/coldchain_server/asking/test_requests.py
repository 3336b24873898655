"""Requests: published until answered, more rarely each time, at once when the device is heard, and closed once."""

from pathlib import Path

import msgspec
from structlog.testing import capture_logs

from coldchain_contract.messages import Answer, Status
from coldchain_contract.sequences import Sequences
from coldchain_contract.topics import Kind, Topic
from coldchain_server.asking import requests
from coldchain_server.asking.hearing import hear_answer
from coldchain_server.asking.outgoing import Outgoing
from coldchain_server.asking.requests import Action, Wish
from coldchain_server.ledger.tables import RequestRow
from invented.asked import Asked, opened_in, said
from invented.small_fleet import NOW_MS, OTHER_PI, OUTBOX, PI, TIDERMENE, fleet


def asked(server: Asked, action: Action = Action.READ, **wish: object) -> RequestRow:
    with server.sessions.begin() as session:
        known = Wish(device=fleet().devices[PI], action=action, who="amadou")
        return requests.make(session, msgspec.structs.replace(known, **wish), now_ms=server.clock.now_ms())


def state(server: Asked) -> list[tuple[str, str]]:
    return [(row.state, row.answer) for row in server.requests()]


def test_a_request_says_what_it_asks_for_and_until_when(server: Asked) -> None:
    row = asked(server, Action.RESEND, outbox=OUTBOX, sequences=Sequences.span(5, 9))
    (request,) = server.publishes()
    assert (request.id, request.action, request.outbox, request.sequences) == (row.id, "resend", str(OUTBOX), "5-9")
    assert request.expires_ms == NOW_MS + 7 * 86_400_000


def test_it_is_published_again_and_ever_more_rarely_until_it_is_answered(server: Asked) -> None:
    row = asked(server, Action.RESEND)
    waits = []
    for minute in range(240):
        waits += [minute] * len(server.publishes())
        server.later(1)
    assert waits == [0, 1, 2, 4, 8, 16, 32, 64, 124, 184]
    server.hears(Answer(id=row.id, done=True))
    server.later(1000)
    assert server.publishes() == []


def test_it_is_published_at_once_when_the_device_is_heard(server: Asked) -> None:
    asked(server, Action.RESEND)
    for _ in range(100):
        server.publishes()
        server.later(1)
    server.hears(Status(at_ms=NOW_MS, online=False))
    assert server.publishes() == []
    server.hears(said(0))
    assert len(server.publishes()) == 1


def test_a_connection_that_flaps_is_not_asked_each_time(server: Asked) -> None:
    asked(server)
    published = 0
    for number in range(20):
        server.hears(said(0, uptime_s=number))
        published += len(server.publishes())
        server.later(1 / 60)
    assert published <= 4


def test_two_processes_publish_it_once(server: Asked) -> None:
    asked(server)
    with server.sessions.begin() as session:
        first = requests.due(session, now_ms=NOW_MS, limit=9)
    assert len(server.publishes()) == 1
    with server.sessions.begin() as session:
        assert [requests.publishing(session, row, now_ms=NOW_MS) for row in first] == [False]


def test_ingest_looks_into_the_ledger_once_a_second_at_most(server: Asked) -> None:
    out = Outgoing(server.sessions)
    assert out.due(NOW_MS) == []
    asked(server)
    assert out.due(NOW_MS) == []


def test_an_answer_closes_it_once_and_another_one_changes_nothing(server: Asked) -> None:
    row = asked(server)
    server.hears(Answer(id=row.id, done=False, detail="no such action"))
    server.hears(Answer(id=row.id, done=True, detail="done after all"))
    assert state(server) == [("declined", "no such action")]


def test_a_device_answers_for_itself_only(server: Asked) -> None:
    row = asked(server)
    with server.sessions.begin() as session, capture_logs() as logs:
        topic = Topic(TIDERMENE, OTHER_PI, Kind.ANSWER)
        hear_answer(session, topic, Answer(id=row.id, done=True), at_ms=NOW_MS)
    assert state(server) == [("open", "")]
    assert logs[0]["event"] == "device answered what nobody waits for"


def test_what_nobody_answered_in_time_expires_and_is_said(server: Asked) -> None:
    asked(server)
    server.publishes()
    server.later(15)
    with capture_logs() as logs:
        assert server.publishes() == []
    assert state(server) == [("expired", "")]
    assert [entry["event"] for entry in logs] == ["request was not answered in time"]
    assert server.requests()[0].closed_ms == NOW_MS + 15 * 60_000


def test_what_is_cancelled_is_published_no_more(server: Asked) -> None:
    row = asked(server)
    with server.sessions.begin() as session:
        assert requests.cancel(session, row.id, at_ms=NOW_MS)
        assert not requests.cancel(session, row.id, at_ms=NOW_MS)
    assert server.publishes() == []


def test_an_answer_that_cannot_be_printed_is_kept_all_the_same(tmp_path: Path, postgresql: str) -> None:
    server = opened_in(tmp_path, ledger=postgresql)
    row = asked(server, Action.RESEND, outbox=OUTBOX, sequences=Sequences.span(1, 9))
    assert len(server.publishes()) == 1
    server.hears(said(20), Answer(id=row.id, done=True, detail="a\x00b", gone="3-4"))
    assert state(server) == [("done", "'a\\x00b'")]
    assert server.losses() == [("3-4", "gone")]
    server.looks()
    server.close()
