"""The page on judging names every rule, profile, reason to resolve and state there is."""

from importlib.resources import files
from pathlib import Path

import pytest

from coldchain_judgement import capacity
from coldchain_judgement.profiles import FILE, parse_profiles
from coldchain_judgement.rules import (
    beyond,
    blend,
    cumulative,
    fault,
    gap,
    jump,
    power,
    silent,
    stuck,
    time_left,
    too_small,
    trend,
)
from coldchain_server.incidents.table import State

PAGE = (Path(__file__).parents[2] / "docs" / "judging.md").read_text(encoding="utf-8")
PROFILES = parse_profiles(files("coldchain_judgement").joinpath(FILE).read_text(encoding="utf-8"))


RULES = [
    f"{beyond.PREFIX}NAME",
    f"{cumulative.PREFIX}NAME",
    *(rule.NAME for rule in (blend, fault, gap, jump, power, silent, stuck, time_left, too_small, trend)),
]


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_on_the_page(rule: str) -> None:
    assert f"`{rule}`" in PAGE


def test_the_page_has_every_rule_there_is() -> None:
    folder = files("coldchain_judgement").joinpath("rules")
    modules = {one.name.removesuffix(".py") for one in folder.iterdir() if one.name.endswith(".py")}
    assert len(modules - {"__init__", "fill", "lasting"}) == len(RULES)


def test_the_patience_on_the_page_is_that_of_the_code() -> None:
    cold, cool, *warm = (seconds / 3600 for seconds in capacity.FIRST_PATIENCE_S)
    assert f"| below 10 °C | {cold:g} h |" in PAGE
    assert f"| 10 to 20 °C | {cool:g} h |" in PAGE
    assert {f"| 20 °C and above | {hours:g} h |" in PAGE for hours in warm} == {True}
    assert f"{capacity.SHORTEST_PATIENCE_S // 3600} h to {capacity.LONGEST_PATIENCE_S // 3600} h |" in PAGE


@pytest.mark.parametrize("profile", sorted(PROFILES))
def test_every_built_in_profile_is_on_the_page(profile: str) -> None:
    assert f"| `{profile}` |" in PAGE


@pytest.mark.parametrize("state", State)
def test_every_state_of_an_incident_is_on_the_page(state: State) -> None:
    assert f" {state.value} |" in PAGE
