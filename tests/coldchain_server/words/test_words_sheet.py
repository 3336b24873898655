"""The catalogue as a spreadsheet: out, filled in, and in again."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coldchain_server.errors import BadEntry
from coldchain_server.notifications.catalogue import FIRST, every_key, written
from coldchain_server.words.checks import Check, Checks, Kind, digest_of
from coldchain_server.words.sheet import Row, read, rows
from coldchain_server.words.sheet_files import read_sheet, write_sheet

NOTHING: dict[str, dict[str, str]] = {}


def exported(texts: dict[str, str] | None = None) -> list[Row]:
    return list(rows("ttq", texts or {}, Checks()))


def filled(**texts: tuple[str, ...]) -> list[Row]:
    """An exported sheet with a text and listeners for some keys, written with _ for what is no letter."""
    wanted = {key: texts[key.replace(".", "_").replace("-", "_")] for key in every_key() if _named(key) in texts}
    head, *body = exported()
    return [
        head,
        *((*row[:5], *wanted[row[0]], *("",) * (3 - len(wanted[row[0]]))) if row[0] in wanted else row for row in body),
    ]


def _named(key: str) -> str:
    return key.replace(".", "_").replace("-", "_")


def test_a_sheet_has_every_key_with_the_texts_to_go_by() -> None:
    head, *body = exported()
    assert head == ("key", "part", "filled in with", "fr", "en", "ttq", "listener 1", "listener 2")
    assert [row[0] for row in body] == list(every_key())
    opened = next(row for row in body if row[0] == "message.open")
    assert opened[2] == "{place} {wrong} {since} {action}"
    assert opened[3] == written(FIRST)["message.open"]


def test_an_empty_sheet_changes_nothing() -> None:
    reading = read(exported(), NOTHING, Checks())
    assert (reading.language, reading.changes, reading.checks, reading.mistakes) == ("ttq", (), (), ())


def test_a_text_that_is_filled_in_is_a_change_and_its_listeners_are_checks() -> None:
    reading = read(filled(stay_inside=("Qqim ihan.", "Fati", "Mina")), NOTHING, Checks())
    assert [(change.key, change.old, change.new) for change in reading.changes] == [("stay-inside", "", "Qqim ihan.")]
    assert [check.listener for check in reading.checks] == ["Fati", "Mina"]
    assert {check.digest for check in reading.checks} == {digest_of("Qqim ihan.")}


def test_reading_in_the_same_sheet_again_changes_nothing() -> None:
    first = read(filled(stay_inside=("Qqim ihan.", "Fati")), NOTHING, Checks())
    again = read(
        filled(stay_inside=("Qqim ihan.", "FATI")), {"ttq": {"stay-inside": "Qqim ihan."}}, Checks(first.checks)
    )
    assert (again.changes, again.checks, again.mistakes) == ((), (), ())


def test_what_was_exported_with_its_listeners_is_read_in_without_a_change() -> None:
    heard = Checks(
        Check(language="ttq", key="stay-inside", kind=Kind.TEXT, digest=digest_of("Qqim."), listener=name)
        for name in ("Mina", "Fati")
    )
    texts = {"stay-inside": "Qqim."}
    again = read(list(rows("ttq", texts, heard)), {"ttq": texts}, heard)
    assert (again.changes, again.checks, again.mistakes) == ((), (), ())


@pytest.mark.parametrize(
    ("sheet", "said"),
    [
        ([], "needs a column 'key'"),
        ([("key", "fr")], "named by a language of bm, ff"),
        ([("key", "ttq", "ha")], "named by a language of bm, ff"),
        ([("key", "ttq", "ttq")], "named by a language of bm, ff"),
        ([("key", "ttq", "listener 1", "listener 1")], "names a column twice"),
        ([("key", "ttq"), ("stay-insid", "x")], "row 2, column key: 'stay-insid' is no key"),
        ([("key", "ttq"), ("stay-inside", "x"), ("stay-inside", "y")], "row 3, column key: 'stay-inside' is in row 2"),
        ([("key", "ttq"), ("by.now", "{x}")], "row 2, column ttq: has {x}, which nothing fills in"),
        (filled(stay_inside=("Qqim.", "Fati", "fati")), "column listener 2: names one person twice"),
        (filled(stay_inside=("", "Fati", "")), "column listener 1: checks a text that is not there"),
        (filled(stay_inside=("Qqim.", "F" * 65, "")), "column listener 1: is longer than 64"),
    ],
)
def test_a_mistake_says_its_row_its_column_and_what_to_do(sheet: list[Row], said: str) -> None:
    reading = read(sheet, NOTHING, Checks())
    assert any(said in str(mistake) for mistake in reading.mistakes), list(map(str, reading.mistakes))


def test_all_mistakes_are_said_at_once() -> None:
    sheet = [("key", "ttq"), ("no.key", "x"), ("by.now", "{x}"), ("stay-inside", "a  b")]
    assert [mistake.row for mistake in read(sheet, NOTHING, Checks()).mistakes] == [2, 3, 4]


def test_a_language_that_would_need_two_sms_is_not_taken_in() -> None:
    head, *body = exported({**written(FIRST).texts, "wrong.too-warm": "x" * 60})
    reading = read([head, *body], NOTHING, Checks())
    assert "wrong.too-warm" in str(reading.mistakes[0])


@pytest.mark.parametrize("name", ["words.xlsx", "words.csv"])
def test_a_file_holds_what_was_written_into_it(tmp_path: Path, name: str) -> None:
    sheet = filled(stay_inside=("Qqim daɣ ehan, =1+1", "Fati", "Mîna"), action_wait=("=cmd()", "", ""))
    write_sheet(tmp_path / name, sheet)
    assert read_sheet(tmp_path / name) == sheet


@settings(max_examples=20, deadline=None)
@given(
    cells=st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=20), min_size=2, max_size=4)
)
def test_whatever_is_written_in_a_cell_comes_back(tmp_path_factory: pytest.TempPathFactory, cells: list[str]) -> None:
    folder = tmp_path_factory.mktemp("sheet")
    sheet = [("key", "a", "b", "c"), ("x", *cells[:2], "y")]
    for name in ("words.xlsx", "words.csv"):
        write_sheet(folder / name, sheet)
        assert read_sheet(folder / name) == [tuple(cell.strip() for cell in row) for row in sheet]


def test_a_sheet_saved_by_a_french_spreadsheet_with_semicolons_is_read(tmp_path: Path) -> None:
    (tmp_path / "words.csv").write_bytes("\ufeffkey;ttq\r\nstay-inside;Qqim, ihan.\r\n".encode())
    assert read_sheet(tmp_path / "words.csv") == [("key", "ttq"), ("stay-inside", "Qqim, ihan.")]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("words.csv", "clé;ttq".encode("latin-1"), "is not in UTF-8"),
        ("words.xlsx", b"PK\x03\x04broken", "is no XLSX file that can be read"),
        ("words.csv", b"x," * 2_100_000, "a sheet of words has less than"),
        ("words.csv", b"x\n" * 3000, "a sheet of words has less than"),
    ],
)
def test_a_file_that_cannot_be_used_says_so(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadEntry, match=said):
        read_sheet(tmp_path / name)


def test_a_sheet_is_named_xlsx_or_csv(tmp_path: Path) -> None:
    with pytest.raises(BadEntry, match=r"name it \.xlsx or \.csv"):
        write_sheet(tmp_path / "words.ods", [("key",)])
    with pytest.raises(BadEntry, match="cannot be read"):
        read_sheet(tmp_path / "nowhere.csv")
