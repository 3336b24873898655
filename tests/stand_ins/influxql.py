"""The few InfluxQL statements our store asks, read strictly and answered from memory; anything else is refused."""

import re
from collections.abc import Callable, Iterator

import msgspec

from stand_ins.line_protocol import Field, Line, Value

_NAME = r'"([^"\\]+)"'
_NUMBER = r"(-?[0-9]+)"
_TEXT = r"'((?:[^'\\]|\\['\\])*)'"
_CONDITION = re.compile(rf"{_NAME} = {_TEXT}|time (>=|<) {_NUMBER}")
_ANY_OF = re.compile(r"\((.+)\)")
_STATEMENT = re.compile(
    rf"SELECT (?P<columns>.+?) FROM {_NAME}"  # noqa: S608 - InfluxQL that is read, not run
    r"(?: WHERE (?P<where>.+?))?"
    r'(?: GROUP BY (?:"(?P<tag>[a-z]+)"|time\((?P<width>[0-9]+)ms, (?P<offset>[0-9]+)ms\) fill\(none\)))?'
    r"(?P<newest> ORDER BY time DESC)?(?: LIMIT (?P<limit>[0-9]+))?"
)
_PLAIN = re.compile(_NAME)
_AGGREGATE = re.compile(rf'(count|min|mean|max|last)\({_NAME}\)(?: AS "([a-z]+)")?')

_AGGREGATES: dict[str, Callable[[list[float]], float]] = {
    "count": len,
    "min": min,
    "mean": lambda values: sum(values) / len(values),
    "max": max,
    "last": lambda values: values[-1],
}

Row = list[Value | None]


class NotInfluxql(ValueError):
    """A statement outside the subset this stand-in knows."""


class Table:
    """Points of one database: series and instant lead to fields. Equal points merge their fields, as InfluxDB does."""

    def __init__(self) -> None:
        self._points: dict[tuple[str, tuple[tuple[str, str], ...]], dict[int, dict[str, Value]]] = {}
        self._kinds: dict[tuple[str, str], str] = {}

    def conflict(self, line: Line) -> tuple[Field, str] | None:
        """Return the first field whose kind is not the one this measurement's field already has, and that kind."""
        for field in line.fields:
            known = self._kinds.get((line.measurement, field.key), field.kind)
            if known != field.kind:
                return field, known
        return None

    def put(self, line: Line, at_ns: int) -> None:
        for field in line.fields:
            self._kinds[line.measurement, field.key] = field.kind
        here = self._points.setdefault((line.measurement, line.tags), {}).setdefault(at_ns, {})
        here.update({field.key: field.value for field in line.fields})

    def rows(self, measurement: str) -> Iterator[dict[str, Value]]:
        """Yield every point, its tags and its `time` among its fields."""
        for (name, tags), points in self._points.items():
            if name == measurement:
                for at_ns, fields in points.items():
                    yield {**dict(tags), **fields, "time": at_ns}


class Select(msgspec.Struct, frozen=True, kw_only=True):
    """A statement that was understood."""

    columns: tuple[tuple[str, str, str], ...]  # function ("" for none), field, name in the answer
    measurement: str
    conditions: tuple[tuple[tuple[str, str, str], ...], ...] = ()  # all of them, each met by any of its alternatives
    tag: str = ""
    window: tuple[int, int] | None = None  # width and offset in nanoseconds
    newest_first: bool = False
    limit: int | None = None


def parse(text: str) -> Select:
    """Return the statement; `NotInfluxql` names what this stand-in does not know."""
    match = _STATEMENT.fullmatch(text)
    if not match:
        raise NotInfluxql(f"error parsing query: the stand-in knows no {text!r}")
    width, offset, limit = match["width"], match["offset"], match["limit"]
    return Select(
        columns=tuple(_column(part) for part in re.split(r", ?", match["columns"])),
        measurement=match[2],
        conditions=tuple(_alternatives(part) for part in match["where"].split(" AND ")) if match["where"] else (),
        tag=match["tag"] or "",
        window=(int(width) * 1_000_000, int(offset) * 1_000_000) if width else None,
        newest_first=bool(match["newest"]),
        limit=int(limit) if limit else None,
    )


def answer(select: Select, table: Table) -> list[dict[str, object]]:
    """Return the series of the answer, instants in milliseconds (`epoch=ms`)."""
    rows = [row for row in table.rows(select.measurement) if all(_any_holds(row, part) for part in select.conditions)]
    rows.sort(key=lambda row: int(row["time"]), reverse=select.newest_first)
    groups: dict[str, list[dict[str, Value]]] = {}
    for row in rows:
        groups.setdefault(str(row[select.tag]) if select.tag else "", []).append(row)
    names = ["time", *(name for _, _, name in select.columns)]
    found = ((group, _values(select, members)[: select.limit]) for group, members in sorted(groups.items()))
    return [_series(select, group, names, values) for group, values in found if values]


def _series(select: Select, group: str, names: list[str], values: list[Row]) -> dict[str, object]:
    tags = {"tags": {select.tag: group}} if select.tag else {}
    return {"name": select.measurement, **tags, "columns": names, "values": values}


def _values(select: Select, rows: list[dict[str, Value]]) -> list[Row]:
    if not select.columns[0][0]:
        return [[int(row["time"]) // 1_000_000, *(row.get(field) for _, field, _ in select.columns)] for row in rows]
    width, offset = select.window or (2**63, 0)
    windows: dict[int, list[dict[str, Value]]] = {}
    for row in rows:
        windows.setdefault((int(row["time"]) - offset) // width * width + offset, []).append(row)
    if select.window is None:
        windows = {int(rows[-1]["time"]): rows}
    aggregated = ((start, _aggregated(select, members)) for start, members in sorted(windows.items()))
    return [[start // 1_000_000, *row] for start, row in aggregated if any(value is not None for value in row)]


def _aggregated(select: Select, rows: list[dict[str, Value]]) -> Row:
    found: Row = []
    for function, field, _ in select.columns:
        values = [float(row[field]) for row in rows if field in row]
        found.append(_AGGREGATES[function](values) if values else None)
    return found


def _any_holds(row: dict[str, Value], alternatives: tuple[tuple[str, str, str], ...]) -> bool:
    return any(_holds(row, condition) for condition in alternatives)


def _holds(row: dict[str, Value], condition: tuple[str, str, str]) -> bool:
    name, operator, operand = condition
    match operator:
        case "=":
            return row.get(name) == operand
        case ">=":
            return int(row["time"]) >= int(operand)
        case _:
            return int(row["time"]) < int(operand)


def _column(text: str) -> tuple[str, str, str]:
    plain, aggregate = _PLAIN.fullmatch(text), _AGGREGATE.fullmatch(text)
    if plain:
        return "", plain[1], plain[1]
    if aggregate:
        return aggregate[1], aggregate[2], aggregate[3] or aggregate[1]
    raise NotInfluxql(f"error parsing query: the stand-in knows no column {text!r}")


def _alternatives(text: str) -> tuple[tuple[str, str, str], ...]:
    several = _ANY_OF.fullmatch(text)
    return tuple(_condition(part) for part in (several[1].split(" OR ") if several else [text]))


def _condition(text: str) -> tuple[str, str, str]:
    match = _CONDITION.fullmatch(text)
    if not match:
        raise NotInfluxql(f"error parsing query: the stand-in knows no condition {text!r}")
    if match[3]:
        if not -(2**63) <= int(match[4]) < 2**63:
            raise NotInfluxql(f"error parsing query: unable to parse integer {match[4]}")
        return "time", match[3], match[4]
    return match[1], "=", re.sub(r"\\(['\\])", r"\1", match[2])
