"""`coldchain-server request`, as a person types it."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from coldchain_app.app import App
from coldchain_app.commands import request
from coldchain_app.settings import ServerSettings
from coldchain_contract.clock import SetClock
from coldchain_contract.messages import Answer, Status, encode_message
from coldchain_contract.sequences import Sequences
from coldchain_contract.topics import Kind, Topic
from coldchain_server.asking.hearing import hear_answer
from coldchain_server.errors import BadEntry, UnknownThing
from coldchain_server.ledger.tables import AuditRow, DeviceStatusRow, RequestRow
from coldchain_server.spool.model import Accepted
from invented.small_fleet import INEKAR, NOW_MS, OUTBOX, PI, fleet, pack, reading
from servers.process import eventually


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    opened = App(ServerSettings(data=str(tmp_path)), clock=SetClock(NOW_MS), fleet=fleet())
    yield opened
    opened.close()


def run(app: App, *words: object) -> Result:
    return CliRunner().invoke(request.command, [str(w) for w in words], obj=lambda: app, catch_exceptions=False)


def requests(app: App) -> list[RequestRow]:
    with app.sessions()() as session:
        return list(session.scalars(select(RequestRow)))


def answer(app: App, said: Answer) -> None:
    with app.sessions().begin() as session:
        hear_answer(session, Topic(INEKAR, PI, Kind.ANSWER), said, at_ms=NOW_MS)


def test_a_device_is_asked_and_the_audit_trail_says_by_whom(app: App) -> None:
    told = run(app, "identify", PI)
    (row,) = requests(app)
    assert (row.device, row.action, row.state, bool(row.who)) == (PI, "identify", "open", True)
    assert told.stdout == f"{row.id}: asked of {PI}, until 2026-10-26 08:48:20Z\n"
    with app.sessions()() as session:
        assert [(r.action, r.subject, r.detail) for r in session.scalars(select(AuditRow))] == [
            ("request", f"device {PI}", "identify")
        ]


def test_readings_are_asked_for_of_the_outbox_in_use_or_of_one_that_is_named(app: App) -> None:
    with pytest.raises(BadEntry, match="has not said yet which outbox"):
        run(app, "resend", PI, "1-40,43")
    said = encode_message(Status(at_ms=NOW_MS, online=True, outbox=str(OUTBOX))).decode()
    with app.sessions().begin() as session:
        session.add(DeviceStatusRow(device=PI, site=INEKAR, received_ms=NOW_MS, status=said))
    run(app, "resend", PI, "1-40,43")
    run(app, "resend", PI, "7", "--outbox", "0b9e1c52-4f0a-4a57-9a70-5a4e6f1b2c3d")
    assert {(row.outbox, row.sequences) for row in requests(app)} == {
        (str(OUTBOX), "1-40,43"),
        ("0b9e1c52-4f0a-4a57-9a70-5a4e6f1b2c3d", "7"),
    }


def test_what_the_store_has_lost_is_taken_in_once_more_when_it_comes_again(app: App) -> None:
    spool = app.spool()
    taken = [
        Accepted(site=INEKAR, device=PI, live=True, received_ms=NOW_MS, pack=pack(reading(NOW_MS + n), first=n))
        for n in range(1, 6)
    ]
    spool.admit(taken)
    run(app, "resend", PI, "2-3", "--outbox", OUTBOX, "--anew")
    for _ in range(2):
        assert spool.admit(taken) == [Sequences()] * 5
    again = [row for row in spool.after(5, 99) for _ in row.readings]
    assert [row.readings for row in again] == [row.readings for row in spool.after(1, 2)]


@pytest.mark.parametrize("ranges", ["40-1", "", ",".join(str(number) for number in range(1, 400, 2))])
def test_ranges_that_cannot_be_asked_for_are_refused(app: App, ranges: str) -> None:
    with pytest.raises(BadEntry):
        run(app, "resend", PI, ranges)
    assert requests(app) == []


def test_a_device_that_does_not_exist_is_named_with_the_nearest(app: App) -> None:
    with pytest.raises(UnknownThing, match="inekar-pie is not in the fleet file; did you mean inekar-pi"):
        run(app, "read", "inekar-pie")


@pytest.mark.parametrize(("done", "code"), [(True, 0), (False, 1)])
def test_waiting_ends_with_the_answer(app: App, *, done: bool, code: int) -> None:
    told: list[Result] = []
    asking = threading.Thread(target=lambda: told.append(run(app, "read", PI, "--wait")))
    asking.start()
    eventually(lambda: requests(app))
    answer(app, Answer(id=requests(app)[0].id, done=done, detail="as you wish"))
    asking.join(10)
    assert (told[0].exit_code, "as you wish" in told[0].output) == (code, True)


def test_waiting_ends_when_the_request_expires_though_no_server_runs(app: App) -> None:
    told: list[Result] = []
    asking = threading.Thread(target=lambda: told.append(run(app, "read", PI, "--wait")))
    asking.start()
    eventually(lambda: requests(app))
    app.clock.set(NOW_MS + 3_600_000)  # type: ignore[attr-defined]
    asking.join(10)
    assert (told[0].exit_code, "does the server run?" in told[0].stderr) == (1, True)


def test_what_is_open_is_listed_and_what_is_closed_when_asked_for(app: App) -> None:
    assert run(app, "list").stdout == "Nothing is asked.\n"
    run(app, "identify", PI)
    (row,) = requests(app)
    assert f"{row.id}  2026-10-26 08:33:20Z  {PI}  identify  asked 0 times  open" in run(app, "list").stdout
    answer(app, Answer(id=row.id, done=False, detail="no light fitted"))
    assert run(app, "list", "--device", PI).stdout == f"Nothing is asked of {PI}.\n"
    assert "declined: no light fitted" in run(app, "list", "--all").stdout


def test_a_request_is_cancelled_once(app: App) -> None:
    run(app, "identify", PI)
    (row,) = requests(app)
    assert run(app, "cancel", row.id).stdout == f"{row.id}: cancelled\n"
    with pytest.raises(BadEntry, match="is cancelled already"):
        run(app, "cancel", row.id)
    with pytest.raises(UnknownThing, match="no request 7"):
        run(app, "cancel", "7")
