"""The model beside published counts: every cell of the table that was seen, and what was read in books."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from coldchain_app.cli import cli
from coldchain_app.evaluation.milk.comparison import Compared, compared, statements_table, summary_table
from coldchain_app.evaluation.milk.published import STATEMENTS, ayers, conn
from coldchain_app.evaluation.milk.residuals import BAND, draw

_PAGE = Path(__file__).parents[4] / "docs" / "milk-comparison.md"


@pytest.mark.parametrize("one", compared(conn()), ids=lambda one: f"{one.cell.celsius:g} °C, {one.cell.hours:g} h")
def test_every_cell_of_conns_table_is_within_065_log10(one: Compared) -> None:
    assert abs(one.residual) <= BAND


def test_what_nobody_has_checked_is_another_table_and_says_so() -> None:
    page = _PAGE.read_text(encoding="utf-8")
    assert len(conn()) == 8
    assert len(ayers()) == 30
    assert not {one.source for one in conn()} & {one.source for one in ayers()}
    assert "from memory and checked by nobody" in page


def test_the_page_shows_the_residuals_that_the_model_has_now() -> None:
    page = _PAGE.read_text(encoding="utf-8")
    shown = summary_table("", {"Conn": compared(conn())}).rows[0]
    assert f"| {' | '.join(shown)} |" in page
    for row in statements_table("", STATEMENTS).rows:
        assert f"| {' | '.join(row)} |" in page


def test_the_picture_on_the_page_is_the_one_that_is_drawn(tmp_path: Path) -> None:
    drawn = tmp_path / "residuals.svg"
    draw({"Conn (seen)": compared(conn()), "Ayers, Cook & Clemmer (unchecked)": compared(ayers())}, drawn)
    assert drawn.read_text() == (_PAGE.parent / "pictures" / "milk-residuals.svg").read_text()


def test_the_command_writes_tables_into_a_page_and_nothing_else(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(_PAGE.read_text(encoding="utf-8"), encoding="utf-8")
    result = CliRunner().invoke(cli, ["lab", "evaluate", "--batches", "2", "--page", str(page)])
    assert result.exit_code == 0, result.output
    written = page.read_text(encoding="utf-8")
    assert "### Coverage, 2 batches in each condition" in written
    assert re.sub(r"<!-- tables.*end of tables -->", "", written, flags=re.DOTALL) == re.sub(
        r"<!-- tables.*end of tables -->", "", _PAGE.read_text(encoding="utf-8"), flags=re.DOTALL
    )
