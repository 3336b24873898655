"""A write-ahead log cut at any byte: every commit before the cut is there whole, and nothing of the one it cut.

What a device publishes and a server confirms was committed and synced before (test_order.py), so it is never missing.
"""

import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from coldchain_contract.identifiers import ProbeUrn
from coldchain_contract.pack import Pack
from coldchain_contract.readings import Quality, Reading
from coldchain_contract.sequences import Sequences
from coldchain_device.clock import Stamp
from coldchain_device.outbox import Outbox, Sample
from coldchain_server.spool.model import Accepted, Reason, quarantined
from coldchain_server.spool.settings import Quota
from coldchain_server.spool.spool import Spool
from invented.small_fleet import INEKAR, NOW_MS, OUTBOX, PI, PROBE, SECOND_PROBE

_QUOTA = Quota(entries=1000, bytes=1_000_000)
_COMMITS, _CUTS = 40, 120
_LOG = "-wal"


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """How long the log was when a commit had returned, and what the file then said of itself."""

    length: int
    said: tuple[object, ...]


def spool_commits(file: Path, chance: random.Random) -> Iterator[tuple[object, ...]]:
    """Admit packs that overlap and bad ones, move the cursors on, and tell after each commit what the spool holds."""
    with closing(Spool(file, quota=_QUOTA)) as spool:
        for _ in range(_COMMITS):
            if chance.random() < 0.2:
                spool.advance("writing", max([0, *(row.position for row in spool.after(0, chance.randint(1, 9)))]))
            else:
                bad = [quarantined(chance.randbytes(9), Reason.SENML, topic="t", device=PI, detail="", received_ms=1)]
                spool.admit([_accepted(chance), *(bad if chance.random() < 0.3 else [])])
            yield spool_says(spool)


def _accepted(chance: random.Random) -> Accepted:
    first = chance.randint(1, 200)
    numbers = range(first, first + chance.randint(1, 20))
    readings = tuple(Reading(probe=PROBE, at_ms=NOW_MS + 1000 * n, value=n / 16, quality=Quality.OK) for n in numbers)
    pack = Pack(outbox=OUTBOX, sequences=Sequences.span(numbers[0], numbers[-1]), readings=readings)
    return Accepted(site=INEKAR, device=PI, live=True, received_ms=NOW_MS, pack=pack)


def spool_says(spool: Spool) -> tuple[object, ...]:
    rows = [(number, reading.value) for row in spool.after(0, 1000) for number, reading in row.readings]
    return str(spool.received(OUTBOX)), rows, spool.position("writing"), spool.quarantine_count()


def spool_found(file: Path) -> tuple[object, ...]:
    with closing(Spool(file, quota=_QUOTA)) as spool:
        return spool_says(spool)


def outbox_commits(file: Path, chance: random.Random) -> Iterator[tuple[object, ...]]:
    """Take rounds and confirm some of what was taken, and tell after each commit what the outbox holds."""
    with closing(Outbox(file)) as outbox:
        for minute in range(_COMMITS):
            if chance.random() < 0.3:
                top = outbox.extent().highest_sequence
                outbox.confirm(Sequences.span(1, chance.randint(1, max(1, top))), now_ms=NOW_MS)
            else:
                stamp = Stamp(boot_id="b", uptime_ms=minute, wall_ms=NOW_MS + minute * 60_000, trusted=True)
                outbox.add([_sample(probe, minute, stamp) for probe in (PROBE, SECOND_PROBE)])
            yield outbox_says(outbox)


def _sample(probe: ProbeUrn, minute: int, stamp: Stamp) -> Sample:
    return Sample(probe=probe, value=minute / 16, quality=Quality.OK, stamp=stamp)


def outbox_says(outbox: Outbox) -> tuple[object, ...]:
    everything = Sequences.span(1, outbox.extent().highest_sequence or 1)
    rows = [(kept.sequence, kept.reading.value) for kept in outbox.readings(everything)]
    return rows, [kept.sequence for kept in outbox.pending(1000)], str(outbox.id)


def outbox_found(file: Path) -> tuple[object, ...]:
    with closing(Outbox(file)) as outbox:
        return outbox_says(outbox)


@pytest.mark.parametrize(
    ("commits", "found"),
    [(spool_commits, spool_found), (outbox_commits, outbox_found)],
    ids=["the server's spool", "the device's outbox"],
)
def test_a_log_cut_at_any_byte_leaves_every_commit_before_it_whole(
    tmp_path: Path,
    commits: Callable[[Path, random.Random], Iterator[tuple[object, ...]]],
    found: Callable[[Path], tuple[object, ...]],
) -> None:
    chance, file, kept = random.Random(1), tmp_path / "file.sqlite", tmp_path / "kept"
    log = file.with_name(f"{file.name}{_LOG}")
    moments = []
    for said in commits(file, chance):  # it is open: closing it would write the log back
        moments.append(Moment(length=log.stat().st_size, said=said))
        if len(moments) == _COMMITS:
            shutil.copytree(tmp_path, kept, ignore=shutil.ignore_patterns("kept", "*-shm"))
    assert len({moment.length for moment in moments}) > _COMMITS / 2, "the log was written back, so nothing is shown"
    first, last = moments[0].length, moments[-1].length
    edges = [moment.length + off for moment in moments for off in (-1, 0)]
    for cut in {max(first, edge) for edge in edges} | {chance.randint(first, last) for _ in range(_CUTS)}:
        broken = tmp_path / "broken"
        shutil.copytree(kept, broken)
        with (broken / log.name).open("r+b") as stream:
            stream.truncate(cut)
        before = [moment for moment in moments if moment.length <= cut]
        assert found(broken / file.name) == before[-1].said, f"the log was cut at byte {cut}"
        shutil.rmtree(broken)
