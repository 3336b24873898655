"""Messages of other makers' sensors: which probe measured what, and when, or why that cannot be told."""

import math
from collections.abc import Sequence

import msgspec

from coldchain_contract.identifiers import ProbeUrn
from coldchain_server.fleet.source import Feed, Source, SourceKind, TemperatureUnit
from coldchain_server.sources.errors import NotUnderstood
from coldchain_server.sources.times import instant_of

LARGEST_BYTES = 16 * 1024
_NOTHING = frozenset({"nan", "none", "null", "unavailable", "unknown"})
_LONGEST_NUMBER = 32
_LARGEST = 1e6
_TASMOTA_UNIT = "TempUnit"


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What one probe told: °C, or None where it says itself that it does not measure."""

    probe: ProbeUrn
    celsius: float | None


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One message. `at_ms` None is a message without a time; `unread` says of each value that could not be read why."""

    at_ms: int | None
    measured: tuple[Measured, ...]
    unread: tuple[str, ...] = ()


def read_message(payload: bytes, source: Source, feeds: Sequence[Feed]) -> Told:
    """Return what a message tells of the probes in `feeds`, which are all those of its topic.

    `NotUnderstood` where nothing of it can be read. One value that cannot be read takes no other with it.
    """
    if len(payload) > LARGEST_BYTES:
        raise NotUnderstood(f"a message of {len(payload)} bytes is over {LARGEST_BYTES}")
    if source.kind is SourceKind.ESPHOME:
        return _bare_number(payload, feeds)
    message = _object(payload)
    at_ms = None
    if source.time_field:
        at_ms = instant_of(_found(message, source.time_field), zone=source.zone, unit=source.time_unit)
    measured, unread = [], []
    for feed in feeds:
        try:
            celsius = _celsius(_found(message, feed.field), _unit(message, source, feed), feed.field)
            measured.append(Measured(probe=feed.probe, celsius=celsius))
        except NotUnderstood as error:
            unread.append(str(error))
    return Told(at_ms=at_ms, measured=tuple(measured), unread=tuple(unread))


def _bare_number(payload: bytes, feeds: Sequence[Feed]) -> Told:
    text = payload.decode("ascii", "replace").strip()
    value: float | None = None
    if text.lower() not in _NOTHING:
        try:
            value = float(text) if len(text) <= _LONGEST_NUMBER and "_" not in text else math.nan
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise NotUnderstood(f"{text[:_LONGEST_NUMBER]!r} is not a number")
    measured = [Measured(probe=feed.probe, celsius=_converted(value, feed.unit)) for feed in feeds]
    return Told(at_ms=None, measured=tuple(measured))


def _object(payload: bytes) -> dict[str, object]:
    try:
        message = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotUnderstood(f"it is not JSON: {error}") from error
    if not isinstance(message, dict):
        raise NotUnderstood(f"it is JSON, but {type(message).__name__} and no object")
    return message


def _found(message: dict[str, object], field: str) -> object:
    """Return what is at `field`, keys joined by dots; a number is a place in a list, counted from 0."""
    here: object = message
    for key in field.split("."):
        if isinstance(here, dict) and key in here:
            here = here[key]
        elif isinstance(here, list) and key.isdecimal() and int(key) < len(here):
            here = here[int(key)]
        else:
            keys = ", ".join(map(str, here)) if isinstance(here, dict) else f"a {type(here).__name__}"
            raise NotUnderstood(f"it has no {field!r}; where {key!r} should be there is {keys[:200] or 'nothing'}")
    return here


def _unit(message: dict[str, object], source: Source, feed: Feed) -> TemperatureUnit:
    """Return what the value is measured in; a Tasmota says so itself."""
    said = message.get(_TASMOTA_UNIT) if source.kind is SourceKind.TASMOTA else None
    if said is None:
        return feed.unit
    try:
        return TemperatureUnit(said)
    except ValueError:
        raise NotUnderstood(f"its {_TASMOTA_UNIT} is {said!r}, neither C nor F") from None


def _celsius(value: object, unit: TemperatureUnit, field: str) -> float | None:
    if value is None or (isinstance(value, str) and value.lower() in _NOTHING):
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NotUnderstood(f"{field!r} is {str(value)[:40]!r}, a {type(value).__name__} and not a number")
    if abs(value) > _LARGEST:  # before it is made a float: a whole number may be too large for one
        raise NotUnderstood(f"{field!r} is a number that no thermometer shows")
    return _converted(float(value), unit)


def _converted(value: float | None, unit: TemperatureUnit) -> float | None:
    if value is None or unit is TemperatureUnit.CELSIUS:
        return value
    return round((value - 32) * 5 / 9, 4)
