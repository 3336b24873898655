"""What a fleet file says of guards: names are given once, and what must lie below something does."""

from collections.abc import Iterator

from coldchain_server.fleet.file import ProfileTable
from coldchain_server.fleet.guard_tables import BlendTable, CumulativeTable
from coldchain_server.fleet.references import Found


def guard_mistakes(key: str, profile: ProfileTable) -> Iterator[Found]:
    """Yield what makes no sense in the guards of the profile that stands at `key`."""
    seen: set[str] = set()
    guards: dict[str, CumulativeTable | BlendTable] = {f"{key}.blend": profile.blend} if profile.blend else {}
    for number, one in enumerate(profile.cumulative):
        guards[f"{key}.cumulative[{number}]"] = one
        if one.name in seen:
            yield f"{key}.cumulative[{number}].name", repr(one.name), "each name once in a profile", ""
        seen.add(one.name)
        if one.for_s > one.window_s:
            yield f"{key}.cumulative[{number}].for_s", f"{one.for_s}", f"at most its window_s of {one.window_s}", ""
    for of, guard in guards.items():
        if guard.clear_celsius is not None and guard.clear_celsius > guard.celsius:
            own = f"at or below the limit's own {guard.celsius:g} °C"
            yield f"{of}.clear_celsius", f"{guard.clear_celsius:g}", own, ""
