"""Exports of loggers: in every spelling a computer may give them, read for certain or refused."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_server.sources import fridge_tag, logtag
from coldchain_server.sources.errors import NotUnderstood
from coldchain_server.sources.loggers import LoggerFile, text_of
from invented import logger_files
from invented.logger_files import day
from invented.sourced_fleet import SERIAL

FRIDGE = logger_files.fridge_tag(
    day("2026-11-22", "+3.9", "06:12", "+7.1", "08:40"), day("2026-11-21", "-0.4", "05:00", "+13.2", "14:33")
)
LOG = logger_files.logtag(["1,2026-11-22,09:20:00,4.5,", "2,2026-11-22,09:30:00,12.5,x"])


def read(text: str, *, maker: str = "fridge-tag", encoding: str = "utf-8") -> LoggerFile:
    content = text.encode(encoding)
    return (fridge_tag.read_fridge_tag if maker == "fridge-tag" else logtag.read_logtag)(content)


def values(file: LoggerFile) -> list[tuple[str, float]]:
    return [(f"{reading.at:%Y-%m-%d %H:%M:%S}", reading.celsius) for reading in file.readings]


def log(*rows: str, titles: str = "Index,Date,Time,Temperature (°C),Alert", delimiter: str = ",") -> LoggerFile:
    return read(logger_files.logtag(rows, titles=titles, delimiter=delimiter), maker="logtag")


def test_a_fridge_tags_day_is_its_coldest_and_its_warmest_minute_and_nothing_else() -> None:
    file = read(FRIDGE)
    assert file.serial == SERIAL
    assert values(file) == [
        ("2026-11-21 05:00:00", -0.4),
        ("2026-11-21 14:33:00", 13.2),
        ("2026-11-22 06:12:00", 3.9),
        ("2026-11-22 08:40:00", 7.1),
    ]
    assert file.unread == ()


def test_two_extremes_in_one_minute_are_kept_apart_and_one_that_is_both_counts_once() -> None:
    file = read(logger_files.fridge_tag(day("2026-11-22", "+3.9", "00:00", "+4.1", "00:00")))
    assert [reading.rank for reading in file.readings] == [1, 2]
    assert len(read(logger_files.fridge_tag(day("2026-11-22", "+3.9", "00:00", "+3.9", "00:00"))).readings) == 1


def test_a_day_on_which_the_sensor_said_nothing_is_no_reading() -> None:
    file = read(logger_files.fridge_tag(day("2026-11-22", "---", "---", "+7.1", "08:40")))
    assert values(file) == [("2026-11-22 08:40:00", 7.1)]


def test_a_fridge_tag_that_keeps_a_log_gives_it_too_and_an_extreme_in_it_once() -> None:
    log = "Data:\n\tyyyy-MM-dd hh:mm\tT\tOut of limits\n\t2026-11-22 06:12\t3.9\n\t2026-11-22 06:17\t14.0\tx\n"
    file = read(logger_files.fridge_tag(day("2026-11-22", "+3.9", "06:12", "+14.6", "06:19"), log=log))
    assert [(reading.at.minute, reading.celsius, reading.rank) for reading in file.readings] == [
        (12, 3.9, 0),
        (17, 14.0, 0),
        (19, 14.6, 2),
    ]


def test_a_fridge_tag_in_fahrenheit_or_with_commas_says_the_same() -> None:
    fahrenheit = logger_files.fridge_tag(day("2026-11-22", "+39.2", "06:12", "+50.0", "08:40"), unit="F")
    assert [value for _, value in values(read(fahrenheit))] == [4.0, 10.0]
    commas = logger_files.fridge_tag(day("2026-11-22", "+3,9", "06:12", "+7,1", "08:40"))
    assert [value for _, value in values(read(commas))] == [3.9, 7.1]


def test_a_line_that_cannot_be_read_is_named_and_the_rest_is_read() -> None:
    file = read(FRIDGE.replace("+3.9", "+x.9").replace("2026-11-21", "2026-13-21"))
    assert values(file) == [("2026-11-22 08:40:00", 7.1)]
    assert [line.split(":")[0] for line in file.unread] == ["Min T", "Date", "Min T", "Max T"]
    assert "'+x.9' is not a number" in file.unread[0]


def test_a_file_cut_short_gives_what_is_there() -> None:
    assert len(read(FRIDGE[: FRIDGE.index("Max T: +13.2")]).readings) == 3
    with pytest.raises(NotUnderstood, match="no temperature in it"):
        read(FRIDGE[: FRIDGE.index("Hist:")])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_whatever_the_encoding_the_same_is_read(encoding: str) -> None:
    assert fridge_tag.recognises(FRIDGE.encode(encoding)[:400])
    assert values(read(FRIDGE, encoding=encoding)) == values(read(FRIDGE))
    assert logtag.recognises(LOG.encode(encoding)[:400])
    assert values(read(LOG, maker="logtag", encoding=encoding)) == values(read(LOG, maker="logtag"))


def test_a_logtags_table_is_read_with_its_serial_number() -> None:
    file = read(LOG, maker="logtag")
    assert file.serial == SERIAL
    assert values(file) == [("2026-11-22 09:20:00", 4.5), ("2026-11-22 09:30:00", 12.5)]


def test_a_french_computers_export_is_read_with_its_semicolons_and_commas() -> None:
    titles = "Lecture;Date;Heure;Température (°C)"
    file = log("1;22/11/2026;09:20:00;4,5", "2;22/11/2026;09:30:00;−0,5", titles=titles, delimiter=";")
    assert values(file) == [("2026-11-22 09:20:00", 4.5), ("2026-11-22 09:30:00", -0.5)]
    assert file.serial == SERIAL


def test_one_column_may_hold_both_date_and_time_and_tabs_may_part_the_columns() -> None:
    titles = "Date/Time\tElapsed\tTemp"
    file = log("2026-11-22 09:20:00\t0:10\t4.5 °C", titles=titles, delimiter="\t")
    assert values(file) == [("2026-11-22 09:20:00", 4.5)]


def test_fahrenheit_is_converted_wherever_the_file_says_so() -> None:
    assert values(log("1,2026-11-22,09:20,39.2", titles="Index,Date,Time,Temperature (°F)")) == [
        ("2026-11-22 09:20:00", 4.0)
    ]
    above = logger_files.logtag(["1,2026-11-22,09:20,39.2"], titles="Index,Date,Time,Temp").replace("8.0 °C", "46 °F")
    assert values(read(above, maker="logtag")) == [("2026-11-22 09:20:00", 4.0)]


@pytest.mark.parametrize(
    ("dates", "first"),
    [
        (("3/11/2026", "13/11/2026"), "2026-11-03"),
        (("11/3/2026", "11/13/2026"), "2026-11-03"),
        (("3.11.2026", "4.11.2026"), "2026-11-03"),
        (("2026/11/3", "2026/11/4"), "2026-11-03"),
    ],
)
def test_days_and_months_are_told_apart_by_the_whole_file(dates: tuple[str, str], first: str) -> None:
    file = log(*(f"1,{date},09:20,4.5" for date in dates))
    assert values(file)[0][0].startswith(first)


def test_where_days_could_be_months_nothing_is_guessed() -> None:
    with pytest.raises(NotUnderstood, match="'03/11/2026' has the day or the month first cannot be told"):
        log("1,03/11/2026,09:20,4.5", "2,04/11/2026,09:20,4.5")
    with pytest.raises(NotUnderstood, match="some of its dates have the day first"):
        log("1,13/11/2026,09:20,4.5", "2,11/13/2026,09:20,4.5")


@pytest.mark.parametrize(
    ("said", "hour"), [("12:05 AM", 0), ("1:05 am", 1), ("12:05 PM", 12), ("11:05 p.m.", 23), ("23:05:07", 23)]
)
def test_hours_are_read_as_whole_days_or_as_halves(said: str, hour: int) -> None:
    assert log(f"1,2026-11-22,{said},4.5").readings[0].at.hour == hour


def test_a_row_without_a_temperature_is_named_and_the_rest_is_read() -> None:
    file = log(
        "1,2026-11-22,09:20,----", "2,2026-11-22,25:30,4.5", "3,2026-11-22,09:40,4.6", "4,2026-11-22,13:00 PM,4.5"
    )
    assert values(file) == [("2026-11-22 09:40:00", 4.6)]
    assert len(file.unread) == 3


def test_a_table_nobody_knows_is_refused_with_what_it_looks_like() -> None:
    with pytest.raises(NotUnderstood, match=r"the widest line is \['Nr', 'Wann', 'Wert'\]"):
        log("1,2026,4", titles="Nr,Wann,Wert")


@pytest.mark.parametrize("head", [b"", b"Device: Raspberry", b"date,time,temperature\n", b"%PDF-1.4", b"\x00\x01\x02"])
def test_other_files_are_not_taken_for_a_loggers(head: bytes) -> None:
    assert not fridge_tag.recognises(head)
    assert not logtag.recognises(head)


def test_neither_is_taken_for_the_other() -> None:
    assert not logtag.recognises(FRIDGE.encode())
    assert not fridge_tag.recognises(LOG.encode())


@given(content=st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_whatever_a_file_holds_it_is_read_or_refused_and_nothing_else(content: bytes) -> None:
    text_of(content)
    fridge_tag.recognises(content)
    logtag.recognises(content)
    for reader, whole in ((fridge_tag.read_fridge_tag, FRIDGE), (logtag.read_logtag, LOG)):
        for broken in (content, whole.encode()[: len(content)] + content, whole.encode() + content):
            try:
                file = reader(broken)
            except NotUnderstood:
                continue
            assert all(isinstance(reading.at, datetime) and abs(reading.celsius) < 1e12 for reading in file.readings)
