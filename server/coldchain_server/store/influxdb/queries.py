"""The InfluxQL we ask and the rows it answers with: only what 1.x, 2.x and 3.x all understand. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

import msgspec

from coldchain_contract.identifiers import ProbeUrn
from coldchain_contract.readings import Quality, Quantity, Reading
from coldchain_server.store.acceptance import clamped
from coldchain_server.store.curves import Cut
from coldchain_server.store.influxdb.line_protocol import MEASUREMENT
from coldchain_server.store.protocol import Bucket, Point

_FROM = f'FROM "{MEASUREMENT}"'
_POINT = f'SELECT "quality", "sequence", "uncertainty_ms", "outbox", "value", "quantity" {_FROM}'
_PROBES_AT_ONCE = 50


class Series(msgspec.Struct, frozen=True):
    """One series of an answer."""

    columns: list[str]
    values: list[list[Any]]
    tags: dict[str, str | None] | None = None

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield each row by column, with the tags it was grouped by."""
        tags = self.tags or {}
        return ({**tags, **dict(zip(self.columns, row, strict=True))} for row in self.values)


class Statement(msgspec.Struct, frozen=True):
    """The answer to one statement."""

    series: list[Series] = []
    error: str = ""
    partial: bool = False


class Results(msgspec.Struct, frozen=True):
    """The answer to one query; we only ever ask one statement, which is all that 3.x takes."""

    results: tuple[Statement]


def exists() -> str:
    """Ask for what cannot be there, to learn whether the database is: nothing is read."""
    return f'SELECT "sequence" {_FROM} WHERE time >= {_nanoseconds(2**63)} LIMIT 1'


def points(probe: ProbeUrn, start_ms: int, end_ms: int, limit: int) -> str:
    # Grouped by its one probe so that the answer names it, as `newest` does; quantities stay in one row of time.
    return f'{_POINT} WHERE {_of([probe])} AND {_between(start_ms, end_ms)} GROUP BY "probe" LIMIT {limit:d}'


def curve(probe: ProbeUrn, cut: Cut) -> str:
    return (
        'SELECT count("value") AS "count", min("value") AS "lowest", '
        'mean("value") AS "mean", max("value") AS "highest" '
        f"{_FROM} WHERE {_of([probe])} AND \"quality\" = 'ok' AND {_between(cut.start_ms, cut.end_ms)} "
        f"GROUP BY time({cut.width_ms}ms, {cut.offset_ms}ms) fill(none)"
    )


def newest(probes: Iterable[ProbeUrn]) -> list[str]:
    """Return queries for the newest point of each probe, none too long for an address."""
    names = sorted(set(probes))
    some = (names[start : start + _PROBES_AT_ONCE] for start in range(0, len(names), _PROBES_AT_ONCE))
    return [f'{_POINT} WHERE {_of(part)} GROUP BY "probe" ORDER BY time DESC LIMIT 1' for part in some]


def probes() -> str:
    return f'SELECT last("sequence") {_FROM} GROUP BY "probe"'


def read_points(series: Sequence[Series]) -> list[Point]:
    """Return the points among the rows; a row somebody else wrote, without our fields, is none."""
    found = (_point(row) for one in series for row in one.rows())
    return [point for point in found if point is not None]


def read_curve(series: Sequence[Series], cut: Cut) -> list[Bucket]:
    return [
        cut.bucket(
            row["time"],
            count=row["count"],
            lowest=float(row["lowest"]),
            mean=float(row["mean"]),
            highest=float(row["highest"]),
        )
        for one in series
        for row in one.rows()
        if row["count"]
    ]


def read_probes(series: Sequence[Series]) -> list[ProbeUrn]:
    names: Iterable[Any] = {row.get("probe") for one in series for row in one.rows()}
    return sorted(ProbeUrn(name) for name in names if name)


def _point(row: dict[str, Any]) -> Point | None:
    try:
        quality = Quality(row["quality"])
        reading = Reading(
            probe=ProbeUrn(row["probe"]),
            at_ms=row["time"],
            # A fault has no value: what stands here beside one is left from a point it replaced.
            value=float(row["value"]) if quality is Quality.OK else None,
            quality=quality,
            quantity=Quantity(row["quantity"]),
        )
        outbox = UUID(row["outbox"]) if row["outbox"] else None
        return Point(
            reading=reading, sequence=int(row["sequence"]), uncertainty_ms=int(row["uncertainty_ms"]), outbox=outbox
        )
    except (TypeError, ValueError):
        return None


def _of(probes: Iterable[ProbeUrn]) -> str:
    escaped = (probe.replace("\\", "\\\\").replace("'", "\\'") for probe in probes)
    return "(" + " OR ".join(f"\"probe\" = '{name}'" for name in escaped) + ")"


def _between(start_ms: int, end_ms: int) -> str:
    return f"time >= {_nanoseconds(start_ms)} AND time < {_nanoseconds(end_ms)}"


def _nanoseconds(instant_ms: int) -> int:
    return clamped(instant_ms) * 1_000_000
