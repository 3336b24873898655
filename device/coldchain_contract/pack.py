"""The pack: one MQTT message of readings, as SenML JSON, compressed when that makes it smaller."""

import math
from collections.abc import Sequence
from functools import lru_cache
from uuid import UUID

import msgspec

from coldchain_contract import senml
from coldchain_contract.compression import compress, expand
from coldchain_contract.errors import BadIdentifier, BadPack, BadRecord, BadSequences, PackTooLarge
from coldchain_contract.identifiers import ProbeUrn, probe_urn
from coldchain_contract.readings import Quality, Quantity, Reading
from coldchain_contract.sequences import Sequences

LARGEST_WIRE_BYTES = 16 * 1024
LARGEST_EXPANDED_BYTES = 256 * 1024
MOST_READINGS = 4096
MOST_PROBES = 256
EARLIEST_MS = (senml.RELATIVE_BELOW_S + 1) * 1000
"""1978-07-04T21:24:17Z. SenML takes what is a second earlier as relative to now, and a sum of doubles is not exact."""
LATEST_MS = 253_402_300_799_000
"""The last second of the year 9999."""

_OUTBOX = "urn:uuid:"
_UNCERTAINTY = "/uncertainty"
_SECOND = "s"
_ONE_WIRE, _ANY_DEVICE = "urn:dev:ow:", "urn:dev:"
_FAULTS = {quality.value: quality for quality in Quality if quality is not Quality.OK}
_QUANTITIES = {quantity.senml_unit: quantity for quantity in Quantity}


class Pack(msgspec.Struct, frozen=True, kw_only=True):
    """Readings of one outbox: the i-th reading has the i-th number of `sequences`.

    `uncertainty_ms` bounds how far the instants may be from the truth; 0 is a clock that was trusted.
    """

    outbox: UUID
    sequences: Sequences
    readings: tuple[Reading, ...]
    uncertainty_ms: int = 0


class _Wire(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """A SenML record with the fields our own packs use, in the order they are written."""

    bn: str = ""
    bu: str = ""
    n: str = ""
    bt: int | float = 0
    u: str = ""
    v: float | None = None
    vs: str = ""
    t: int | float = 0


_decoder = msgspec.json.Decoder(list[_Wire])
_encoder = msgspec.json.Encoder()


def encode_pack(pack: Pack) -> bytes:
    """Return the one wire form of `pack`.

    `PackTooLarge` names the limit it exceeds; `BadPack` where numbers and readings differ in count or an instant
    cannot be written.
    """
    _check_counts(pack)
    plain = _encoder.encode(_wire_records(pack))
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
        pack = _read(_canonical(plain) or _any_senml(plain))
    except (BadIdentifier, BadSequences) as error:
        raise BadPack(str(error)) from error
    _check_counts(pack)
    return pack


def split(pack: Pack) -> tuple[Pack, ...]:
    """Return `pack` alone where `encode_pack` takes it, else its two halves, each split in turn; in order."""
    try:
        encode_pack(pack)
    except PackTooLarge:
        if len(pack.readings) == 1:
            raise
        middle = len(pack.readings) // 2
        first, second = pack.sequences.cut(middle)
        halves = (first, pack.readings[:middle]), (second, pack.readings[middle:])
        return tuple(
            part
            for sequences, readings in halves
            for part in split(msgspec.structs.replace(pack, sequences=sequences, readings=readings))
        )
    return (pack,)


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


def _wire_records(pack: Pack) -> list[_Wire]:
    """Return the outbox's record, that of the uncertainty if there is any, and the readings' with their base first."""
    start_ms, unit = pack.readings[0].at_ms, pack.readings[0].quantity.senml_unit
    one_wire = all(reading.probe.startswith(_ONE_WIRE) for reading in pack.readings)
    base_name = _ONE_WIRE if one_wire else _ANY_DEVICE
    outbox = f"{_OUTBOX}{pack.outbox}"
    head = [_Wire(n=outbox, bt=_seconds(start_ms), vs=str(pack.sequences))]
    if pack.uncertainty_ms:
        head.append(_Wire(n=outbox + _UNCERTAINTY, u=_SECOND, v=pack.uncertainty_ms / 1000))
    readings = [_wire_record(reading, base_name, unit, start_ms) for reading in pack.readings]
    readings[0].bn, readings[0].bu = base_name, unit
    return head + readings


def _wire_record(reading: Reading, base_name: str, base_unit: str, start_ms: int) -> _Wire:
    probe, value, at_ms, unit = reading.probe, reading.value, reading.at_ms, reading.quantity.senml_unit
    if not EARLIEST_MS <= at_ms <= LATEST_MS:
        raise BadPack(f"{probe}: instant {at_ms} ms is not within {EARLIEST_MS} to {LATEST_MS}")
    return _Wire(
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


def _canonical(plain: bytes) -> list[_Wire] | None:
    """Return the records of a pack spelt as `encode_pack` spells it; None for any other spelling.

    Writing them again shows that nothing was lost in reading: no repeated key, no null, no number out of range.
    """
    if plain.rfind(b'"b') != plain.find(b'"bu":'):
        return None
    try:
        records = _decoder.decode(plain)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return records if _has_bases_in_place(records) and _encoder.encode(records) == plain else None


def _has_bases_in_place(records: Sequence[_Wire]) -> bool:
    """Whether only the first record has a base time, only the first reading a base name and unit, if `bu` is last."""
    first = 2 if _has_uncertainty(records) else 1
    if len(records) <= first or not (records[0].bt and records[first].bn and records[first].bu):
        return False
    return not any(record.bn or record.bu for record in records[:first]) and not any(
        record.bt for record in records[1 : first + 1]
    )


def _has_uncertainty(records: Sequence[_Wire]) -> bool:
    return len(records) > 1 and records[1].n.endswith(_UNCERTAINTY)


def _any_senml(plain: bytes) -> list[_Wire]:
    """Return the records of any SenML, strictly parsed and resolved."""
    return [_narrowed(record, number) for number, record in enumerate(senml.resolve(senml.parse(plain), now_s=0), 1)]


def _narrowed(record: senml.Record, number: int) -> _Wire:
    if record.value is None and record.text_value is None:
        raise BadPack(f"record {number} ({record.name}): a reading is a number, or a text naming its fault")
    if record.sum is not None:
        raise BadPack(f"record {number} ({record.name}): a reading has no sum")
    value = None if record.value is None else float(record.value)
    time = record.time or 0
    return _Wire(n=record.name or "", u=record.unit or "", v=value, vs=record.text_value or "", t=time)


def _read(records: Sequence[_Wire]) -> Pack:
    """Interpret records as a pack: the outbox first, how far instants may be off, then readings."""
    if not records:
        raise BadPack("a pack begins with the record of its outbox")
    head, uncertainty_ms = records[0], 0
    rest = records[1:]
    if head.v is not None or not head.vs:
        raise BadPack("the first record has the sequence numbers as its vs")
    if _has_uncertainty(records):
        uncertainty_ms, rest = _uncertainty_ms(rest[0], head), rest[1:]
    return Pack(
        outbox=_outbox(head.n),
        sequences=Sequences.parse(head.vs),
        readings=_readings(rest, base_time=head.bt),
        uncertainty_ms=uncertainty_ms,
    )


@lru_cache(maxsize=1024)
def _outbox(name: str) -> UUID:
    try:
        outbox = UUID(name)
    except ValueError:
        outbox = None
    if outbox is None or name != f"{_OUTBOX}{outbox}":
        raise BadPack(f"the first record is named {name[:80]!r}, not {_OUTBOX} and the outbox's id in lower case")
    return outbox


def _uncertainty_ms(record: _Wire, head: _Wire) -> int:
    seconds = -1 if record.v is None or record.vs else record.v
    if record.n != head.n + _UNCERTAINTY or record.u != _SECOND or not 0 <= seconds <= LATEST_MS / 1000:
        raise BadPack(f"{record.n[:80]!r} must be the outbox's name with {_UNCERTAINTY}, a number of s from 0")
    return round(seconds * 1000)


def _readings(records: Sequence[_Wire], *, base_time: float) -> tuple[Reading, ...]:
    """Return the readings; bases hold for all. The loop runs once a reading, so it looks nothing up twice."""
    base_name, base_unit = (records[0].bn, records[0].bu) if records else ("", "")
    quantity = _quantity(base_unit) if base_unit else None
    readings: list[Reading] = []
    probes: dict[str, ProbeUrn] = {}
    time, at_ms = None, 0
    for record in records:
        probe = probes.get(record.n)
        if probe is None:
            probe = probes[record.n] = _probe(base_name + record.n)
        if record.t != time:
            time = record.t
            milliseconds = (base_time + time) * 1000
            if not EARLIEST_MS - 0.5 <= milliseconds <= LATEST_MS + 0.5:
                raise BadPack(f"{probe}: instant {milliseconds} ms is not within {EARLIEST_MS} to {LATEST_MS}")
            at_ms = round(milliseconds)
        value = record.v
        if value is None or quantity is None or record.vs or record.u:
            readings.append(_unusual(record, base_unit, probe, at_ms))
        else:
            readings.append(Reading(probe=probe, at_ms=at_ms, value=value, quantity=quantity))
    return tuple(readings)


_probe = lru_cache(maxsize=4096)(probe_urn)


def _unusual(record: _Wire, base_unit: str, probe: ProbeUrn, at_ms: int) -> Reading:
    """Return a fault, or a value that has a unit of its own. A fault without any unit is a temperature's."""
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
