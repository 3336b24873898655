"""Writing a fleet down: the TOML file that would load as this fleet, its channels' secrets masked on wish."""

from collections.abc import Mapping

from coldchain_contract.clock import utc
from coldchain_contract.settings import effective
from coldchain_judgement.limits import Limit, Profile
from coldchain_server.fleet.addresses import CONSOLE, kind_of
from coldchain_server.fleet.file import (
    ContactTable,
    Curfew,
    DeviceTable,
    FeedTable,
    FleetFile,
    Language,
    LimitTable,
    PlacementTable,
    ProfileTable,
    SiteTable,
    SourceTable,
    StepTable,
    UnitTable,
)
from coldchain_server.fleet.guard_tables import BlendTable, CoolingTable, CumulativeTable, TrendTable, table_of
from coldchain_server.fleet.model import Contact, Fleet, Placement, Site
from coldchain_server.fleet.source import Source, SourceKind


def fleet_text(fleet: Fleet, *, builtin: Mapping[str, Profile], masked: bool = False) -> str:
    """Return `fleet` as the text of a fleet file; profiles in `builtin` need no mention.

    With `masked`, of each channel's address only the kind shows and no phone number, and the text is to read, not to
    load.
    """
    return effective(
        FleetFile(
            sites={site.id: _site(site) for site in fleet.sites.values()},
            units={
                unit.id: UnitTable(
                    site=unit.site, name=unit.name, kind=unit.kind, profile=unit.profile, litres=unit.litres
                )
                for unit in fleet.units.values()
            },
            devices={
                device.id: DeviceTable(site=device.site, sample_s=device.sample_s, report_s=device.report_s)
                for device in fleet.devices.values()
            },
            sources={source.id: _source(source) for source in fleet.sources.values()},
            placements=tuple(_placement(placement, fleet) for placement in fleet.placements),
            contacts={contact.id: _contact(contact, masked=masked) for contact in fleet.contacts},
            profiles={name: _profile(one) for name, one in fleet.profiles.items() if name not in builtin},
        )
    )


def _site(site: Site) -> SiteTable:
    return SiteTable(
        name=site.name,
        zone=site.zone,
        curfew_from=site.curfew_from,
        curfew_to=site.curfew_to,
        curfew=Curfew.NONE if site.curfew_from is None else None,
        quiet_from=site.quiet.start if site.quiet else None,
        quiet_to=site.quiet.end if site.quiet else None,
        heartbeat=site.heartbeat or None,
        escalation=tuple(StepTable(after_s=step.after_s, contacts=step.contacts) for step in site.escalation),
        collected_at=site.collected_at,
        market_at=site.market_at,
        milked_at=site.milked_at,
        species=site.species,
    )


def profiles_text(profiles: Mapping[str, Profile]) -> str:
    """Return `profiles` as a text of profiles alone, one table each."""
    return effective({name: _profile(one) for name, one in profiles.items()})


def _source(source: Source) -> SourceTable:
    return SourceTable(
        site=source.site,
        kind=source.kind,
        report_s=source.report_s,
        zone=source.zone,
        time_field=source.time_field if source.live and source.kind is not SourceKind.ESPHOME else None,
        time_unit=source.time_unit if source.live and source.kind is not SourceKind.ESPHOME else None,
        serial=source.serial or None,
        probes=tuple(
            FeedTable(probe=feed.probe, topic=feed.topic, field=feed.field or None, unit=feed.unit)
            for feed in source.feeds
        ),
    )


def _placement(placement: Placement, fleet: Fleet) -> PlacementTable:
    told = placement.device in fleet.sources
    return PlacementTable(
        probe=placement.probe,
        unit=placement.unit,
        device=None if told else placement.device,
        source=placement.device if told else None,
        place=placement.place,
        from_=utc(placement.from_ms),
        to=None if placement.to_ms is None else utc(placement.to_ms),
        lowest_celsius=placement.lowest_celsius,
        highest_celsius=placement.highest_celsius,
    )


def _contact(contact: Contact, *, masked: bool) -> ContactTable:
    return ContactTable(
        name=contact.name,
        language=Language(contact.language),
        role=contact.role,
        sites=contact.sites,
        channels=tuple(map(_masked, contact.channels)) if masked else contact.channels,
        phone=None if masked else contact.phone or None,
        phones=() if masked else contact.phones,
        also_reads=tuple(map(Language, contact.also_reads)),
        literate=contact.literate,
        shared=contact.shared,
        good_news=contact.good_news,
        quiet_from=contact.quiet.start if contact.quiet else None,
        quiet_to=contact.quiet.end if contact.quiet else None,
    )


def _masked(address: str) -> str:
    kind = kind_of(address)
    return f"{CONSOLE}:" if kind == CONSOLE else f"{kind}://********"


def _profile(profile: Profile) -> ProfileTable:
    return ProfileTable(
        title=profile.title,
        source=profile.source,
        limits=tuple(map(_limit, profile.limits)),
        cumulative=tuple(table for one in profile.cumulative if (table := table_of(one, CumulativeTable)) is not None),
        cooling=table_of(profile.cooling, CoolingTable),
        blend=table_of(profile.blend, BlendTable),
        trend=table_of(profile.trend, TrendTable),
        silent_after_s=profile.silent_after_s,
        fault_after_s=profile.fault_after_s,
        held_s=profile.held_s,
        raw_milk=profile.raw_milk,
    )


def _limit(limit: Limit) -> LimitTable:
    return LimitTable(
        name=limit.name,
        side=limit.side,
        celsius=limit.celsius,
        level=limit.level,
        source=limit.source,
        inclusive=limit.inclusive,
        for_s=limit.for_s,
        clear_celsius=limit.clear_celsius,
        clear_for_s=limit.clear_for_s,
    )
