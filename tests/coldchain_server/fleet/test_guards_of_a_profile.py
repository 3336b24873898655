"""A profile of one's own may hold every kind of limit: it is read, written down again, and its mistakes are named."""

import tomllib

import pytest

from coldchain_contract.settings import BadSettings
from coldchain_judgement.limits import Blend, Cooling, Cumulative, Level, Trend
from coldchain_server.fleet.load import builtin_profiles, fleet_of, fleet_of_text
from coldchain_server.fleet.write import fleet_text

PROFILE = """
[profiles.own]
title = "Ours"
source = "us"

[[profiles.own.cumulative]]
name = "warm"
celsius = 10.0
level = "critical"
source = "us"
for_s = 14400
window_s = 86400

[profiles.own.cooling]
celsius = 10.0
for_s = 14400
source = "us"

[profiles.own.blend]
celsius = 10.0
level = "warning"
source = "us"
clear_celsius = 9.0

[profiles.own.trend]
celsius = 5.0
rise_celsius = 1.5
level = "warning"
source = "us"
"""


def no_file(name: str) -> str:
    raise AssertionError(name)


def mistakes(text: str) -> str:
    with pytest.raises(BadSettings) as found:
        fleet_of_text(text, file="fleet.toml", read_file=no_file)
    return str(found.value)


def test_every_kind_of_limit_is_read() -> None:
    own = fleet_of(tomllib.loads(PROFILE), file="fleet.toml", read_file=no_file).profiles["own"]
    warm = Cumulative(
        name="warm",
        celsius=10.0,
        inclusive=False,
        for_s=14400,
        window_s=86400,
        clear_celsius=10.0,
        clear_for_s=0,
        level=Level.CRITICAL,
        source="us",
    )
    assert own.cumulative == (warm,)
    assert own.cooling == Cooling(celsius=10.0, for_s=14400, longest_s=129_600, source="us")
    assert isinstance(own.blend, Blend)
    assert (own.blend.clear_celsius, own.blend.for_s) == (9.0, 900)
    assert own.trend == Trend(
        celsius=5.0, rise_celsius=1.5, window_s=7200, clear_for_s=1200, level=Level.WARNING, source="us"
    )


def test_what_was_read_is_written_down_the_same() -> None:
    fleet = fleet_of(tomllib.loads(PROFILE), file="fleet.toml", read_file=no_file)
    text = fleet_text(fleet, builtin=builtin_profiles())
    assert fleet_of(tomllib.loads(text), file="fleet.toml", read_file=no_file).profiles == fleet.profiles


def test_a_profile_without_guards_has_none() -> None:
    text = PROFILE.split("[[profiles.own.cumulative]]", maxsplit=1)[0]
    own = fleet_of(tomllib.loads(text), file="fleet.toml", read_file=no_file).profiles["own"]
    assert (own.cumulative, own.cooling, own.blend, own.trend) == ((), None, None, None)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("clear_celsius = 9.0", "clear_celsius = 11.0", "profiles.own.blend.clear_celsius"),
        ("for_s = 14400\nwindow_s", "clear_celsius = 12.0\nfor_s = 14400\nwindow_s", "cumulative[0].clear_celsius"),
        ("window_s = 86400", "window_s = 3600", "profiles.own.cumulative[0].for_s"),
        ("rise_celsius = 1.5", "rise_celsius = 0", "profiles.own.trend.rise_celsius"),
        ("[profiles.own.trend]", "[profiles.own.slope]", "profiles.own.slope"),
        (
            "[profiles.own.cooling]",
            PROFILE.split("\n\n")[1] + "\n[profiles.own.cooling]",
            "profiles.own.cumulative[1].name",
        ),
    ],
)
def test_a_mistake_in_a_guard_is_named(old: str, new: str, key: str) -> None:
    assert old in PROFILE
    assert key in mistakes(PROFILE.replace(old, new, 1))
