"""Importing files: each part durable, nothing twice, one bad part or file stopping nothing else."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from coldchain_contract.pack import encode_pack
from coldchain_contract.sequences import Sequences
from coldchain_server.errors import BadEntry
from coldchain_server.importing.format import ImportContext
from coldchain_server.importing.formats import format_of
from coldchain_server.importing.importing import import_file
from coldchain_server.ingest.reception import Arrival, Enrolled, Known, Received, receive
from coldchain_server.spool.model import Reason
from coldchain_server.spool.settings import Quota
from coldchain_server.spool.spool import Spool
from invented.small_fleet import ENROLLED_MS, INEKAR, NOW_MS, OUTBOX, PI, STRANGE_PROBE, fleet, pack, reading

TOPIC = "coldchain/v1/inekar/inekar-pi/backfill"


class Lines:
    """A format of the tests' own: one pack a line, as JSON, after a line that says so."""

    name = "lines of packs"

    def recognises(self, head: bytes) -> bool:
        return head.startswith(b"packs\n")

    def read(self, stream: BinaryIO, context: ImportContext) -> Iterator[Received]:
        stream.readline()
        for line in stream:
            arrival = Arrival(topic=TOPIC, payload=bytes.fromhex(line.decode()), received_ms=context.now_ms)
            yield receive(arrival, context.known)


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    opened = Spool(tmp_path / "spool.sqlite", quota=Quota(entries=100, bytes=10_000_000))
    yield opened
    opened.close()


def context() -> ImportContext:
    known = Known.of(fleet(), {PI: Enrolled(site=INEKAR, since_ms=ENROLLED_MS)})
    return ImportContext(known=known, now_ms=NOW_MS, keys={})


def written(path: Path, *payloads: bytes) -> Path:
    path.write_bytes(b"packs\n" + b"".join(payload.hex().encode() + b"\n" for payload in payloads))
    return path


def test_what_a_file_holds_is_spooled_once_however_often_it_is_imported(tmp_path: Path, spool: Spool) -> None:
    file = written(tmp_path / "key", *(encode_pack(pack(reading(NOW_MS + n), first=n)) for n in range(1, 121)))
    first = import_file(file, context(), spool=spool, formats=[Lines()])
    again = import_file(file, context(), spool=spool, formats=[Lines()])
    assert (first.new, first.known, again.new, again.known) == (120, 0, 0, 120)
    assert spool.received(OUTBOX) == Sequences.span(1, 120)


def test_one_bad_part_is_set_aside_and_the_rest_goes_on(tmp_path: Path, spool: Spool) -> None:
    strange = encode_pack(pack(reading(probe=STRANGE_PROBE), reading(NOW_MS + 1, probe=STRANGE_PROBE), first=8))
    file = written(tmp_path / "key", encode_pack(pack(first=1)), b"[{", strange, encode_pack(pack(first=2)))
    summary = import_file(file, context(), spool=spool, formats=[Lines()])
    assert (summary.new, summary.refused) == (2, {Reason.SENML: 1, Reason.UNKNOWN_PROBE: 2})
    assert {entry.item.reason for entry in spool.entries()} == {Reason.SENML, Reason.UNKNOWN_PROBE}


def test_progress_ends_at_the_end_of_the_file(tmp_path: Path, spool: Spool) -> None:
    file = written(tmp_path / "key", *(encode_pack(pack(first=n)) for n in range(1, 121)))
    told: list[int] = []
    import_file(file, context(), spool=spool, formats=[Lines()], progress=told.append)
    assert told == sorted(told)
    assert told[-1] == file.stat().st_size
    assert len(told) == 3


def test_a_file_of_no_known_format_is_refused_with_how_it_begins() -> None:
    with pytest.raises(BadEntry, match=r"it begins with b'JFIF', .* lines of packs"):
        format_of(b"JFIF", formats=[Lines()])
    with pytest.raises(BadEntry, match="it is empty"):
        format_of(b"", formats=[Lines()])


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, spool: Spool) -> None:
    with pytest.raises(BadEntry, match="cannot be read: Is a directory"):
        import_file(tmp_path, context(), spool=spool, formats=[Lines()])
