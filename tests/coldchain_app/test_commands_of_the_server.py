"""The command line of the server: every command is found by its name, and a missing library is named."""

import subprocess
import sys

import click
import pytest

from coldchain_app.cli import COMMANDS, cli

CONTEXT = click.Context(cli)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_found_by_its_name(name: str) -> None:
    found = cli.get_command(CONTEXT, name)
    assert found is not None
    assert found.name == name


def test_a_word_that_is_no_command_imports_nothing() -> None:
    assert cli.get_command(CONTEXT, "__init__") is None


def test_a_library_that_only_one_command_needs_is_named_where_it_is_missing() -> None:
    hide = "import sys; sys.modules['openpyxl'] = None; import coldchain_app.entry as e; e.main()"
    asked = [sys.executable, "-c", hide]
    assert subprocess.run([*asked, "enrol", "--help"], capture_output=True, check=False).returncode == 0
    refused = subprocess.run([*asked, "words", "--help"], capture_output=True, text=True, check=False)
    assert refused.returncode == 3
    assert "needs openpyxl" in refused.stderr
    assert "Traceback" not in refused.stderr
