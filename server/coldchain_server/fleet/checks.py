"""What a fleet file says as a whole: references lead somewhere, nothing is in two places, limits make sense."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import combinations

from coldchain_contract.errors import BadIdentifier
from coldchain_contract.settings import Mistake
from coldchain_judgement.limits import Side
from coldchain_server.fleet.addresses import fault_of
from coldchain_server.fleet.entries import Entries
from coldchain_server.fleet.file import EVERY_SITE, PLAUSIBLE, PlacementTable, UnitTable
from coldchain_server.fleet.guard_checks import guard_mistakes
from coldchain_server.fleet.references import Found, probe_of, probe_reference, reference
from coldchain_server.fleet.source import SourceKind
from coldchain_server.fleet.source_checks import source_mistakes, teller_mistakes
from coldchain_server.fleet.telling_checks import telling_mistakes


def cross_mistakes(entries: Entries, *, builtin: Collection[str], file: str) -> list[Mistake]:
    """Return every mistake that shows only when tables are seen together; `builtin` names the built-in profiles."""
    checks: tuple[Iterator[Found], ...] = (
        _sites(entries),
        _units(entries, builtin),
        _devices(entries),
        source_mistakes(entries),
        _placements(entries),
        _overlaps(entries),
        _contacts(entries),
        telling_mistakes(entries),
        _profiles(entries, builtin),
    )
    return [
        Mistake(file=file, key=key, found=found, allowed=allowed, near=near)
        for check in checks
        for key, found, allowed, near in check
    ]


def _sites(entries: Entries) -> Iterator[Found]:
    for name, site in entries.sites.items():
        if (site.curfew_from is None) != (site.curfew_to is None):
            given = "curfew_from" if site.curfew_to is None else "curfew_to"
            yield f"sites.{name}.{given}", "half a curfew", "curfew_from and curfew_to together, or neither", ""
        elif site.curfew_from is not None and site.curfew_from == site.curfew_to:
            yield f"sites.{name}.curfew_to", f"{site.curfew_to}", "another time than curfew_from", ""
        elif site.curfew_from is not None and site.curfew is not None:
            yield f"sites.{name}.curfew", "none, beside curfew_from", "one of both", ""


def _units(entries: Entries, builtin: Collection[str]) -> Iterator[Found]:
    profiles = entries.named["profiles"] | set(builtin)
    for name, unit in entries.units.items():
        yield from reference(f"units.{name}.site", unit.site, entries.named["sites"], "site")
        yield from reference(f"units.{name}.profile", unit.profile, profiles, "profile, built in or")


def _devices(entries: Entries) -> Iterator[Found]:
    for name, device in entries.devices.items():
        yield from reference(f"devices.{name}.site", device.site, entries.named["sites"], "site")
        if device.report_s < device.sample_s:
            yield f"devices.{name}.report_s", str(device.report_s), f"at least sample_s ({device.sample_s} s)", ""


def _placements(entries: Entries) -> Iterator[Found]:
    for number, placement in entries.placements.items():
        key = f"placements[{number}]"
        yield from reference(f"{key}.unit", placement.unit, entries.named["units"], "unit")
        yield from teller_mistakes(key, placement, entries)
        if placement.probe is not None:
            yield from probe_reference(f"{key}.probe", placement.probe)
        if placement.to is not None and placement.to <= placement.from_:
            yield f"{key}.to", f"{placement.to}", f"an instant after from ({placement.from_})", ""
        yield from _range(key, placement, entries.units.get(placement.unit))


def _range(key: str, placement: PlacementTable, unit: UnitTable | None) -> Iterator[Found]:
    lowest, highest = plausible(placement, unit)
    if lowest >= highest:
        given = "highest_celsius" if placement.highest_celsius is not None else "lowest_celsius"
        yield f"{key}.{given}", f"a range from {lowest:g} to {highest:g} °C", "a lowest below the highest", ""


def plausible(placement: PlacementTable, unit: UnitTable | None) -> tuple[float, float]:
    """Return the lowest and highest plausible value, °C: as the placement says, else by the unit's kind."""
    lowest, highest = PLAUSIBLE[unit.kind] if unit else (-55.0, 125.0)
    return (
        lowest if placement.lowest_celsius is None else placement.lowest_celsius,
        highest if placement.highest_celsius is None else placement.highest_celsius,
    )


def _overlaps(entries: Entries) -> Iterator[Found]:
    for first, second in _alike(entries):
        one, other = entries.placements[first], entries.placements[second]
        if not _overlap(one, other):
            continue
        key, since = f"placements[{second}].from", f"from {other.from_}, while placements[{first}] still holds"
        if _probe_key(one, entries) == _probe_key(other, entries):
            yield (
                key,
                f"{other.probe or other.source} {since}",
                "a probe in one place at a time: end the earlier with `to`",
                "",
            )
        else:
            found = f"a second probe in {other.place.value} of {other.unit} {since}"
            yield key, found, "one probe at a time in one place: end the earlier with `to`", ""


def _alike(entries: Entries) -> list[tuple[int, int]]:
    """Return the pairs of placements that are of one probe or in one place, in the order of the file.

    Comparing all with all would take minutes for ten thousand of them.
    """
    groups: dict[object, list[int]] = defaultdict(list)
    for number, placement in entries.placements.items():
        groups[_probe_key(placement, entries)].append(number)
        groups[placement.unit, placement.place, _live(placement, entries)].append(number)
    return sorted({pair for numbers in groups.values() for pair in combinations(numbers, 2)})


def _probe_key(placement: PlacementTable, entries: Entries) -> str:
    try:
        return probe_of(placement, entries.sources.get(placement.source or ""))
    except BadIdentifier:
        return placement.probe or ""


def _live(placement: PlacementTable, entries: Entries) -> SourceKind | None:
    """Return what keeps two in one place apart: a logger or a hand beside a live probe is no second one."""
    source = entries.sources.get(placement.source or "")
    return None if source is None or source.kind.live else source.kind


def _overlap(one: PlacementTable, other: PlacementTable) -> bool:
    return _before(one.from_, other.to) and _before(other.from_, one.to)


def _before(start: datetime, end: datetime | None) -> bool:
    return end is None or start < end


def _contacts(entries: Entries) -> Iterator[Found]:
    senders: dict[str, str] = {}
    for name, contact in entries.contacts.items():
        for phone in filter(None, (contact.phone, *contact.phones)):
            if (other := senders.setdefault(phone, name)) != name:
                key = f"contacts.{name}.{'phone' if phone == contact.phone else 'phones'}"
                yield key, "a number given before", f"each number once; {other!r} has it", ""
        for number, site in enumerate(contact.sites):
            if site != EVERY_SITE:
                yield from reference(f"contacts.{name}.sites[{number}]", site, entries.named["sites"], "site")
        if not contact.channels and contact.channels_file is None:
            yield f"contacts.{name}.channels", "none", "at least one Apprise address or console:", ""
        for number, address in enumerate(contact.channels):
            if fault := fault_of(address):
                allowed = "an Apprise address such as mailto://user:password@host, gammu:+NUMBER, or console:"
                yield f"contacts.{name}.channels[{number}]", fault[0], allowed, fault[1]
            elif address in contact.channels[:number]:
                yield f"contacts.{name}.channels[{number}]", "an address given before", "each address once", ""


def _profiles(entries: Entries, builtin: Collection[str]) -> Iterator[Found]:
    for name, profile in entries.profiles.items():
        if name in builtin:
            yield f"profiles.{name}", "a built-in profile's name", "a name of its own", ""
        seen: set[str] = set()
        for number, limit in enumerate(profile.limits):
            key = f"profiles.{name}.limits[{number}]"
            if limit.name in seen:
                yield f"{key}.name", repr(limit.name), "each name once in a profile", ""
            seen.add(limit.name)
            clear = limit.celsius if limit.clear_celsius is None else limit.clear_celsius
            if clear > limit.celsius if limit.side is Side.ABOVE else clear < limit.celsius:
                side = "at or below" if limit.side is Side.ABOVE else "at or above"
                yield f"{key}.clear_celsius", f"{clear:g}", f"{side} the limit's own {limit.celsius:g} °C", ""
        yield from guard_mistakes(f"profiles.{name}", profile)
