"""Limit profiles as data: from the text of a TOML file to values."""

import tomllib

import msgspec

from coldchain_judgement.limits import Profile

FILE = "profiles.toml"
"""The built-in profiles, beside this module; whoever needs them reads the file, as this package reads none."""


def parse_profiles(text: str) -> dict[str, Profile]:
    """Return a file's profiles by name, one table each; `ValueError` names the table and key that are wrong."""
    profiles = {}
    for name, table in tomllib.loads(text).items():
        try:
            profiles[name] = msgspec.convert({"name": name, **table}, Profile)
        except (msgspec.ValidationError, TypeError) as error:
            raise ValueError(f"limit profile {name!r}: {error}") from error
    return profiles
