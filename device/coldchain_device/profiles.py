"""The built-in limit profiles, read from beside the rules."""

from functools import cache
from pathlib import Path

from coldchain_judgement import profiles
from coldchain_judgement.limits import Profile
from coldchain_judgement.profiles import FILE, parse_profiles


@cache
def builtin_profiles() -> dict[str, Profile]:
    """Return every built-in profile, by name."""
    return parse_profiles(Path(profiles.__file__).with_name(FILE).read_text(encoding="utf-8"))
