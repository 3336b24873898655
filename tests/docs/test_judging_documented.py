"""The page on judging names every rule, profile, reason to resolve and state there is."""

from importlib.resources import files
from pathlib import Path

import pytest

from coldchain_judgement.profiles import FILE, parse_profiles
from coldchain_judgement.rules import beyond, fault, silent
from coldchain_server.incidents.table import State

PAGE = (Path(__file__).parents[2] / "docs" / "judging.md").read_text(encoding="utf-8")
PROFILES = parse_profiles(files("coldchain_judgement").joinpath(FILE).read_text(encoding="utf-8"))


@pytest.mark.parametrize("rule", [f"{beyond.PREFIX}NAME", fault.NAME, silent.NAME])
def test_every_rule_is_on_the_page(rule: str) -> None:
    assert f"`{rule}`" in PAGE


@pytest.mark.parametrize("profile", sorted(PROFILES))
def test_every_built_in_profile_is_on_the_page(profile: str) -> None:
    assert f"| `{profile}` |" in PAGE


@pytest.mark.parametrize("state", State)
def test_every_state_of_an_incident_is_on_the_page(state: State) -> None:
    assert f" {state.value} |" in PAGE
