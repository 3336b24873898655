"""Loading a fleet file: from its text to a `Fleet`, or to every mistake in it at once."""

import tomllib
from collections.abc import Callable, Mapping
from datetime import datetime, time
from importlib.resources import files
from pathlib import Path

from coldchain_contract.clock import milliseconds
from coldchain_contract.identifiers import DeviceId, SiteId, UnitId
from coldchain_contract.settings import BadSettings, Mistake
from coldchain_judgement.limits import Blend, Cooling, Cumulative, Limit, Profile, Trend
from coldchain_judgement.profiles import FILE, parse_profiles
from coldchain_server.fleet.checks import cross_mistakes, plausible
from coldchain_server.fleet.entries import Entries, read_entries
from coldchain_server.fleet.file import (
    CURFEW,
    EVERY_SITE,
    ContactTable,
    LimitTable,
    PlacementTable,
    ProfileTable,
    SiteTable,
    SourceTable,
)
from coldchain_server.fleet.guard_tables import guard_of
from coldchain_server.fleet.model import Contact, Device, EscalationStep, Fleet, Hours, Placement, Site, Unit
from coldchain_server.fleet.references import named_probe, probe_of
from coldchain_server.fleet.source import USUAL, Feed, Source
from coldchain_server.fleet.twice import without_repeats


def load_fleet(path: Path) -> Fleet:
    """Return the fleet of the file at `path`; `BadSettings` carries every mistake, an unreadable file being one.

    Files named in it are sought beside it.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        found = getattr(error, "strerror", None) or "bytes that are not UTF-8"
        raise BadSettings((Mistake(file=str(path), key="", found=found, allowed="a readable TOML file"),)) from error
    return fleet_of_text(text, file=str(path), read_file=lambda name: (path.parent / name).read_text(encoding="utf-8"))


def fleet_of_text(text: str, *, file: str, read_file: Callable[[str], str]) -> Fleet:
    """Return the fleet that a TOML text says; a table given twice is one mistake among the others."""
    data, mistakes = _parsed(text, file=file)
    try:
        fleet = fleet_of(data, file=file, read_file=read_file)
    except BadSettings as bad:
        mistakes += bad.mistakes
    if mistakes:
        raise BadSettings(tuple(mistakes))
    return fleet


def _parsed(text: str, *, file: str) -> tuple[dict[str, object], list[Mistake]]:
    """Return what `text` says and which tables in it came twice; `BadSettings` where it is no TOML even so."""
    try:
        return tomllib.loads(text), []
    except tomllib.TOMLDecodeError as error:
        once, repeats = without_repeats(text, file=file)
        try:
            return tomllib.loads(once), repeats
        except tomllib.TOMLDecodeError:
            syntax = Mistake(file=file, key="", found=str(error), allowed="valid TOML")
            raise BadSettings((*repeats, syntax)) from error


def fleet_of(
    data: Mapping[str, object],
    *,
    file: str,
    read_file: Callable[[str], str],
    builtin: Mapping[str, Profile] | None = None,
) -> Fleet:
    """Return the fleet that parsed TOML says. Pure but for `read_file`; `builtin` are the profiles it may refer to."""
    profiles = builtin_profiles() if builtin is None else builtin
    entries, mistakes = read_entries(data, file=file, read_file=read_file)
    mistakes += cross_mistakes(entries, builtin=profiles.keys(), file=file)
    if mistakes:
        raise BadSettings(tuple(mistakes))
    return _fleet(entries, profiles)


def builtin_profiles() -> dict[str, Profile]:
    """Return the profiles that come with the software."""
    return parse_profiles(files("coldchain_judgement").joinpath(FILE).read_text(encoding="utf-8"))


def _fleet(entries: Entries, builtin: Mapping[str, Profile]) -> Fleet:
    return Fleet(
        sites={SiteId(name): _site(name, site) for name, site in entries.sites.items()},
        units={
            UnitId(name): Unit(
                id=UnitId(name),
                site=SiteId(unit.site),
                name=unit.name,
                kind=unit.kind,
                profile=unit.profile,
                litres=unit.litres,
            )
            for name, unit in entries.units.items()
        },
        devices={
            DeviceId(name): Device(
                id=DeviceId(name), site=SiteId(device.site), report_s=device.report_s, sample_s=device.sample_s
            )
            for name, device in entries.devices.items()
        },
        sources={DeviceId(name): _source(name, source, entries) for name, source in entries.sources.items()},
        placements=tuple(_placement(table, entries) for table in entries.placements.values()),
        contacts=tuple(_contact(name, table, entries) for name, table in entries.contacts.items()),
        profiles={**builtin, **{name: _profile(name, table) for name, table in entries.profiles.items()}},
    )


def _site(name: str, table: SiteTable) -> Site:
    start, end = (table.curfew_from, table.curfew_to) if table.curfew_from or table.curfew else CURFEW
    return Site(
        id=SiteId(name),
        name=table.name,
        zone=table.zone,
        curfew_from=start,
        curfew_to=end,
        quiet=_hours(table.quiet_from, table.quiet_to),
        escalation=tuple(EscalationStep(after_s=step.after_s, contacts=step.contacts) for step in table.escalation),
        heartbeat=table.heartbeat or "",
        collected_at=table.collected_at,
        market_at=table.market_at,
        milked_at=table.milked_at,
        species=table.species,
    )


def _hours(start: time | None, end: time | None) -> Hours | None:
    return None if start is None or end is None else Hours(start=start, end=end)


def _source(name: str, table: SourceTable, entries: Entries) -> Source:
    usual = USUAL[table.kind]
    return Source(
        id=DeviceId(name),
        site=SiteId(table.site),
        kind=table.kind,
        report_s=table.report_s or usual.report_s,
        zone=table.zone or entries.sites[table.site].zone,
        time_field=usual.time_field if table.time_field is None else table.time_field,
        time_unit=table.time_unit or usual.time_unit,
        serial=table.serial or "",
        feeds=tuple(
            Feed(probe=named_probe(feed.probe), topic=feed.topic, field=feed.field or usual.field, unit=feed.unit)
            for feed in table.probes
        ),
    )


def _placement(table: PlacementTable, entries: Entries) -> Placement:
    lowest, highest = plausible(table, entries.units[table.unit])
    return Placement(
        probe=probe_of(table, entries.sources.get(table.source or "")),
        unit=UnitId(table.unit),
        device=DeviceId(table.device or table.source or ""),
        place=table.place,
        lowest_celsius=lowest,
        highest_celsius=highest,
        from_ms=milliseconds(table.from_),
        to_ms=_instant(table.to),
    )


def _instant(at: datetime | None) -> int | None:
    return None if at is None else milliseconds(at)


def _contact(name: str, table: ContactTable, entries: Entries) -> Contact:
    sites = tuple(entries.sites) if EVERY_SITE in table.sites else tuple(dict.fromkeys(table.sites))
    return Contact(
        id=name,
        name=table.name,
        language=table.language.value,
        role=table.role,
        sites=tuple(map(SiteId, sites)),
        channels=table.channels,
        phone=table.phone or "",
        phones=table.phones,
        also_reads=tuple(language.value for language in table.also_reads),
        literate=table.literate,
        shared=table.shared,
        good_news=table.good_news,
        quiet=_hours(table.quiet_from, table.quiet_to),
    )


def _profile(name: str, table: ProfileTable) -> Profile:
    return Profile(
        name=name,
        title=table.title,
        source=table.source,
        limits=tuple(map(_limit, table.limits)),
        cumulative=tuple(guard for one in table.cumulative if (guard := guard_of(one, Cumulative)) is not None),
        cooling=guard_of(table.cooling, Cooling),
        blend=guard_of(table.blend, Blend),
        trend=guard_of(table.trend, Trend),
        silent_after_s=table.silent_after_s,
        fault_after_s=table.fault_after_s,
        held_s=table.held_s,
        raw_milk=table.raw_milk,
    )


def _limit(table: LimitTable) -> Limit:
    return Limit(
        name=table.name,
        side=table.side,
        celsius=table.celsius,
        inclusive=table.inclusive,
        for_s=table.for_s,
        clear_celsius=table.celsius if table.clear_celsius is None else table.clear_celsius,
        clear_for_s=table.clear_for_s,
        level=table.level,
        source=table.source,
    )
