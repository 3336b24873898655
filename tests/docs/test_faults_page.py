"""The page about faults names every story there is, and its table has a place to be written into."""

from pathlib import Path

import pytest

from faults.__main__ import PAGE, with_table
from faults.oracle import Tally
from faults.report import FOLDER, Line, leave, table

_PAGE = PAGE.read_text(encoding="utf-8")
_STORIES = sorted(file.name for file in (Path(__file__).parents[1] / "faults").glob("test_*.py"))
_NOTHING = Tally(taken=0, stored=0, lost=0, doubled=0, misdated=0)
_KILLED = Line(
    fault="kill -9 of the server",
    strikes=20,
    kills=20,
    tally=Tally(taken=1500, stored=1499, lost=1, doubled=2, misdated=3),
    recovery_s=1.25,
)


@pytest.mark.parametrize("story", _STORIES)
def test_every_story_is_on_the_page(story: str) -> None:
    assert f"`{story}`" in _PAGE


def test_the_page_names_no_story_that_is_gone() -> None:
    named = {word for word in _PAGE.split("`") if word.startswith("test_") and word.endswith(".py")}
    assert named == set(_STORIES)


def test_lines_of_one_fault_become_one_row_and_all_of_them_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path))
    leave(_KILLED)
    leave(_KILLED)
    leave(Line(fault="network cut", strikes=1, kills=0, tally=_NOTHING, recovery_s=9.0))
    rows = table(tmp_path).splitlines()[2:]
    assert "| kill -9 of the server | 40 | 3,000 | 2,998 | 2 | 4 | 6 | 1.2 |" in rows
    assert rows[-1] == "| all (40 kills with SIGKILL) | 41 | 3,000 | 2,998 | 2 | 4 | 6 | 9.0 |"


def test_a_table_takes_the_place_of_the_one_before() -> None:
    once = with_table(_PAGE, "| a |")
    again = with_table(once, "| b |")
    assert "| a |" in once
    assert "| a |" not in again
    assert with_table(again, "| a |") == once


def test_a_page_without_a_place_for_the_table_is_refused() -> None:
    with pytest.raises(ValueError, match="make soak-page"):
        with_table("# Faults\n", "| a |")
