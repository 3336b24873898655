"""The sheet: readings as a table in CSV, for people and their programs; every row says whose it is and which one."""

import csv
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TextIO
from uuid import UUID

import msgspec

from coldchain_contract.clock import milliseconds, utc
from coldchain_contract.errors import BadIdentifier, BadSheet
from coldchain_contract.identifiers import DeviceId, SiteId, identifier, probe_urn
from coldchain_contract.readings import Quality, Reading

COLUMNS = ("site", "device", "probe", "time", "celsius", "quality", "uncertainty_s", "outbox", "sequence")
"""`time` is UTC (RFC 3339, milliseconds), `celsius` is empty for a fault, `quality` is ok or the fault."""

_DELIMITERS = (",", ";", "\t")
_LARGEST_SEQUENCE = 2**53 - 1


class SheetRow(msgspec.Struct, frozen=True, kw_only=True):
    """One reading, whose it is, and how far its instant may be off."""

    site: SiteId
    device: DeviceId
    outbox: UUID
    sequence: int
    reading: Reading
    uncertainty_ms: int = 0


class WrongRow(msgspec.Struct, frozen=True, kw_only=True):
    """A line that is no reading, and why."""

    line: int
    text: str
    why: str


def write_sheet(rows: Iterable[SheetRow], to: TextIO) -> None:
    """Write the columns' names and `rows`; `to` was opened with newline=""."""
    writer = csv.writer(to)
    writer.writerow(COLUMNS)
    for row in rows:
        reading = row.reading
        time = utc(reading.at_ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        value = "" if reading.value is None else repr(reading.value)
        identity = (row.uncertainty_ms / 1000, row.outbox, row.sequence)
        writer.writerow((row.site, row.device, reading.probe, time, value, reading.quality.value, *identity))


def is_sheet(head: str) -> bool:
    """Return whether a text that begins with `head` has our columns, whatever separates them."""
    return _delimiter(head.partition("\n")[0]) is not None


def read_sheet(lines: Iterable[str]) -> Iterator[SheetRow | WrongRow]:
    """Yield each line as a reading, or as what is wrong with it; `BadSheet` where the columns are not ours.

    What a spreadsheet makes of a sheet is read as well: other separators, and then decimal commas.
    """
    source = iter(lines)
    delimiter = _delimiter(next(source, ""))
    if delimiter is None:
        raise BadSheet(f"the first line does not name the columns {','.join(COLUMNS)}")
    for number, line in enumerate(source, start=2):
        if not line.strip():
            continue
        try:
            yield _row(next(csv.reader([line], delimiter=delimiter)), commas=delimiter != ",")
        except (ValueError, BadIdentifier, csv.Error) as error:
            yield WrongRow(line=number, text=line.rstrip("\r\n"), why=str(error))


def _delimiter(first: str) -> str | None:
    names = first.removeprefix("\ufeff").strip().replace('"', "")
    return next((delimiter for delimiter in _DELIMITERS if names == delimiter.join(COLUMNS)), None)


def _row(cells: list[str], *, commas: bool) -> SheetRow:
    if len(cells) != len(COLUMNS):
        raise ValueError(f"{len(cells)} columns, not {len(COLUMNS)}")
    site, device, probe, time, celsius, quality, uncertainty_s, outbox, sequence = cells
    at = datetime.fromisoformat(time)
    number = int(sequence)
    if not 1 <= number <= _LARGEST_SEQUENCE:
        raise ValueError(f"sequence {number} is not within 1 to 2^53 - 1")
    return SheetRow(
        site=SiteId(identifier(site)),
        device=DeviceId(identifier(device)),
        outbox=UUID(outbox),
        sequence=number,
        reading=Reading(
            probe=probe_urn(probe),
            at_ms=milliseconds(at),
            value=_number(celsius, commas=commas) if celsius else None,
            quality=Quality(quality),
        ),
        uncertainty_ms=round(_number(uncertainty_s, commas=commas) * 1000),
    )


def _number(text: str, *, commas: bool) -> float:
    return float(text.replace(",", ".") if commas else text)
