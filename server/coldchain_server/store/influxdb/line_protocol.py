"""Points as lines of InfluxDB's line protocol, instants in milliseconds."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from coldchain_contract.identifiers import ProbeUrn
from coldchain_contract.readings import Quality, Quantity
from coldchain_server.columns import Columns
from coldchain_server.store.points import Block, Points
from coldchain_server.store.protocol import Point

MEASUREMENT = "readings"

_IN_MEASUREMENT = str.maketrans({",": r"\,", " ": r"\ "})
_IN_KEY = str.maketrans({",": r"\,", "=": r"\=", " ": r"\ "})
_IN_TEXT = str.maketrans({'"': r"\"", "\\": r"\\"})


def lines(points: Sequence[Point]) -> bytes:
    """Return one line a point, each with all its fields.

    InfluxDB merges the fields of points with equal series and instant: a field left out would keep an older value.
    """
    return "\n".join([line for block in Points.of(points).blocks for line in _lines(block)]).encode()


def series(measurement: str, tags: Mapping[str, str]) -> str:
    """Return what a line of this series begins with; `ValueError` for names line protocol cannot carry."""
    for name in (measurement, *tags, *tags.values()):
        _check(name)
    pairs = (f",{key.translate(_IN_KEY)}={value.translate(_IN_KEY)}" for key, value in tags.items())
    return measurement.translate(_IN_MEASUREMENT) + "".join(pairs)


def fields(values: Mapping[str, float | int | str]) -> str:
    """Return the fields of a line: float as number, int with its `i`, str in quotes; `ValueError` for a bad name."""
    for name in values:
        _check(name)
    return ",".join(f"{name.translate(_IN_KEY)}={_value(value)}" for name, value in values.items())


def text(value: str) -> str:
    """Return a string field's value, quoted and escaped."""
    return f'"{value.translate(_IN_TEXT)}"'


def _value(value: float | int | str) -> str:
    match value:
        case str():
            return text(value)
        case int():
            return f"{value}i"
        case _:
            return repr(value)


def _lines(block: Block) -> list[str]:
    """Return the lines of a block: each way to begin one is made once, and the same middle serves them all."""
    columns = block.columns
    names = [_series(*one) for one in columns.series]
    middle = f'i,uncertainty_ms={block.uncertainty_ms}i,outbox="{block.outbox or ""}"'
    if columns.faults:
        return [_line(columns, names, middle, place) for place in range(len(columns))]
    heads = [f'{name} quality="{Quality.OK.value}",sequence=' for name in names]
    rows = zip(columns.which, columns.numbers, map(float, columns.ok_values), columns.at_ms, strict=True)
    return [f"{heads[which]}{number}{middle},value={value!r} {at_ms}" for which, number, value, at_ms in rows]


def _line(columns: Columns, names: list[str], middle: str, place: int) -> str:
    reading, name = columns.at(place), names[columns.which[place]]
    value = "" if reading.value is None else f",value={float(reading.value)!r}"
    return f'{name} quality="{reading.quality.value}",sequence={columns.numbers[place]}{middle}{value} {reading.at_ms}'


@lru_cache(maxsize=65_536)
def _series(probe: ProbeUrn, quantity: Quantity) -> str:
    return series(MEASUREMENT, {"probe": probe, "quantity": quantity.value})


def _check(name: str) -> None:
    # A backslash at the end would escape the separator that follows; a line break would end the line.
    if not name or name.endswith("\\") or not name.isprintable():
        raise ValueError(f"{name[:80]!r} cannot be a name in line protocol")
