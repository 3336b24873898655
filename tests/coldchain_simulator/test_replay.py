"""Recorded files become probes: whatever their commas, columns and gaps, and nothing in them stops the rest."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_contract.clock import milliseconds
from coldchain_contract.identifiers import probe_urn
from coldchain_simulator.errors import BadRecording
from coldchain_simulator.replay import Replay, Row

NAIROBI = ZoneInfo("Africa/Nairobi")


def instant(text: str) -> int:
    return milliseconds(datetime.fromisoformat(text).replace(tzinfo=NAIROBI))


def recorded(folder: Path, text: str, *, name: str = "file.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def plain(replay: Replay) -> list[tuple[int, dict[str, float]]]:
    """Return the rows with columns for probes."""
    names = {probe: column for column, probe in replay.probes.items()}
    return [(row.at_ms, {names[probe]: value for probe, value in row.values.items()}) for row in replay.rows()]


TEN, ELEVEN = instant("2025-02-14T10:00:00"), instant("2025-02-14T11:00:00")
BOTH = [(TEN, {"milk": 4.5, "air": 5.0}), (ELEVEN, {"milk": 4.25})]


@pytest.mark.parametrize(
    "text",
    [
        "time,milk,air\n2025-02-14T10:00:00,4.5,5\n2025-02-14T11:00:00,4.25,\n",
        "date,time,milk,air\n2025-02-14,10:00:00,4.5,5\n2025-02-14,11:00:00,4.25,NaN\n",
        "Timestamp;air;milk\n2025-02-14 10:00;5,0;4,5\n2025-02-14 11:00;-;4,25\n",
        "air\tmilk\ttime\r\n5.0\t4.5\t2025-02-14 10:00\r\n\r\nnan\t4.25\t2025-02-14 11:00\r\n",
        '"milk","air","DateTime"\n"4,5","5,0","2025-02-14T07:00Z"\n"4,25","","2025-02-14T11:00+03:00"\n',
        "\ufefftime , milk , air\n2025-02-14T10:00:00, 4.5 , 5\n2025-02-14T11:00:00, 4.25\n",
        "time,milk,air\r2025-02-14T10:00:00,4.5,5\r2025-02-14T11:00:00,4.25,N/A\r",
    ],
    ids=["comma", "date and time", "semicolon", "tab", "offsets", "mark and spaces", "old Mac"],
)
def test_the_same_readings_come_out_however_they_are_written(tmp_path: Path, text: str) -> None:
    replay = Replay(recorded(tmp_path, text), zone=NAIROBI)
    assert plain(replay) == BOTH
    assert replay.bad_cells == ()
    assert len(replay) == 2


def test_a_column_is_the_same_probe_in_every_file_with_a_name_the_contract_allows(tmp_path: Path) -> None:
    one = Replay(recorded(tmp_path, "time,milk\n2025-02-14T10:00,4\n", name="one.csv"), zone=NAIROBI)
    two = Replay(recorded(tmp_path, "time,air,milk\n2025-02-14T10:00,5,4\n", name="two.csv"), zone=NAIROBI)
    assert one.probes["milk"] == two.probes["milk"] != two.probes["air"]
    assert probe_urn(one.probes["milk"]) == "urn:dev:ow:28b787ee0600008b"


def test_what_is_no_reading_is_set_aside_by_file_line_and_column_and_the_rest_goes_on(tmp_path: Path) -> None:
    text = (
        "time,milk,air\n"
        "2025-02-14T10:00,4.5,warm\n"
        "yesterday,4.5,5\n"
        "2025-02-14T10:10,inf,5.5\n"
        "2025-02-14T10:20,4.0,129\n"
        '2025-02-14T10:30,"4.1,5.1\n'
        "2025-02-14T10:40,4.2,5.2\n"
    )
    replay = Replay(recorded(tmp_path, text), zone=NAIROBI)
    assert [(bad.line, bad.column, bad.text) for bad in replay.bad_cells] == [
        (2, "air", "warm"),
        (3, "time", "yesterday"),
        (4, "milk", "inf"),
        (5, "air", "129"),
        (6, "milk", "4.1,5.1"),
    ]
    assert str(replay.bad_cells[0]) == "file.csv, line 2, air: 'warm' is no number"
    assert [values for _, values in plain(replay)] == [
        {"milk": 4.5},
        {"air": 5.5},
        {"milk": 4.0},
        {"milk": 4.2, "air": 5.2},
    ]


def test_lines_out_of_order_are_put_in_order_and_counted(tmp_path: Path) -> None:
    text = "time,milk\n2025-02-14T11:00,2\n2025-02-14T10:00,1\n2025-02-14T10:30,1.5\n2025-02-14T12:00,3\n"
    replay = Replay(recorded(tmp_path, text), zone=NAIROBI)
    assert [values["milk"] for _, values in plain(replay)] == [1, 1.5, 2, 3]
    assert replay.out_of_order == 2


def test_of_two_values_at_one_instant_the_first_stands_and_the_second_is_said(tmp_path: Path) -> None:
    text = "time,milk,air\n2025-02-14T10:00,1,\n2025-02-14T10:00,2,5\n"
    replay = Replay(recorded(tmp_path, text), zone=NAIROBI)
    assert plain(replay) == [(TEN, {"milk": 1.0, "air": 5.0})]
    (bad,) = replay.bad_cells
    assert (bad.line, bad.column, bad.text) == (3, "milk", "2")


def test_only_the_columns_asked_for_become_probes(tmp_path: Path) -> None:
    path = recorded(tmp_path, "time,id,milk,unit\n2025-02-14T10:00,1,4,Cel\n")
    replay = Replay(path, zone=NAIROBI, columns=["milk"])
    assert list(replay.probes) == ["milk"]
    assert replay.bad_cells == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hour,milk\n10,4\n", "no column says when"),
        ("", "no column says when"),
        ("time\n2025-02-14T10:00\n", "has not a column of values"),
    ],
)
def test_a_file_that_cannot_be_replayed_says_what_it_lacks(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadRecording, match=said):
        Replay(recorded(tmp_path, text), zone=NAIROBI)


def test_a_missing_file_and_a_missing_column_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadRecording, match=r"absent\.csv"):
        Replay(tmp_path / "absent.csv", zone=NAIROBI)
    with pytest.raises(BadRecording, match="butter"):
        Replay(recorded(tmp_path, "time,milk\n"), zone=NAIROBI, columns=["butter"])


@given(st.binary(max_size=300))
def test_no_bytes_in_a_file_stop_the_lines_after_them(tmp_path_factory: pytest.TempPathFactory, noise: bytes) -> None:
    path = tmp_path_factory.mktemp("noise") / "file.csv"
    path.write_bytes(b"time,milk\n2025-02-14T10:00,4.5\n" + noise + b"\n2031-02-14T11:00,4.25\n")
    milks = [values["milk"] for _, values in plain(Replay(path, zone=NAIROBI))]
    assert 4.5 in milks
    assert 4.25 in milks


def kenya(real_data: Path, *spans: str) -> list[Path]:
    folder = real_data / "kenya-pasteurizer"
    return [folder / f"raw_data__temp_{span}.csv" for span in spans]


ALL = (
    "2025-02-14_to_2025-02-21",
    "2025-02-22_to_2025-02-23",
    "2025-02-23_to_2025-02-27",
    "hx_2025-02-23_to_2025-02-27",
)


@pytest.fixture(scope="module")
def pasteuriser(real_data: Path) -> Replay:
    return Replay(kenya(real_data, *ALL), zone=NAIROBI)


def at(replay: Replay, text: str) -> Row:
    return next(row for row in replay.rows() if row.at_ms == instant(text))


def test_kenya_six_columns_of_four_files_are_six_probes(pasteuriser: Replay) -> None:
    assert sorted(pasteuriser.probes) == [f"T{number}_degC" for number in range(1, 7)]
    assert len(set(pasteuriser.probes.values())) == 6
    assert pasteuriser.bad_cells == ()
    assert pasteuriser.out_of_order == 0


def test_kenya_every_number_of_the_files_is_a_reading_and_every_blank_is_none(
    pasteuriser: Replay, real_data: Path
) -> None:
    lines = [line.split(",") for path in kenya(real_data, *ALL) for line in path.read_text().splitlines()[1:]]
    numbers = [cell for line in lines for cell in line[2:] if cell not in ("", "NaN")]
    blanks = [cell for line in lines for cell in line[2:] if cell in ("", "NaN")]
    assert sum(len(row.values) for row in pasteuriser.rows()) == len(numbers)
    assert (len(lines), len(numbers), len(blanks)) == (4433, 15246, 266)


def test_kenya_the_known_leaps_are_there_to_the_second(pasteuriser: Replay) -> None:
    third, first = pasteuriser.probes["T3_degC"], pasteuriser.probes["T1_degC"]
    assert at(pasteuriser, "2025-02-19T09:02:53").values[third] == -67.1
    assert at(pasteuriser, "2025-02-19T09:07:53").values[third] == 5.7
    assert third not in at(pasteuriser, "2025-02-19T09:12:53").values
    assert at(pasteuriser, "2025-02-26T08:55:24").values[first] == -20.3


def test_kenya_files_with_other_times_stay_apart(pasteuriser: Replay) -> None:
    row = at(pasteuriser, "2025-02-23T17:34:04")
    assert {column for column, probe in pasteuriser.probes.items() if probe in row.values} == {"T5_degC", "T6_degC"}
    assert row.values[pasteuriser.probes["T6_degC"]] == 28.5


def test_kenya_irradiance_is_a_table_with_lone_carriage_returns(real_data: Path) -> None:
    path = real_data / "kenya-pasteurizer" / "raw_data__irradiance_2025-01-31_to_2025-02-22.csv"
    replay = Replay(path, zone=NAIROBI, columns=["Value"])
    assert len(replay) > 1000
    assert all("is beyond what a probe can show" in bad.reason for bad in replay.bad_cells)
