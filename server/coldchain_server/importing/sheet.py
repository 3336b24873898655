"""The sheet: a device's readings as CSV, which nobody can sign, so a person vouches for it."""

import io
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from coldchain_contract.errors import BadSheet, ContractError
from coldchain_contract.pack import Pack, encode_pack
from coldchain_contract.sequences import Sequences
from coldchain_contract.sheet import SheetRow, WrongRow, is_sheet, read_sheet
from coldchain_contract.topics import Kind, Topic
from coldchain_server.errors import BadEntry
from coldchain_server.importing.format import ImportContext
from coldchain_server.ingest.reception import Arrival, Received, receive
from coldchain_server.spool.model import Quarantined, Reason, quarantined

_READINGS_A_PACK = 400


class SheetFormat:
    """Reads sheets. Neighbouring rows of one outbox are received as one pack."""

    name = "readings of a device (CSV)"

    def recognises(self, head: bytes) -> bool:
        return is_sheet(head.decode("utf-8", "replace"))

    def read(self, stream: BinaryIO, context: ImportContext) -> Iterator[Received]:
        if not context.unsigned:
            raise BadEntry(
                "a CSV is not signed, so anybody may have written it; bring the bundle, or, if you know who wrote "
                "this, --unsigned takes it in and the audit trail says that you did"
            )
        text = io.TextIOWrapper(stream, encoding="utf-8", errors="replace", newline="")
        try:
            for rows in _packs(read_sheet(text)):
                yield _wrong(rows, context) if isinstance(rows, WrongRow) else _received(rows, context)
        except BadSheet as error:
            raise BadEntry(str(error)) from error
        finally:
            text.detach()


def _packs(rows: Iterable[SheetRow | WrongRow]) -> Iterator[dict[int, SheetRow] | WrongRow]:
    """Yield neighbouring rows that can be one pack, by number."""
    together: dict[int, SheetRow] = {}
    for row in rows:
        if isinstance(row, WrongRow):
            yield row
            continue
        first = next(iter(together.values()), row)
        if len(together) == _READINGS_A_PACK or _whose(first) != _whose(row) or row.sequence in together:
            yield together
            together = {}
        together[row.sequence] = row
    if together:
        yield together


def _whose(row: SheetRow) -> tuple[object, ...]:
    return row.site, row.device, row.outbox, row.uncertainty_ms


def _received(rows: dict[int, SheetRow], context: ImportContext) -> Received:
    numbers = sorted(rows)
    row = rows[numbers[0]]
    pack = Pack(
        outbox=row.outbox,
        sequences=Sequences.of(numbers),
        readings=tuple(rows[number].reading for number in numbers),
        uncertainty_ms=row.uncertainty_ms,
    )
    topic = Topic(row.site, row.device, Kind.BACKFILL)
    try:
        payload = encode_pack(pack)
    except ContractError as error:
        why = f"{context.file}: readings {pack.sequences} of {row.device}: {error}"
        return Received(items=(_set_aside(why.encode(), why, context),))
    return receive(Arrival(topic=str(topic), payload=payload, received_ms=context.now_ms), context.known)


def _wrong(row: WrongRow, context: ImportContext) -> Received:
    return Received(items=(_set_aside(row.text.encode(), f"{context.file}: line {row.line}: {row.why}", context),))


def _set_aside(payload: bytes, detail: str, context: ImportContext) -> Quarantined:
    return quarantined(
        payload, Reason.BUNDLE, topic="", device=context.device, detail=detail, received_ms=context.now_ms
    )
