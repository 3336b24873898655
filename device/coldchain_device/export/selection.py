"""What is taken away: which readings of which outboxes of a card."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from coldchain_contract.clock import utc
from coldchain_contract.sequences import Sequences
from coldchain_device.clock import Stamp
from coldchain_device.errors import ExportFailed
from coldchain_device.outbox import Kept, Outbox, OutboxReader
from coldchain_device.outbox.aside import files_salvaged
from coldchain_device.outbox.model import BEGINNING, END
from coldchain_device.outbox.salvage import salvage
from coldchain_device.outbox.settled import Fate

_AT_A_TIME = 2000


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Readings with an instant from `from_ms` until before `before_ms`; with `unconfirmed`, those that still wait."""

    from_ms: int = BEGINNING
    before_ms: int = END
    unconfirmed: bool = False


class Selected(msgspec.Struct, frozen=True, kw_only=True):
    """What is wanted of one outbox, which numbers of it are lost, and how many readings have no instant yet.

    `instants` are those of the first and the last that is wanted.
    """

    outbox: OutboxReader
    sequences: Sequences
    instants: tuple[int, int] | None
    lost: Sequences
    undated: int

    def readings(self) -> Iterator[list[Kept]]:
        """Yield the readings in portions, ascending."""
        rest = self.sequences
        while rest.ranges:
            portion, rest = rest.cut(_AT_A_TIME)
            yield self.outbox.readings(portion)


def open_card(path: Path, opened: ExitStack) -> tuple[OutboxReader, ...]:
    """Open the outbox at `path` and those salvaged beside it, to read only; `ExportFailed` where there is none."""
    files = [file for file in (path, *files_salvaged(path)) if file.exists()]
    if not files:
        raise ExportFailed(f"no outbox at {path}: did the agent ever run here, and with this data_folder?")
    readers = []
    for file in files:
        reader = OutboxReader.beside(file)
        opened.callback(reader.close)
        readers.append(reader)
    return tuple(readers)


def open_file(path: Path, opened: ExitStack, *, dated_by: Stamp | None) -> tuple[OutboxReader, ...]:
    """Read whatever can be read of the outbox file at `path`, damaged or not, in a copy; the file stays as it is.

    Readings without an instant get one between what is known before them and the stamp `dated_by`, with bounds.
    """
    if not path.exists():
        raise ExportFailed(f"no such file: {path}")
    folder = Path(opened.enter_context(TemporaryDirectory()))
    salvage(path, folder / "outbox.sqlite")
    outbox = Outbox(folder / "outbox.sqlite", sealed=True)
    opened.callback(outbox.close)
    if dated_by is not None:
        outbox.repair(dated_by)
    return (outbox,)


def select(outboxes: Sequence[OutboxReader], wanted: Wanted) -> tuple[Selected, ...]:
    """Return what is wanted of each of `outboxes`; one with nothing to take away and nothing lost is left out."""
    found = (_selected(outbox, wanted) for outbox in outboxes)
    return tuple(one for one in found if one.sequences.ranges or one.lost.ranges or one.undated)


def _selected(outbox: OutboxReader, wanted: Wanted) -> Selected:
    dated = outbox.dated(from_ms=wanted.from_ms, before_ms=wanted.before_ms)
    sequences = dated & outbox.waiting() if wanted.unconfirmed else dated
    return Selected(
        outbox=outbox,
        sequences=sequences,
        instants=outbox.instants(sequences),
        lost=outbox.settled(Fate.LOST),
        undated=outbox.extent().untimed,
    )


def name_of(selected: Sequence[Selected], *, whose: str, signed: bool) -> str:
    """Return the name of a file, without its ending, that holds what is selected of the device `whose`.

    The device, the first and the last day, and a digest of which readings these are: the same ones have the same name,
    whenever and by which software they are written.
    """
    first_ms, last_ms = span_of(selected)
    which = [(str(one.outbox.id), str(one.sequences), str(one.lost)) for one in selected]
    digest = hashlib.sha256(msgspec.json.encode((whose, signed, which))).hexdigest()[:10]
    return f"{whose}-{utc(first_ms):%Y%m%d}-{utc(last_ms):%Y%m%d}-{digest}"


def span_of(selected: Sequence[Selected]) -> tuple[int, int]:
    """Return the instants of the first and the last reading of all; 0 where there is none."""
    known = [one.instants for one in selected if one.instants]
    return (min(first for first, _ in known), max(last for _, last in known)) if known else (0, 0)
