"""The built-in limit profiles, read from beside the rules."""

from functools import cache
from importlib.resources import files

from coldchain_judgement.limits import Profile
from coldchain_judgement.profiles import FILE, parse_profiles


@cache
def builtin_profiles() -> dict[str, Profile]:
    """Return every built-in profile, by name."""
    return parse_profiles(files("coldchain_judgement").joinpath(FILE).read_text(encoding="utf-8"))
