"""The pack: one MQTT message of readings, as SenML JSON, compressed when that makes it smaller."""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from uuid import UUID

import msgspec

from coldchain_contract import senml, wire
from coldchain_contract.compression import compress, expand
from coldchain_contract.errors import BadIdentifier, BadPack, BadRecord, BadSequences, PackTooLarge
from coldchain_contract.identifiers import ProbeUrn, probe_urn
from coldchain_contract.readings import Quality, Quantity, Reading
from coldchain_contract.sequences import Sequences
from coldchain_contract.wire import OUTBOX, UNCERTAINTY, Values, Wire

LARGEST_WIRE_BYTES = 16 * 1024
LARGEST_EXPANDED_BYTES = 256 * 1024
MOST_READINGS = 4096
MOST_PROBES = 256
EARLIEST_MS = (senml.RELATIVE_BELOW_S + 1) * 1000
"""1978-07-04T21:24:17Z. SenML takes what is a second earlier as relative to now, and a sum of doubles is not exact."""
LATEST_MS = 253_402_300_799_000
"""The last second of the year 9999."""
LONGEST_AGO_MS = 31 * 86_400_000
"""How far before its sending a reading may lie that is dated by the sending."""

_SECOND = "s"
_ONE_WIRE, _ANY_DEVICE = "urn:dev:ow:", "urn:dev:"
_FAULTS = {quality.value: quality for quality in Quality if quality is not Quality.OK}
_QUANTITIES = {quantity.senml_unit: quantity for quantity in Quantity}


class Pack(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Readings of one outbox: the i-th reading has the i-th number of `sequences`.

    `uncertainty_ms` bounds how far the instants may be from the truth; 0 is a clock that was trusted. Where the pack
    is `relative`, its device does not know the time: instants are milliseconds from the sending on, 0 or negative.
    Such a pack is for showing and alarming; the same readings come again once they are dated.
    """

    outbox: UUID
    sequences: Sequences
    readings: tuple[Reading, ...]
    uncertainty_ms: int = 0
    relative: bool = False

    def dated(self, sent_ms: int) -> "Pack":
        """Return a relative pack as it is where it was sent at `sent_ms`; any other pack as it is."""
        if not self.relative:
            return self
        readings = (msgspec.structs.replace(one, at_ms=sent_ms + one.at_ms) for one in self.readings)
        return msgspec.structs.replace(self, readings=tuple(readings), relative=False)


def encode_pack(pack: Pack) -> bytes:
    """Return the one wire form of `pack`.

    `PackTooLarge` names the limit it exceeds; `BadPack` where numbers and readings differ in count or an instant
    cannot be written.
    """
    _check_counts(pack)
    plain = wire.written(_wire_records(pack))
    if len(plain) > LARGEST_EXPANDED_BYTES:
        raise PackTooLarge(f"a pack of {len(plain)} bytes before compression is over {LARGEST_EXPANDED_BYTES}")
    payload = compress(plain)
    if len(payload) > LARGEST_WIRE_BYTES:
        raise PackTooLarge(f"a pack of {len(payload)} bytes is over {LARGEST_WIRE_BYTES}")
    return payload


def decode_pack(payload: bytes) -> Pack:
    """Read a pack from the wire.

    Raises `BadCompression`, `BadSenml`, `BadPack` or a kind of one of them, each naming the rule that is broken.
    Whatever the payload, at most `LARGEST_EXPANDED_BYTES` are ever expanded.
    """
    if len(payload) > LARGEST_WIRE_BYTES:
        raise PackTooLarge(f"a pack of {len(payload)} bytes is over {LARGEST_WIRE_BYTES}")
    plain = expand(payload, limit=LARGEST_EXPANDED_BYTES)
    try:
        values = wire.only_values(plain)
        pack = _pack_of_values(values) if values else _read(wire.canonical(plain) or wire.any_senml(plain))
    except (BadIdentifier, BadSequences) as error:
        raise BadPack(str(error)) from error
    _check_counts(pack)
    return pack


def _check_counts(pack: Pack) -> None:
    count = len(pack.readings)
    if not count:
        raise BadPack("a pack has at least one reading")
    if count > MOST_READINGS:
        raise PackTooLarge(f"a pack of {count} readings is over {MOST_READINGS}")
    if len(pack.sequences) != count:
        raise BadPack(f"{len(pack.sequences)} sequence numbers for {count} readings")
    if count > MOST_PROBES and (probes := len({reading.probe for reading in pack.readings})) > MOST_PROBES:
        raise PackTooLarge(f"a pack of {probes} probes is over {MOST_PROBES}")
    if not 0 <= pack.uncertainty_ms <= LATEST_MS:
        raise BadPack(f"uncertainty of {pack.uncertainty_ms} ms is not within 0 to {LATEST_MS}")
    if pack.relative and pack.uncertainty_ms:
        raise BadPack("instants relative to the sending have no bounds: an uncertainty says more than is known")


def _wire_records(pack: Pack) -> list[Wire]:
    """Return the outbox's record, that of the uncertainty if there is any, and the readings' with their base first."""
    unit = pack.readings[0].quantity.senml_unit
    start_ms = 0 if pack.relative else pack.readings[0].at_ms
    one_wire = all(reading.probe.startswith(_ONE_WIRE) for reading in pack.readings)
    base_name = _ONE_WIRE if one_wire else _ANY_DEVICE
    outbox = f"{OUTBOX}{pack.outbox}"
    head = [Wire(n=outbox, bt=_seconds(start_ms), vs=str(pack.sequences))]
    if pack.uncertainty_ms:
        head.append(Wire(n=outbox + UNCERTAINTY, u=_SECOND, v=pack.uncertainty_ms / 1000))
    allowed = (-LONGEST_AGO_MS, 0) if pack.relative else (EARLIEST_MS, LATEST_MS)
    readings = [_wire_record(reading, base_name, unit, start_ms, allowed) for reading in pack.readings]
    readings[0].bn, readings[0].bu = base_name, unit
    return head + readings


def _wire_record(reading: Reading, base_name: str, base_unit: str, start_ms: int, allowed: tuple[int, int]) -> Wire:
    probe, value, at_ms, unit = reading.probe, reading.value, reading.at_ms, reading.quantity.senml_unit
    if not allowed[0] <= at_ms <= allowed[1]:
        raise BadPack(f"{probe}: instant {at_ms} ms is not within {allowed[0]} to {allowed[1]}")
    return Wire(
        n=probe.removeprefix(base_name),
        u="" if unit == base_unit else unit,
        v=None if value is None else _finite(value, probe),
        vs="" if value is not None else reading.quality.value,
        t=_seconds(at_ms - start_ms),
    )


def _finite(value: float, probe: ProbeUrn) -> float:
    if not math.isfinite(value):
        raise BadPack(f"{probe}: {value} is not a number JSON can write")
    return float(value)


def _seconds(span_ms: int) -> int | float:
    whole, rest = divmod(span_ms, 1000)
    return span_ms / 1000 if rest else whole


def _pack_of_values(read: Values) -> Pack:
    """Interpret nothing but values: what a server does most, so the loops do no more than they must."""
    base_name, quantity = read.values[0].bn, _quantity(read.values[0].bu)
    probes = _probes_under(base_name)
    instants = _instants(float(read.head.bt), read.seconds)
    return Pack(
        outbox=_outbox(read.head.n),
        sequences=Sequences.parse(read.head.vs),
        readings=tuple(
            [
                Reading(probe=probes[one.n], at_ms=at_ms, value=one.v, quantity=quantity)
                for one, at_ms in zip(read.values, instants, strict=True)
            ]
        ),
        relative=_are_relative(instants),
    )


class _Probes(dict[str, ProbeUrn]):
    """What follows a base name → the whole name, checked once; what is kept is bounded."""

    def __init__(self, base_name: str) -> None:
        self._base_name = base_name

    def __missing__(self, name: str) -> ProbeUrn:
        if len(self) >= _MOST_KEPT:
            self.clear()
        probe = self[name] = probe_urn(self._base_name + name)
        return probe


def _probes_under(base_name: str) -> _Probes:
    probes = _PROBES.get(base_name)
    return _Probes(base_name) if probes is None else probes


_MOST_KEPT = 65_536
_PROBES = {base_name: _Probes(base_name) for base_name in (_ONE_WIRE, _ANY_DEVICE)}


def _read(records: Sequence[Wire]) -> Pack:
    """Interpret records as a pack: the outbox first, how far instants may be off, then readings."""
    if not records:
        raise BadPack("a pack begins with the record of its outbox")
    head, uncertainty_ms = records[0], 0
    rest = records[1:]
    if head.v is not None or not head.vs:
        raise BadPack("the first record has the sequence numbers as its vs")
    if wire.has_uncertainty(records):
        uncertainty_ms, rest = _uncertainty_ms(rest[0], head), rest[1:]
    outbox, sequences = _outbox(head.n), Sequences.parse(head.vs)
    if not rest:
        raise BadPack("a pack has at least one reading")
    instants = _instants(head.bt, [record.t for record in rest])
    return Pack(
        outbox=outbox,
        sequences=sequences,
        readings=_readings(rest, instants),
        uncertainty_ms=uncertainty_ms,
        relative=_are_relative(instants),
    )


@lru_cache(maxsize=1024)
def _outbox(name: str) -> UUID:
    try:
        outbox = UUID(name)
    except ValueError:
        outbox = None
    if outbox is None or name != f"{OUTBOX}{outbox}":
        raise BadPack(f"the first record is named {name[:80]!r}, not {OUTBOX} and the outbox's id in lower case")
    return outbox


def _uncertainty_ms(record: Wire, head: Wire) -> int:
    seconds = -1 if record.v is None or record.vs else record.v
    if record.n != head.n + UNCERTAINTY or record.u != _SECOND or not 0 <= seconds <= LATEST_MS / 1000:
        raise BadPack(f"{record.n[:80]!r} must be the outbox's name with {UNCERTAINTY}, a number of s from 0")
    return round(seconds * 1000)


def _instants(base_time: float, seconds: Sequence[float]) -> list[int]:
    """Return milliseconds; `float.__round__` itself, because `round` looks it up anew for each."""
    try:
        return list(map(_rounded, [(base_time + one) * 1000.0 for one in seconds]))
    except OverflowError as error:
        raise BadPack(f"an instant is too large: {error}") from error


_rounded: Callable[[float], int] = float.__round__


def _are_relative(instants: Sequence[int]) -> bool:
    """Whether all instants are counted from the sending on; `BadPack` where one is neither that nor a date."""
    earliest, latest = min(instants), max(instants)
    if earliest >= EARLIEST_MS and latest <= LATEST_MS:
        return False
    if earliest >= -LONGEST_AGO_MS and latest <= 0:
        return True
    wrong = latest if earliest >= EARLIEST_MS else earliest
    raise BadPack(
        f"instant {wrong:.15g} ms is not within {EARLIEST_MS} to {LATEST_MS}, and not all of the pack's are within "
        f"{-LONGEST_AGO_MS} to 0, counted from its sending"
    )


def _readings(records: Sequence[Wire], instants: Sequence[int]) -> tuple[Reading, ...]:
    """Return values and faults; bases hold for all."""
    base_name, base_unit = records[0].bn, records[0].bu
    probes = _probes_under(base_name)
    return tuple(
        _reading(record, base_unit, probes[record.n], at_ms) for record, at_ms in zip(records, instants, strict=True)
    )


def _reading(record: Wire, base_unit: str, probe: ProbeUrn, at_ms: int) -> Reading:
    """Return a value or a fault, with a unit of its own or the base's. A fault without any is a temperature's."""
    unit = record.u or base_unit
    if (record.v is None) is (not record.vs):
        raise BadRecord(f"{probe} has {'none' if record.v is None else 'more than one'} of v, vs, vb, vd")
    if record.v is not None:
        return Reading(probe=probe, at_ms=at_ms, value=record.v, quantity=_quantity(unit))
    quality = _FAULTS.get(record.vs)
    if quality is None:
        raise BadPack(f"{probe}: {record.vs[:40]!r} is no fault; allowed are {', '.join(_FAULTS)}")
    quantity = _quantity(unit) if unit else Quantity.TEMPERATURE
    return Reading(probe=probe, at_ms=at_ms, value=None, quality=quality, quantity=quantity)


def _quantity(unit: str) -> Quantity:
    quantity = _QUANTITIES.get(unit)
    if quantity is None:
        raise BadPack(f"{unit[:20]!r} is not the unit of a reading; allowed are {', '.join(_QUANTITIES)}")
    return quantity
