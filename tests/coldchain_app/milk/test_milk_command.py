"""`coldchain-server milk` reads any file of temperatures, answers in two languages with a range, and draws it."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from coldchain_app.cli import cli
from coldchain_app.milk.words import Language, texts
from coldchain_server.words.forbidden import forbidden_in

KENYA = "kenya-pasteurizer/raw_data__temp_hx_2025-02-23_to_2025-02-27.csv"
COOLED = """Date;Heure;Lait
2026-03-01;06:30;34,5
2026-03-01;07:00;28,0
2026-03-01;08:00;18,0
2026-03-01;10:00;9,0
2026-03-01;12:00;5,0
2026-03-01;18:00;4,5
"""


def asked(*words: str | Path) -> Result:
    return CliRunner().invoke(cli, ["milk", *map(str, words)])


def read(*words: str | Path) -> Mapping[str, Any]:
    result = asked(*words, "--json")
    assert result.exit_code == 0, result.output
    found: Mapping[str, Any] = msgspec.json.decode(result.stdout)
    return found


@pytest.fixture
def cooled(tmp_path: Path) -> Path:
    file = tmp_path / "lait.csv"
    file.write_text(COOLED, encoding="utf-8-sig")
    return file


def test_a_real_file_of_two_probes_asks_which_and_then_answers(real_data: Path) -> None:
    which = asked(real_data / KENYA)
    assert (which.exit_code, "has T5_degC, T6_degC; say with --column" in which.output) == (1, True)
    found = read(
        real_data / KENYA,
        "--column",
        "T6_degC",
        "--age",
        "1",
        "--zone",
        "Africa/Nairobi",
        "--until",
        "2025-02-23T20:34",
    )
    assert found["begins"] == "2025-02-23T14:34:04+00:00"
    assert found["readings"] == 36
    assert found["exposure"]["hours"] == pytest.approx(35 / 12, abs=0.01)
    assert found["exposure"]["highest_celsius"] > 40


@pytest.mark.parametrize("name", ["temp_2025-02-14_to_2025-02-21", "temp_2025-02-22_to_2025-02-23"])
def test_every_real_file_is_read_with_its_faults(real_data: Path, name: str) -> None:
    found = read(real_data / f"kenya-pasteurizer/raw_data__{name}.csv", "--column", "T3_degC", "--age", "0")
    assert found["readings"] > 100
    assert found["action"] in {"not-for-drinking", "test-before-selling"}


def test_decimal_commas_french_headings_and_a_range_in_both_languages(cooled: Path) -> None:
    given = (cooled, "--age", "0.5", "--gap", "400")
    french, english = asked(*given), asked(*given, "--language", "en")
    assert re.search(r"10\^6 par ml : \d+,\d h après le début \(entre \d+,\d et \d+", french.output)
    assert re.search(r"10\^6 a ml: \d+\.\d h after the beginning \(between \d+\.\d and \d+", english.output)
    assert "jamais annoncé au-delà de 24 h" not in asked(cooled, "--count", "900000", "--gap", "400").output


def test_milk_of_untold_age_is_to_be_tested_and_said_to_be_presumed(tmp_path: Path) -> None:
    cold = tmp_path / "cold.csv"
    cold.write_text("time,milk\n2026-03-01T06:00,5\n2026-03-01T09:00,5\n")
    said = asked(cold, "--gap", "400", "--language", "en").output
    assert "a presumption, no estimate" in said
    assert "Test before selling" in said


def test_other_milk_than_of_cows_gets_no_number(cooled: Path) -> None:
    found = read(cooled, "--age", "0", "--gap", "400", "--species", "camel")
    assert (found["log10_at_end"], found["hours_to_1e6"], found["action"]) == (None, None, "test-before-selling")


def test_a_count_that_was_taken_is_where_it_begins(cooled: Path) -> None:
    clean, dirty = (read(cooled, "--count", count, "--gap", "400") for count in ("20000", "500000"))
    assert clean["log10_at_end"]["p50"] == pytest.approx(dirty["log10_at_end"]["p50"] - 1.4, abs=0.1)


def test_hours_nobody_measured_are_said_and_widen_the_range(cooled: Path) -> None:
    seen, unseen = (read(cooled, "--age", "0", "--gap", minutes) for minutes in ("400", "130"))
    assert (seen["exposure"]["gap_hours"], unseen["exposure"]["gap_hours"]) == (0.0, 6.0)
    assert unseen["log10_at_end"]["p90"] > seen["log10_at_end"]["p90"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("when,milk\n2026-03-01T06:00,4\n", "no column says when"),
        ("time,milk\nyesterday,4\n", "line 2, time: 'yesterday' is no time in ISO 8601"),
        ("time,milk\n2026-03-01T06:00,cold\n", "line 2, milk: 'cold' is no number"),
        ("", "no column says when"),
    ],
)
def test_a_file_that_cannot_be_used_says_where_and_why(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(text)
    result = asked(file)
    assert (result.exit_code, said in result.output) == (1, True), result.output
    assert f"{file.name}: {file.name}" not in result.output


def test_one_line_that_cannot_be_read_is_named_and_the_others_count(tmp_path: Path) -> None:
    file = tmp_path / "one.csv"
    file.write_text(COOLED.replace("08:00;18,0", "08:00;warm"))
    result = asked(file, "--age", "0", "--gap", "400")
    assert result.exit_code == 0
    assert "one.csv, line 4, Lait: 'warm' is no number" in result.stderr


def test_a_wrong_column_is_answered_with_the_near_name(cooled: Path) -> None:
    assert "did you mean Lait?" in asked(cooled, "--column", "Lai").output


def test_the_picture_is_drawn_and_the_same_each_time(cooled: Path, tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("one.svg", "two.svg", "one.png")]
    for file in files:
        assert asked(cooled, "--age", "0", "--gap", "400", "--picture", file).exit_code == 0
    assert files[0].read_bytes() == files[1].read_bytes()
    assert files[2].read_bytes().startswith(b"\x89PNG")
    assert "log10 germes par ml" in files[0].read_text(encoding="utf-8")


def test_a_picture_of_another_kind_is_refused(cooled: Path, tmp_path: Path) -> None:
    assert "neither in .png nor in .svg" in asked(cooled, "--picture", tmp_path / "one.gif").output


def test_both_languages_have_every_text_and_none_that_is_forbidden() -> None:
    french, english = texts(Language.FRENCH), texts(Language.ENGLISH)
    assert french.keys() == english.keys()
    for language in Language:
        for key, text in texts(language).items():
            assert not forbidden_in(text, language.value), (language, key)
