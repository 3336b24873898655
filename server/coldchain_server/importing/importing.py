"""Importing one file: part by part into the spool or the quarantine, each durable before the next is read."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import msgspec

from coldchain_server.asking.losses import Loss
from coldchain_server.errors import BadEntry
from coldchain_server.importing.format import HEAD_BYTES, Format, ImportContext
from coldchain_server.importing.formats import FORMATS, format_of
from coldchain_server.ingest.reception import Received
from coldchain_server.spool.model import Accepted, Quarantined, Reason
from coldchain_server.spool.spool import Spool

_PARTS_A_BATCH = 50


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file's readings, and how many it names as lost for good.

    A part that could not be read at all counts as one in `refused`.
    """

    format: str
    new: int = 0
    known: int = 0
    lost: int = 0
    refused: dict[Reason, int] = {}

    def __add__(self, other: "Summary") -> "Summary":
        return Summary(
            format=self.format,
            new=self.new + other.new,
            known=self.known + other.known,
            lost=self.lost + other.lost,
            refused=dict(Counter(self.refused) + Counter(other.refused)),
        )


def import_file(
    path: Path,
    context: ImportContext,
    *,
    spool: Spool,
    name_loss: Callable[[Loss], None] = lambda _loss: None,
    progress: Callable[[int], None] = lambda _bytes: None,
    formats: Sequence[Format] = FORMATS,
) -> Summary:
    """Take in what `path` holds; importing it again, whole or after a break, adds nothing twice.

    `name_loss` is given what the file says is lost, `progress` is told how many bytes have been dealt with. Raises
    `BadEntry` where the file cannot be read or may not be taken in, and `SpoolUnavailable` where the spool can take no
    more now; what was told by then is durable.
    """
    try:
        with path.open("rb") as stream:
            found = format_of(stream.read(HEAD_BYTES), formats=formats)
            stream.seek(0)
            return _import_stream(stream, found, context, spool=spool, name_loss=name_loss, progress=progress)
    except OSError as error:
        raise BadEntry(f"it cannot be read: {error.strerror or error}") from error


def _import_stream(
    stream: BinaryIO,
    found: Format,
    context: ImportContext,
    *,
    spool: Spool,
    name_loss: Callable[[Loss], None],
    progress: Callable[[int], None],
) -> Summary:
    summary = Summary(format=found.name)
    for parts in _batches(found.read(stream, context)):
        summary += _take_in([part for part in parts if isinstance(part, Received)], spool, found.name)
        losses = [part for part in parts if isinstance(part, Loss)]
        for loss in losses:
            name_loss(loss)
        summary += Summary(format=found.name, lost=sum(len(loss.sequences) for loss in losses))
        progress(stream.tell())
    return summary


def _batches(parts: Iterable[Received | Loss]) -> Iterator[list[Received | Loss]]:
    source = iter(parts)
    while batch := list(islice(source, _PARTS_A_BATCH)):
        yield batch


def _take_in(parts: Iterable[Received], spool: Spool, name: str) -> Summary:
    items = [item for part in parts for item in part.items]
    new = known = 0
    refused: Counter[Reason] = Counter()
    for item, fresh in zip(items, spool.admit(items) if items else [], strict=True):
        if isinstance(item, Accepted):
            new += len(fresh)
            known += len(item.pack.sequences) - len(fresh)
        else:
            refused[item.reason] += _count(item)
    return Summary(format=name, new=new, known=known, refused=dict(refused))


def _count(item: Quarantined) -> int:
    return len(item.sequences) or 1
