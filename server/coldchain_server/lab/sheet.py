"""The sheet of batches that laboratories take home: CSV, one line a batch, times with their zone."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from coldchain_judgement.milk.events import Tested
from coldchain_server.fleet.model import Fleet, Unit
from coldchain_server.lab.batches import PastBatch, past_batches
from coldchain_server.ledger.database import Sessions
from coldchain_server.store.protocol import Store

COLUMNS = (
    "site", "unit", "species", "milked", "milking_told", "begun", "ended", "last_measured", "litres", "topped_up",
    "hours", "gap_hours", "hours_at_or_below_8", "degree_hours_above_4", "mean_kinetic_celsius", "hours_at_4",
    "log10_p10", "log10_p50", "log10_p90", "processed", "unseen", "refused", "tests",
)  # fmt: skip


def sheet(batches: Iterable[PastBatch], fleet: Fleet) -> Iterator[str]:
    """Yield the lines, the heading first. What is not known is empty; a time of milking that is presumed too."""
    yield _line(COLUMNS)
    for one in batches:
        yield _line(_cells(one, fleet.sites[one.site].zone))


def batches_sheet(
    sessions: Sessions, store: Store, fleet: Fleet, units: Iterable[Unit], *, from_ms: int, to_ms: int
) -> Iterator[str]:
    """Yield the sheet of the batches of units, unit by unit. Raises as the store does."""

    def found() -> Iterator[PastBatch]:
        for unit in units:
            with sessions() as session:
                yield from past_batches(session, store, fleet, unit, from_ms=from_ms, to_ms=to_ms)

    return sheet(found(), fleet)


def _cells(one: PastBatch, zone: ZoneInfo) -> tuple[str, ...]:
    batch, exposed = one.batch, one.batch.exposure
    log10 = ("", "", "") if one.log10 is None else tuple(map(_number, (one.log10.p10, one.log10.p50, one.log10.p90)))
    return (
        one.site,
        one.unit,
        batch.species.value,
        _time(batch.milked_ms, zone) if batch.known else "",
        _yes(batch.known),
        _time(batch.begun_ms, zone),
        "" if one.ended_ms is None else _time(one.ended_ms, zone),
        _time(batch.at_ms, zone),
        "" if batch.litres is None else f"{batch.litres:g}",
        str(batch.topped_up),
        _number(exposed.hours),
        _number(one.gap_hours),
        _number(exposed.cold_hours),
        _number(exposed.degree_hours),
        "" if exposed.mean_kinetic_celsius is None else _number(exposed.mean_kinetic_celsius),
        _number(one.hours_at_four),
        *log10,
        " ".join(process.value for process in batch.processed),
        _yes(batch.blind_ms is not None),
        _yes(batch.refused_ms is not None),
        " ".join(map(_test, one.tests)),
    )


def _test(one: Tested) -> str:
    """Return a test as one word: what it is, how strong the alcohol or what was read or seen, and how it ended."""
    strength = "" if one.percent is None else f"@{one.percent:g}"
    read = "" if one.value is None else f"={one.value:.10g}"
    seen = "" if one.look is None else f"={one.look.value}"
    return f"{one.test.value}{strength}{read}{seen}:{'failed' if one.failed else 'passed'}"


def _line(cells: Iterable[str]) -> str:
    held = io.StringIO(newline="")
    csv.writer(held).writerow(cells)
    return held.getvalue()


def _time(at_ms: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(at_ms // 1000, UTC).astimezone(zone).isoformat()


def _number(value: float) -> str:
    return f"{value:.2f}"


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"
