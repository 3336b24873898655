"""Limit profiles: those that come with the software hold what law and practice say, and mistakes are named."""

from importlib.resources import files

import pytest

from coldchain_judgement.errors import BadProfiles
from coldchain_judgement.limits import Level, Limit, Profile, Side
from coldchain_judgement.profiles import FILE, parse_profiles

BUILTIN = parse_profiles(files("coldchain_judgement").joinpath(FILE).read_text(encoding="utf-8"))
ALL = [(profile, limit) for profile in BUILTIN.values() for limit in profile.limits]


def limit_of(profile: str, name: str) -> Limit:
    return next(limit for limit in BUILTIN[profile].limits if limit.name == name)


def test_the_profiles_that_come_with_the_software_are_these() -> None:
    raw = {"daily", "non-daily", "pmo", "transport"}
    assert set(BUILTIN) == raw | {"pasteurised", "fermented", "hot-pasteuriser", "vaccine"}
    assert all(name == profile.name and profile.title for name, profile in BUILTIN.items())


@pytest.mark.parametrize(
    ("profile", "celsius"), [("daily", 8.0), ("non-daily", 6.0), ("pmo", 7.0), ("pasteurised", 8.0), ("transport", 10)]
)
def test_a_law_that_says_not_above_is_broken_by_more_and_not_by_its_own_number(profile: str, celsius: float) -> None:
    high = limit_of(profile, "high")
    assert (high.celsius, high.inclusive, high.level) == (celsius, False, Level.CRITICAL)
    assert not high.crossed_by(celsius)
    assert high.crossed_by(celsius + 0.0625)


def test_raw_milk_is_judged_as_was_decided() -> None:
    for profile, line in (("daily", 8.0), ("non-daily", 6.0)):
        assert [
            (limit.side, limit.celsius, limit.inclusive, limit.for_s, limit.level) for limit in BUILTIN[profile].limits
        ] == [
            (Side.ABOVE, line, False, 3600, Level.WARNING),
            (Side.ABOVE, line, False, 7200, Level.CRITICAL),
            (Side.ABOVE, 10.0, True, 1800, Level.CRITICAL),
            (Side.BELOW, 0.5, True, 3600, Level.WARNING),
            (Side.BELOW, 0.0, True, 3600, Level.CRITICAL),
        ]


def test_a_hot_pasteuriser_has_no_cold_limits_but_is_still_heard() -> None:
    hot = BUILTIN["hot-pasteuriser"]
    assert hot.limits == ()
    assert hot.silent_after_s == 1800


@pytest.mark.parametrize(("profile", "limit"), ALL, ids=lambda one: one.name)
def test_every_limit_says_its_source_and_clears_half_a_degree_on_the_good_side(profile: Profile, limit: Limit) -> None:
    assert limit.source
    assert abs(limit.clear_celsius - limit.celsius) == 0.5
    assert limit.cleared_by(limit.clear_celsius)
    assert not limit.crossed_by(limit.clear_celsius)


GOOD = """
[own]
title = "Ours"
source = "us"
[[own.limits]]
name = "high"
side = "above"
celsius = 8.0
inclusive = false
for_s = 60
clear_celsius = 7.5
clear_for_s = 60
level = "warning"
source = "us"
"""


def test_a_text_in_the_agreed_form_is_read() -> None:
    assert parse_profiles(GOOD)["own"].limits[0].celsius == 8.0


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("celsius = 8.0\n", "celsius = 'warm'\n", r"'own'.*limits\[0\].celsius"),
        ('side = "above"', 'side = "over"', r"'own'.*over.*limits\[0\].side"),
        ("for_s = 60\nclear_celsius", "clear_celsius", "'own'.*missing.*for_s"),
        ("for_s = 60\nclear_celsius", "for_s = -1\nclear_celsius", "'high'.*'own'.*for_s.*0 or more"),
        ("clear_celsius = 7.5", "clear_celsius = 9", "'high'.*'own'.*clear_celsius 9 must lie at or below 8"),
        ('title = "Ours"', 'title = "Ours"\ncolour = "red"', "'own'.*colour"),
        ("[own]", "own", "line 2"),
        ("[own]", "loose = 3\n[own]", "'loose' must be a table"),
        ("[[own.limits]]", "[[own.limits]]\n" + GOOD.split("[[own.limits]]\n")[1] + "[[own.limits]]", "'own'.*high"),
    ],
)
def test_a_mistake_in_a_profile_is_named(old: str, new: str, named: str) -> None:
    assert old in GOOD
    with pytest.raises(BadProfiles, match=named):
        parse_profiles(GOOD.replace(old, new, 1))
