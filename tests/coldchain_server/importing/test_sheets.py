"""Sheets of readings: taken in on a person's word, once, wrong lines set aside."""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from coldchain_contract.identifiers import DeviceId
from coldchain_contract.sequences import Sequences
from coldchain_contract.sheet import SheetRow, write_sheet
from coldchain_server.errors import BadEntry
from coldchain_server.importing.format import ImportContext
from coldchain_server.importing.importing import Summary, import_file
from coldchain_server.ingest.reception import Enrolled, Known
from coldchain_server.spool.model import Reason
from coldchain_server.spool.settings import Quota
from coldchain_server.spool.spool import Spool
from invented.small_fleet import ENROLLED_MS, INEKAR, NOW_MS, OUTBOX, PI, STRANGE_PROBE, fleet, reading

CONTEXT = ImportContext(
    known=Known.of(fleet(), {PI: Enrolled(site=INEKAR, since_ms=ENROLLED_MS)}),
    now_ms=NOW_MS,
    keys={},
    file="readings.csv",
    unsigned=True,
)
NAME = "readings of a device (CSV)"


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    opened = Spool(tmp_path / "spool.sqlite", quota=Quota(entries=100, bytes=10_000_000))
    yield opened
    opened.close()


def row(number: int, **others: object) -> SheetRow:
    known = SheetRow(site=INEKAR, device=PI, outbox=OUTBOX, sequence=number, reading=reading(NOW_MS + number))
    return replace(known, **others)


def imported(
    tmp_path: Path, spool: Spool, rows: Sequence[SheetRow], *, extra: str = "", context: ImportContext = CONTEXT
) -> Summary:
    text = io.StringIO(newline="")
    write_sheet(rows, text)
    file = tmp_path / "readings.csv"
    file.write_text(text.getvalue() + extra, newline="")
    return import_file(file, context, spool=spool)


def test_rows_in_any_order_are_taken_in_once(tmp_path: Path, spool: Spool) -> None:
    rows = [row(number) for number in (*range(900, 0, -1), 7)]
    assert imported(tmp_path, spool, rows) == Summary(format=NAME, new=900, known=1)
    assert imported(tmp_path, spool, rows) == Summary(format=NAME, known=901)
    assert spool.received(OUTBOX) == Sequences.span(1, 900)


def test_how_far_an_instant_may_be_off_is_kept(tmp_path: Path, spool: Spool) -> None:
    imported(tmp_path, spool, [row(1), row(2, uncertainty_ms=2500), row(3, uncertainty_ms=2500)])
    assert [(row.uncertainty_ms, len(row.readings)) for row in spool.after(0, 9)] == [(0, 1), (2500, 2)]


def test_nobody_signed_it_so_a_person_must_say_so(tmp_path: Path, spool: Spool) -> None:
    with pytest.raises(BadEntry, match=r"a CSV is not signed.*--unsigned"):
        imported(tmp_path, spool, [row(1)], context=replace(CONTEXT, unsigned=False))


def test_wrong_lines_and_readings_that_cannot_be_used_are_set_aside(tmp_path: Path, spool: Spool) -> None:
    rows = [row(1), row(2, reading=reading(probe=STRANGE_PROBE)), row(3), row(4, device=DeviceId("strange-pi"))]
    summary = imported(tmp_path, spool, rows, extra="and so on\r\n")
    assert (summary.new, summary.refused) == (
        2,
        {Reason.UNKNOWN_PROBE: 1, Reason.UNKNOWN_DEVICE: 1, Reason.BUNDLE: 1},
    )
    assert "readings.csv: line 6: 1 columns, not 9" in {entry.item.detail for entry in spool.entries()}
