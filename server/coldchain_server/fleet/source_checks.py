"""What a fleet file says of sources as a whole: each can be read, and no two speak of one thing."""

from collections.abc import Iterator

from coldchain_contract.errors import BadIdentifier
from coldchain_contract.topics import ROOT
from coldchain_server.fleet.entries import Entries
from coldchain_server.fleet.file import FeedTable, PlacementTable, SourceTable
from coldchain_server.fleet.references import Found, named_probe, probe_reference, reference
from coldchain_server.fleet.source import USUAL, SourceKind


def source_mistakes(entries: Entries) -> Iterator[Found]:
    """Yield every mistake in the sources themselves."""
    for name, source in entries.sources.items():
        key = f"sources.{name}"
        yield from reference(f"{key}.site", source.site, entries.named["sites"], "site")
        if name in entries.named["devices"]:
            yield key, "the ID of a device", "an ID that no device has", ""
        yield from _settings(key, source)
        for number, feed in enumerate(source.probes):
            yield from _feed(f"{key}.probes[{number}]", feed, source.kind)
    yield from _twice(entries)


def teller_mistakes(key: str, placement: PlacementTable, entries: Entries) -> Iterator[Found]:
    """Yield every mistake in who tells what the probe of a placement measures."""
    if (placement.device is None) == (placement.source is None):
        found = "neither a device nor a source" if placement.device is None else "both a device and a source"
        yield f"{key}.device", found, "either `device` or `source`", ""
        return
    if placement.device is not None:
        yield from reference(f"{key}.device", placement.device, entries.named["devices"], "device")
        if placement.probe is None:
            yield f"{key}.probe", "none", "the probe that the device reads", ""
        device = entries.devices.get(placement.device)
        yield from _site(f"{key}.device", placement.device, device.site if device else None, placement, entries)
    else:
        yield from _source(key, placement, entries)


def _source(key: str, placement: PlacementTable, entries: Entries) -> Iterator[Found]:
    name = placement.source or ""
    yield from reference(f"{key}.source", name, entries.named["sources"], "source")
    source = entries.sources.get(name)
    if source is None:
        return
    yield from _site(f"{key}.source", name, source.site, placement, entries)
    if not source.kind.live:
        return
    known = [feed.probe for feed in source.probes]
    if placement.probe is None:
        yield f"{key}.probe", "none", f"a probe of source {name!r}: {', '.join(known)}", ""
    elif _key_of(placement.probe) not in map(_key_of, known):
        yield f"{key}.probe", repr(placement.probe[:80]), f"a probe of source {name!r}: {', '.join(known)}", ""


def _site(key: str, name: str, site: str | None, placement: PlacementTable, entries: Entries) -> Iterator[Found]:
    unit = entries.units.get(placement.unit)
    if unit and site is not None and unit.site != site and {unit.site, site} <= entries.named["sites"]:
        noun = key.rpartition(".")[2]
        yield key, f"{name!r} of site {site!r}", f"a {noun} of site {unit.site!r}, where {placement.unit!r} stands", ""


def _settings(key: str, source: SourceTable) -> Iterator[Found]:
    """Yield every key that a source of this kind must have or cannot have."""
    kind = source.kind.value
    if source.kind.live and not source.probes:
        yield f"{key}.probes", "none", f"at least one value that a {kind} source publishes", ""
    if not source.kind.live and source.probes:
        yield f"{key}.probes", "values", f"none: a {kind} source publishes nothing", ""
    if source.serial is not None and source.kind is not SourceKind.LOGGER:
        yield f"{key}.serial", repr(source.serial), "only with a logger", ""
    if source.kind.live and source.kind is not SourceKind.ESPHOME:
        return
    for name in ("time_field", "time_unit"):
        if getattr(source, name) is not None:
            yield f"{key}.{name}", "a time", f"nothing: a {kind} source sends none", ""


def _feed(key: str, feed: FeedTable, kind: SourceKind) -> Iterator[Found]:
    yield from probe_reference(f"{key}.probe", feed.probe)
    if set(feed.topic) & set("+#\0") or feed.topic.startswith("$"):
        yield f"{key}.topic", repr(feed.topic), "one whole topic, without +, # or a leading $", ""
    elif feed.topic.split("/")[0] == ROOT:
        yield f"{key}.topic", repr(feed.topic), f"a topic outside {ROOT}/, which belongs to devices", ""
    if kind is SourceKind.ESPHOME and feed.field:
        yield f"{key}.field", repr(feed.field), "nothing: the whole message is the number", ""
    elif kind is not SourceKind.ESPHOME and not (USUAL[kind].field if feed.field is None else feed.field):
        yield f"{key}.field", "none", "where in the message the temperature is, such as sensor.temperature", ""


def _twice(entries: Entries) -> Iterator[Found]:
    """Yield what two sources, or one twice, claim: a topic, a value in a message, a probe."""
    owners: dict[str, str] = {}
    values: set[tuple[str, str]] = set()
    probes: set[str] = set()
    for name, source in entries.sources.items():
        for number, feed in enumerate(source.probes):
            key = f"sources.{name}.probes[{number}]"
            owner = owners.setdefault(feed.topic, name)
            value = (feed.topic, feed.field or USUAL[source.kind].field)
            if owner != name:
                yield f"{key}.topic", repr(feed.topic), f"each topic in one source; {owner!r} has it", ""
            elif value in values:
                yield f"{key}.field", f"{value[1]!r} of {value[0]!r} again", "each value once", ""
            if _key_of(feed.probe) in probes:
                yield f"{key}.probe", repr(feed.probe), "each probe in one place of the sources", ""
            values.add(value)
            probes.add(_key_of(feed.probe))


def _key_of(text: str) -> str:
    try:
        return named_probe(text)
    except BadIdentifier:
        return text
