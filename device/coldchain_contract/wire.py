"""The records of a pack: read fast where they are spelt as our devices spell them, strictly where they are not."""

from collections.abc import Sequence

import msgspec

from coldchain_contract import senml
from coldchain_contract.errors import BadPack

OUTBOX = "urn:uuid:"
UNCERTAINTY = "/uncertainty"


class Wire(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """A SenML record with the fields our own packs use, in the order they are written."""

    bn: str = ""
    bu: str = ""
    n: str = ""
    bt: int | float = 0
    u: str = ""
    v: float | None = None
    vs: str = ""
    t: int | float = 0


class Head(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """The first record: the outbox's name, the base time, the sequence numbers."""

    n: str
    bt: int | float = 0
    vs: str = ""


class Value(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """The record of a reading that has a value in the base unit."""

    n: str
    v: float
    t: float = 0.0
    bn: str = ""
    bu: str = ""


class Values(msgspec.Struct, frozen=True):
    """A pack that holds nothing but values in one unit: nearly every pack."""

    head: Head
    values: list[Value]
    seconds: list[float]
    """What `t` is in each of `values`."""


_NO_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_records = msgspec.json.Decoder(list[Wire])
_head = msgspec.json.Decoder(Head)
_values = msgspec.json.Decoder(list[Value])
_encoder = msgspec.json.Encoder()


def written(records: Sequence[Wire]) -> bytes:
    """Return the one spelling of `records`."""
    return _encoder.encode(records)


def only_values(plain: bytes) -> Values | None:
    """Return a pack that holds nothing but values, without an uncertainty; None for any other, or any other spelling.

    A typed decoder is quick and lets a repeated key pass. So the commas are counted: there is one less than there are
    fields, and one more for each field that appears twice. That holds while no text has a comma, which the caller sees
    to, who knows what names and units are allowed.
    """
    end = plain.find(b"},{") + 1
    try:
        head = _head.decode(plain[1:end])
        values = _values.decode(b"[" + plain[end + 1 :])
    except _NO_JSON:
        return None
    first, seconds = values[0], [one.t for one in values]
    fields = 2 + 3 * len(values) - seconds.count(0.0)
    if not (first.bn and first.bu) or plain.count(b",", end + 1) != fields - 1 or plain[:1] != b"[":
        return None
    return Values(head, values, seconds) if _encoder.encode(head) == plain[1:end] else None


def canonical(plain: bytes) -> list[Wire] | None:
    """Return the records of a pack spelt as `written` spells it; None for any other spelling.

    Writing them again shows that nothing was lost in reading: no repeated key, no null, no number out of range.
    """
    if plain.rfind(b'"b') != plain.find(b'"bu":'):
        return None
    try:
        records = _records.decode(plain)
    except _NO_JSON:
        return None
    return records if _has_bases_in_place(records) and _encoder.encode(records) == plain else None


def any_senml(plain: bytes) -> list[Wire]:
    """Return the records of any SenML, strictly parsed and resolved; an instant relative to now is 0 or below.

    Raises a kind of `BadSenml`, or `BadPack` for a record no pack has.
    """
    resolved = senml.resolve(senml.parse(plain), now_s=0)
    return [_narrowed(record, number) for number, record in enumerate(resolved, 1)]


def has_uncertainty(records: Sequence[Wire]) -> bool:
    return len(records) > 1 and records[1].n.endswith(UNCERTAINTY)


def _has_bases_in_place(records: Sequence[Wire]) -> bool:
    """Whether only the first record has a base time, only the first reading a base name and unit, if `bu` is last."""
    first = 2 if has_uncertainty(records) else 1
    if len(records) <= first or not (records[first].bn and records[first].bu):
        return False
    return not any(record.bn or record.bu for record in records[:first]) and not any(
        record.bt for record in records[1 : first + 1]
    )


def _narrowed(record: senml.Record, number: int) -> Wire:
    if record.value is None and record.text_value is None:
        raise BadPack(f"record {number} ({record.name}): a reading is a number, or a text naming its fault")
    if record.sum is not None:
        raise BadPack(f"record {number} ({record.name}): a reading has no sum")
    value = None if record.value is None else float(record.value)
    time = record.time or 0
    return Wire(n=record.name or "", u=record.unit or "", v=value, vs=record.text_value or "", t=time)
