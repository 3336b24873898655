"""Limit profiles as data: from the text of a TOML file to values."""

import tomllib
from collections import Counter

import msgspec

from coldchain_judgement.errors import BadProfiles
from coldchain_judgement.limits import Limit, Profile, Side

FILE = "profiles.toml"
"""The built-in profiles, beside this module; whoever needs them reads the file, as this package reads none."""


def parse_profiles(text: str) -> dict[str, Profile]:
    """Return the profiles of a TOML text, one table each, by name.

    `BadProfiles` names the table and key that are wrong, or the limit that contradicts itself.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadProfiles(f"limit profiles: {error}") from error
    return {name: profile_of(name, table) for name, table in tables.items()}


def profile_of(name: str, table: object) -> Profile:
    """Return the profile of one table; raises `BadProfiles` as `parse_profiles` does."""
    if not isinstance(table, dict):
        raise BadProfiles(f"limit profile {name!r} must be a table such as [{name}]")
    try:
        profile = msgspec.convert({**table, "name": name}, Profile)
    except msgspec.ValidationError as error:
        raise BadProfiles(f"limit profile {name!r}: {error}") from error
    for limit in profile.limits:
        _check(profile, limit)
    twice = [limit for limit, times in Counter(limit.name for limit in profile.limits).items() if times > 1]
    if twice:
        raise BadProfiles(f"limit profile {name!r}: each limit has a name of its own, unlike {', '.join(twice)}")
    return profile


def _check(profile: Profile, limit: Limit) -> None:
    where = f"limit {limit.name!r} of profile {profile.name!r}"
    if limit.for_s < 0 or limit.clear_for_s < 0:
        raise BadProfiles(f"{where}: for_s and clear_for_s must be 0 or more")
    wrong = limit.clear_celsius > limit.celsius if limit.side is Side.ABOVE else limit.clear_celsius < limit.celsius
    if wrong:
        good = "at or below" if limit.side is Side.ABOVE else "at or above"
        raise BadProfiles(f"{where}: clear_celsius {limit.clear_celsius:g} must lie {good} {limit.celsius:g}")
