"""`coldchain-server import`, as a person types it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select
from structlog.testing import capture_logs

from coldchain_app.app import App
from coldchain_app.commands import import_
from coldchain_app.settings import ServerSettings
from coldchain_contract.bundle import UNSIGNED, Carried, Manifest, encode_bundle
from coldchain_contract.clock import SetClock
from coldchain_contract.pack import encode_pack
from coldchain_contract.sequences import Sequences
from coldchain_server.enrolment.enrolments import Enrolments
from coldchain_server.errors import UnknownThing
from coldchain_server.ledger.tables import AuditRow, LossRow
from invented.small_fleet import INEKAR, NOW_MS, OUTBOX, PI, fleet, pack, reading


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    opened = App(ServerSettings(data=str(tmp_path / "data")), clock=SetClock(NOW_MS), fleet=fleet())
    yield opened
    opened.close()


@pytest.fixture
def key(app: App) -> bytes:
    enrolments = Enrolments(sessions=app.sessions(), fleet=fleet(), clock=app.clock, broker=None)
    return bytes.fromhex(enrolments.enrol(PI, since_ms=NOW_MS - 1).signing_key.reveal())


def run(app: App, *words: object) -> Result:
    with capture_logs():
        return CliRunner().invoke(import_.command, [str(w) for w in words], obj=lambda: app, catch_exceptions=False)


def bundle(path: Path, key: bytes, *, lost: str = "") -> Path:
    packs = [encode_pack(pack(reading(NOW_MS + n), first=n)) for n in range(1, 4)]
    manifest = Manifest(
        site=INEKAR,
        device=PI,
        software="",
        made_ms=NOW_MS,
        from_ms=NOW_MS,
        until_ms=NOW_MS,
        outboxes=(Carried(outbox=str(OUTBOX), sequences="1-3", lost=lost),),
        readings=3,
        packs=3,
        signed=key != UNSIGNED,
    )
    path.write_bytes(b"".join(encode_bundle(manifest, packs, key)))
    return path


def test_what_is_taken_in_is_summed_up(app: App, key: bytes, tmp_path: Path) -> None:
    file = bundle(tmp_path / "key.ccb", key, lost="4-9")
    said = "bundle of a device: {} new readings, {} known already, 6 named as lost for good\n"
    assert run(app, file).stdout == f"{file}: {said.format(3, 0)}"
    assert run(app, file).stdout == f"{file}: {said.format(0, 3)}"
    with app.sessions()() as session:
        assert [(row.sequences, row.readings) for row in session.scalars(select(LossRow))] == [("4-9", 6)]


def test_one_file_that_cannot_be_taken_in_stops_no_other(app: App, key: bytes, tmp_path: Path) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"JFIF")
    told = run(app, photo, tmp_path / "nowhere", bundle(tmp_path / "key.ccb", key))
    assert told.exit_code == 1
    assert "none of what can be imported: bundle of a device" in told.stderr
    assert "nowhere: there is no such file" in told.stderr
    assert app.spool().received(OUTBOX) == Sequences.span(1, 3)


def test_machines_are_told_in_json(app: App, key: bytes, tmp_path: Path) -> None:
    told = run(app, "--json", bundle(tmp_path / "key.ccb", key), tmp_path / "nowhere")
    first, second = (json.loads(line) for line in told.stdout.splitlines())
    assert (first["format"], first["new"], first["known"], first["refused"]) == ("bundle of a device", 3, 0, {})
    assert second == {"file": str(tmp_path / "nowhere"), "error": "there is no such file"}


def test_whoever_takes_in_what_nobody_signed_stands_in_the_audit_trail(app: App, key: bytes, tmp_path: Path) -> None:
    file = bundle(tmp_path / "key.ccb", UNSIGNED)
    assert run(app, file).exit_code == 1
    assert run(app, "--unsigned", file).exit_code == 0
    with app.sessions()() as session:
        (row,) = session.scalars(select(AuditRow))
    assert (row.action, row.subject, bool(row.who)) == ("import-unsigned", "key.ccb", True)


def test_a_unit_or_device_that_does_not_exist_is_named_with_the_nearest(app: App, key: bytes, tmp_path: Path) -> None:
    with pytest.raises(UnknownThing, match="no device 'inekar-pie' in the fleet file; did you mean inekar-pi"):
        run(app, "--device", "inekar-pie", bundle(tmp_path / "key.ccb", key))
