"""Importing loggers' files: found by serial number or unit, dated by the site's clocks, and nothing twice."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from coldchain_contract.clock import milliseconds
from coldchain_contract.identifiers import UnitId
from coldchain_contract.readings import Quality, Reading
from coldchain_server.errors import BadEntry
from coldchain_server.fleet.model import Fleet
from coldchain_server.importing.format import ImportContext
from coldchain_server.importing.importing import Summary, import_file
from coldchain_server.ingest.reception import Known
from coldchain_server.spool.model import Reason
from coldchain_server.spool.settings import Quota
from coldchain_server.spool.spool import Spool
from invented import logger_files
from invented.logger_files import day
from invented.sourced_fleet import COOLER, FAR, FRIDGE_TAG, PLACES, TANK, TEXT, probe_of, sourced_fleet

NOW_MS = milliseconds(datetime(2026, 11, 22, 10, 12, tzinfo=UTC))
MONDAY = day("2026-11-16", "+2.0", "05:00", "+6.0", "14:00")
TUESDAY = day("2026-11-17", "+2.1", "05:10", "+6.1", "14:10")
WEDNESDAY = day("2026-11-18", "+2.2", "05:20", "+16.2", "14:20")


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    opened = Spool(tmp_path / "spool.sqlite", quota=Quota(entries=100, bytes=10_000_000))
    yield opened
    opened.close()


class Importing:
    """Writes texts to files and imports them."""

    def __init__(self, folder: Path, spool: Spool) -> None:
        self.folder, self.spool, self.number = folder, spool, 0

    def __call__(self, text: str, *, unit: UnitId | None = None, fleet: Fleet | None = None) -> Summary:
        self.number += 1
        file = self.folder / f"{self.number}.txt"
        file.write_text(text, encoding="utf-8")
        context = ImportContext(known=Known.of(fleet or sourced_fleet(), {}), now_ms=NOW_MS, keys={}, unit=unit)
        return import_file(file, context, spool=self.spool)

    def readings(self) -> list[Reading]:
        return [reading for spooled in self.spool.after(0, 100) for _, reading in spooled.readings]


@pytest.fixture
def imported(tmp_path: Path, spool: Spool) -> Importing:
    return Importing(tmp_path, spool)


def at_ms(text: str) -> int:
    return milliseconds(datetime.fromisoformat(text).replace(tzinfo=UTC))


def test_a_fridge_tag_is_found_by_its_serial_number_and_its_readings_are_late_ones_of_its_unit(
    imported: Importing, spool: Spool
) -> None:
    summary = imported(logger_files.fridge_tag(MONDAY))
    assert (summary.format, summary.new, summary.refused) == ("Fridge-tag export (text)", 2, {})
    assert imported.readings() == [
        Reading(probe=probe_of(FRIDGE_TAG), at_ms=at_ms("2026-11-16T05:00"), value=2.0),
        Reading(probe=probe_of(FRIDGE_TAG), at_ms=at_ms("2026-11-16T14:00"), value=6.0),
    ]
    (spooled,) = spool.after(0, 10)
    assert (spooled.device, spooled.live) == (FRIDGE_TAG, False)


def test_exports_that_overlap_add_only_what_is_new(imported: Importing) -> None:
    first = imported(logger_files.fridge_tag(TUESDAY, MONDAY))
    second = imported(logger_files.fridge_tag(WEDNESDAY, TUESDAY))
    again = imported(logger_files.fridge_tag(WEDNESDAY, TUESDAY))
    assert [(s.new, s.known) for s in (first, second, again)] == [(4, 0), (2, 2), (0, 4)]
    assert len(imported.readings()) == 6


def test_two_extremes_in_one_minute_are_both_kept_however_often_they_come(imported: Importing) -> None:
    same = logger_files.fridge_tag(day("2026-11-16", "+2.0", "00:00", "+2.4", "00:00"))
    assert [imported(same).new, imported(same).new] == [2, 0]
    assert sorted(reading.value or 0 for reading in imported.readings()) == [2.0, 2.4]


def test_a_loggers_times_are_those_of_its_sites_clocks(imported: Importing) -> None:
    niamey = sourced_fleet((TEXT + PLACES).replace('kind = "logger"', 'kind = "logger"\nzone = "Africa/Niamey"'))
    imported(logger_files.fridge_tag(MONDAY), fleet=niamey)
    assert imported.readings()[0].at_ms == at_ms("2026-11-16T04:00")


def test_where_clocks_change_the_hour_is_the_right_one_and_no_reading_is_lost(imported: Importing) -> None:
    paris = sourced_fleet((TEXT + PLACES).replace('kind = "logger"', 'kind = "logger"\nzone = "Europe/Paris"'))
    rows = [f"{n},2026-10-25,{time},4.{n}" for n, time in enumerate(["00:30:00", "02:30:00", "03:30:00"])]
    assert imported(logger_files.logtag(rows), fleet=paris).new == 3
    assert [reading.at_ms for reading in imported.readings()] == [
        at_ms(f"2026-10-2{text}") for text in ("4T22:30", "5T00:30", "5T02:30")
    ]


def test_a_logtag_is_taken_in_whole_packs_and_once(imported: Importing) -> None:
    rows = [f"{n},2026-11-{1 + n // 144:02},{n % 144 // 6:02}:{n % 6}0:00,4.5" for n in range(1200)]
    assert (imported(logger_files.logtag(rows)).new, imported(logger_files.logtag(rows)).known) == (1200, 1200)


def test_a_value_that_cannot_be_is_a_fault(imported: Importing) -> None:
    imported(logger_files.logtag(["1,2026-11-16,05:00:00,85.0"]))
    assert imported.readings()[0].quality is Quality.RANGE


def test_what_was_measured_before_the_logger_was_placed_or_after_now_is_refused_and_said(
    imported: Importing, spool: Spool
) -> None:
    early = day("2024-11-16", "+2.0", "05:00", "+6.0", "14:00")
    late = day("2026-11-23", "+2.0", "05:00", "+6.0", "14:00")
    summary = imported(logger_files.fridge_tag(late, MONDAY, early))
    assert (summary.new, summary.refused) == (2, {Reason.UNKNOWN_PROBE: 2, Reason.FUTURE: 2})
    details = {entry.item.detail for entry in spool.entries()}
    assert "2 readings when the logger was in no unit, the first at 2024-11-16 05:00 UTC" in details


def test_lines_that_cannot_be_read_are_set_aside_and_the_rest_is_taken(imported: Importing, spool: Spool) -> None:
    summary = imported(logger_files.logtag(["1,2026-11-16,05:00:00,4.5", "2,2026-11-16,05:10:00,##"]))
    assert (summary.new, summary.refused) == (1, {Reason.MESSAGE: 1})
    assert spool.entries()[0].item.device == FRIDGE_TAG


def test_a_logger_nobody_entered_is_refused_with_those_that_were(imported: Importing) -> None:
    with pytest.raises(BadEntry, match=r"no logger has the serial number 99; the fleet file's: fridge-tag \(1604"):
        imported(logger_files.fridge_tag(MONDAY, serial="99"))
    with pytest.raises(BadEntry, match="no logger in unit menaka-1 has the serial number 99"):
        imported(logger_files.fridge_tag(MONDAY, serial="99"), unit=COOLER)
    with pytest.raises(BadEntry, match="no logger in unit tillia-1"):
        imported(logger_files.fridge_tag(MONDAY), unit=FAR)


def test_a_logger_without_a_number_in_the_fleet_file_is_found_by_its_unit(imported: Importing) -> None:
    serial = 'serial = "160400000001"'
    unnumbered = sourced_fleet((TEXT + PLACES).replace(serial, ""))
    assert imported(logger_files.fridge_tag(MONDAY, serial="99"), unit=COOLER, fleet=unnumbered).new == 2
    with pytest.raises(BadEntry, match="name its unit with --unit"):
        imported(logger_files.fridge_tag(MONDAY, serial="99"), fleet=unnumbered)
    with pytest.raises(BadEntry, match="no logger in unit menaka-2"):
        imported(logger_files.fridge_tag(MONDAY, serial="99"), unit=TANK, fleet=unnumbered)


def test_a_file_without_readings_is_refused_and_so_is_a_pdf(imported: Importing) -> None:
    with pytest.raises(BadEntry, match="looks like a Fridge-tag export, but there is no temperature"):
        imported(logger_files.fridge_tag())
    with pytest.raises(
        BadEntry, match=r"begins with b'%PDF-1.4', .* Fridge-tag export \(text\), LogTag export \(CSV\)"
    ):
        imported("%PDF-1.4")
