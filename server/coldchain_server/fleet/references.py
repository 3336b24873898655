"""What tables of a fleet file call each other: names that must lead somewhere, and probes however they are spelt."""

from collections.abc import Collection, Iterator

from coldchain_contract.errors import BadIdentifier
from coldchain_contract.identifiers import ProbeUrn, probe_urn, urn_of_kernel_name
from coldchain_contract.settings import nearest
from coldchain_server.fleet.file import PlacementTable, SourceTable
from coldchain_server.fleet.source import SourceKind, local_urn

Found = tuple[str, str, str, str]
"""A mistake without its file: key, what was found, what is allowed, the nearest name or nothing."""


def reference(key: str, name: str, names: Collection[str], noun: str) -> Iterator[Found]:
    """Yield a mistake where `name` is none of `names`."""
    if name not in names:
        known = ", ".join(sorted(names)) or f"none: the file has no {noun}"
        yield key, repr(name), f"a {noun} of this file: {known}", nearest(name, names)


def probe_reference(key: str, text: str) -> Iterator[Found]:
    """Yield a mistake where `text` names no probe either way."""
    try:
        named_probe(text)
    except BadIdentifier as error:
        yield key, repr(text[:80]), f"urn:dev:ow:… or the kernel's 28-… ({error})", ""


def named_probe(text: str) -> ProbeUrn:
    """Return the probe that a fleet file names either way; `BadIdentifier` where it is neither."""
    return probe_urn(text) if text.startswith("urn:") else urn_of_kernel_name(text)


def probe_of(placement: PlacementTable, source: SourceTable | None) -> ProbeUrn:
    """Return the probe of a placement; `BadIdentifier` where it is named wrongly.

    Without a name a logger is one probe wherever it is, and a hand another one in each place that it measures.
    """
    if placement.probe is not None:
        return named_probe(placement.probe)
    named = placement.source or ""
    if source is not None and source.kind is SourceKind.LOGGER:
        return local_urn(named)
    return local_urn(named, placement.unit, placement.place.value)
