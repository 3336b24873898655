"""Sensor Measurement Lists in JSON (RFC 8428): strict parsing, resolution of base fields, and writing."""

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NoReturn

import msgspec

from coldchain_contract.errors import BadJson, BadRecord, UnsupportedSenml

VERSION = 10
"""RFC 8428 §4.4: the version a pack has where it names none, and the highest one understood here."""

RELATIVE_BELOW_S = 2**28
"""RFC 8428 §4.5.3: a time below this many seconds is relative to now; at or above it, seconds since 1970 UTC."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9:./_-]*")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")
_MUST_UNDERSTAND = "_"


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One SenML record; None is a field that is absent.

    Times and update times are seconds, `data_value` is base64url text. `extensions` are fields RFC 8428 does not
    define; they are kept and not interpreted.
    """

    base_name: str | None = None
    base_time: float | None = None
    base_unit: str | None = None
    base_value: float | None = None
    base_sum: float | None = None
    base_version: int | None = None
    name: str | None = None
    unit: str | None = None
    value: float | None = None
    text_value: str | None = None
    boolean_value: bool | None = None
    data_value: str | None = None
    sum: float | None = None
    time: float | None = None
    update_time: float | None = None
    extensions: Mapping[str, Any] = {}

    @property
    def has_value(self) -> bool:
        return any(x is not None for x in (self.value, self.text_value, self.boolean_value, self.data_value))

    @property
    def is_base_only(self) -> bool:
        """Whether the record only sets base fields for those after it."""
        return not self.has_value and all(
            field is None for field in (self.name, self.unit, self.sum, self.time, self.update_time)
        )


def parse(payload: bytes) -> tuple[Record, ...]:
    """Read a SenML pack. `BadJson`, `BadRecord` or `UnsupportedSenml` name the record (from 1) and the rule."""
    data = _strict_json(payload)
    if not isinstance(data, list) or not data:
        raise BadRecord("a SenML pack is a JSON array of at least one record")
    return tuple(_record(fields, number) for number, fields in enumerate(data, start=1))


def resolve(records: Iterable[Record], *, now_s: float) -> tuple[Record, ...]:
    """Return records without base fields and with absolute times (RFC 8428 §4.6); records of base fields only go.

    Times below 2^28 seconds are taken relative to `now_s`. `BadRecord` where a whole name is not allowed or a sum
    leaves what a double holds; `UnsupportedSenml` for a version over 10 or several versions in one pack.
    """
    base, version = Record(), None
    resolved: list[Record] = []
    for number, record in enumerate(records, start=1):
        version = _checked_version(record, version, number)
        base = _merged(base, record)
        if not record.is_base_only:
            resolved.append(_resolved(record, base, number, now_s))
    return tuple(resolved)


def encode(records: Iterable[Record]) -> bytes:
    """Write records as compact JSON, fields in the order RFC 8428 lists them."""
    return msgspec.json.encode([_fields(record) for record in records])


def _strict_json(payload: bytes) -> object:
    try:
        return json.loads(payload.decode(), object_pairs_hook=_unique, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise BadJson(f"not UTF-8 at byte {error.start}") from error
    except RecursionError as error:
        raise BadJson("nested too deeply") from error
    except BadJson:
        raise
    except ValueError as error:
        raise BadJson(f"not JSON: {error}") from error


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise BadJson(f"key {key[:40]!r} appears twice in one object")
        found[key] = value
    return found


def _no_constant(name: str) -> NoReturn:
    raise BadJson(f"{name} is not a JSON number")


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadRecord("must be a number")
    try:
        finite = math.isfinite(value)
    except OverflowError:
        finite = False
    if not finite:
        raise BadRecord("is beyond what a double can hold")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise BadRecord("must be a text")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise BadRecord("has half of a surrogate pair") from None
    return value


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise BadRecord("must be true or false")
    return value


def _data(value: object) -> str:
    text = _text(value)
    if not _BASE64URL.fullmatch(text) or len(text) % 4 == 1:
        raise BadRecord("must be base64url without padding")
    return text


def _version(value: object) -> int:
    number = _number(value)
    if number != int(number) or number < 1:
        raise BadRecord("must be a whole number of at least 1")
    return int(number)


_LABELS: dict[str, tuple[str, Callable[[object], Any]]] = {
    "bn": ("base_name", _text),
    "bt": ("base_time", _number),
    "bu": ("base_unit", _text),
    "bv": ("base_value", _number),
    "bs": ("base_sum", _number),
    "bver": ("base_version", _version),
    "n": ("name", _text),
    "u": ("unit", _text),
    "v": ("value", _number),
    "vs": ("text_value", _text),
    "vb": ("boolean_value", _boolean),
    "vd": ("data_value", _data),
    "s": ("sum", _number),
    "t": ("time", _number),
    "ut": ("update_time", _number),
}
_VALUES = ("v", "vs", "vb", "vd")


def _record(fields: object, number: int) -> Record:
    if not isinstance(fields, dict):
        raise BadRecord(f"record {number} is not a JSON object")
    extensions = {label: value for label, value in fields.items() if label not in _LABELS}
    for label in extensions:
        if label.endswith(_MUST_UNDERSTAND):
            raise UnsupportedSenml(f"record {number}: field {label[:40]!r} must be understood and is not")
    if sum(label in fields for label in _VALUES) > 1:
        raise BadRecord(f"record {number} has more than one of {', '.join(_VALUES)}")
    values = {}
    for label, (attribute, check) in _LABELS.items():
        if label in fields:
            try:
                values[attribute] = check(fields[label])
            except BadRecord as error:
                raise BadRecord(f"record {number}: {label} {error}, not {str(fields[label])[:40]!r}") from None
    return Record(**values, extensions=extensions)


def _fields(record: Record) -> dict[str, object]:
    known = ((label, getattr(record, attribute)) for label, (attribute, _) in _LABELS.items())
    return {label: value for label, value in known if value is not None} | dict(record.extensions)


def _checked_version(record: Record, version: int | None, number: int) -> int | None:
    found = record.base_version
    if found is None:
        return version
    if found > VERSION:
        raise UnsupportedSenml(f"record {number}: version {found} is over {VERSION}")
    if version not in (None, found):
        raise UnsupportedSenml(f"record {number}: version {found} in a pack of version {version}")
    return found


def _merged(base: Record, record: Record) -> Record:
    """Return the base fields in force from `record` on."""
    names = ("base_name", "base_time", "base_unit", "base_value", "base_sum")
    return Record(**{name: _first(getattr(record, name), getattr(base, name)) for name in names})


def _resolved(record: Record, base: Record, number: int, now_s: float) -> Record:
    name = (base.base_name or "") + (record.name or "")
    if not _NAME.fullmatch(name):
        raise BadRecord(
            f"record {number}: name {name[:80]!r} must be letters, digits and -:./_, a letter or digit first"
        )
    other = record.text_value, record.boolean_value, record.data_value
    value = record.value
    if all(one is None for one in other):
        value = _added(base.base_value, record.value, number)
    total = _added(base.base_sum, record.sum, number)
    if value is None and total is None and not record.has_value:
        raise BadRecord(f"record {number} has neither a value ({', '.join(_VALUES)}) nor a sum (s)")
    time = _added(base.base_time or 0, record.time, number) or 0
    return Record(
        name=name,
        unit=_first(record.unit, base.base_unit),
        value=value,
        text_value=record.text_value,
        boolean_value=record.boolean_value,
        data_value=record.data_value,
        sum=total,
        time=time if time >= RELATIVE_BELOW_S else now_s + time,
        update_time=record.update_time,
        extensions={label: value for label, value in record.extensions.items() if not label.startswith("b")},
    )


def _first(one: Any, other: Any) -> Any:
    return other if one is None else one


def _added(base: float | None, value: float | None, number: int) -> float | None:
    if base is None:
        return value
    if value is None:
        return base
    total = base + value
    if not math.isfinite(total):
        raise BadRecord(f"record {number}: {base} + {value} is beyond what a double can hold")
    return total
