"""The identity of readings that come without an outbox: the same each time the same reading is told."""

from uuid import UUID, uuid5

from coldchain_contract.identifiers import DeviceId, ProbeUrn
from coldchain_contract.pack import Pack
from coldchain_contract.readings import Reading
from coldchain_contract.sequences import Sequences

_NAMESPACE = UUID("7c1d8c1e-5b8f-4f0b-9b4e-3a6f0d2c9e51")


def outbox_of(source: DeviceId, probe: ProbeUrn) -> UUID:
    """Return the outbox that stands for one probe of a source."""
    return uuid5(_NAMESPACE, f"{source}/{probe}")


def pack_of(source: DeviceId, reading: Reading, *, number: int | None = None) -> Pack:
    """Return a pack of one reading: its number in its probe's outbox is its instant, where nothing else is given."""
    number = reading.at_ms if number is None else number
    outbox = outbox_of(source, reading.probe)
    return Pack(outbox=outbox, sequences=Sequences.span(number, number), readings=(reading,))
