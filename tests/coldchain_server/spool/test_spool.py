"""The spool: what is admitted counts once, is durable, and goes when every consumer is past it."""

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coldchain_contract.pack import Pack
from coldchain_contract.readings import Quality, Reading
from coldchain_contract.sequences import Sequences
from coldchain_server.columns import Columns
from coldchain_server.errors import SpoolUnavailable, UnknownThing
from coldchain_server.spool.model import Accepted, Spooled
from coldchain_server.spool.schema import connect
from coldchain_server.spool.settings import Quota
from coldchain_server.spool.spool import Spool
from invented.small_fleet import INEKAR, NOW_MS, OUTBOX, PI, SECOND_PROBE, pack, reading

QUOTA = Quota(entries=10, bytes=1_000_000)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "spool.sqlite"


@pytest.fixture
def spool(path: Path) -> Iterator[Spool]:
    opened = Spool(path, quota=QUOTA)
    yield opened
    opened.close()


def accepted(of: Pack, *, received_ms: int = NOW_MS) -> Accepted:
    return Accepted(site=INEKAR, device=PI, live=True, received_ms=received_ms, pack=of)


def numbers(rows: Sequence[Spooled]) -> list[int]:
    return [number for row in rows for number, _ in row.readings]


def test_what_is_admitted_comes_out_as_it_was(spool: Spool) -> None:
    fault = Reading(probe=SECOND_PROBE, at_ms=NOW_MS, value=None, quality=Quality.POR85)
    sent = msgspec.structs.replace(pack(reading(), fault, first=41), uncertainty_ms=2500)
    assert spool.admit([accepted(sent)]) == [Sequences.span(41, 42)]
    assert spool.after(0, 10) == [
        Spooled(
            position=1,
            site=INEKAR,
            device=PI,
            live=True,
            received_ms=NOW_MS,
            uncertainty_ms=2500,
            outbox=OUTBOX,
            columns=Columns.of([41, 42], sent.readings),
        )
    ]


def test_a_reading_counts_once_however_often_it_is_sent(spool: Spool) -> None:
    once = accepted(pack(*(reading(NOW_MS + n) for n in range(3))))
    assert spool.admit([once, once]) == [Sequences.span(1, 3), Sequences()]
    assert spool.admit([once]) == [Sequences()]
    assert numbers(spool.after(0, 10)) == [1, 2, 3]


def test_of_a_pack_that_overlaps_only_the_fresh_readings_go_on(spool: Spool) -> None:
    spool.admit([accepted(pack(reading(NOW_MS), reading(NOW_MS + 1), first=4))])
    overlapping = pack(*(reading(NOW_MS - 4 + n) for n in range(8)), first=1)
    assert spool.admit([accepted(overlapping)]) == [Sequences.parse("1-3,6-8")]
    assert numbers(spool.after(1, 10)) == [1, 2, 3, 6, 7, 8]
    assert spool.received(OUTBOX) == Sequences.span(1, 8)


def test_the_same_number_of_another_outbox_is_another_reading(spool: Spool) -> None:
    other = uuid4()
    spool.admit([accepted(pack(reading(NOW_MS))), accepted(pack(reading(NOW_MS + 1), outbox=other))])
    assert numbers(spool.after(0, 10)) == [1, 1]
    assert spool.received(other) == Sequences.of([1])


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(1, 60), st.integers(1, 9)), min_size=1, max_size=30))
def test_received_ranges_are_what_a_set_of_numbers_would_be(spool: Spool, spans: list[tuple[int, int]]) -> None:
    outbox, seen = uuid4(), set[int]()
    for first, count in spans:
        sent = pack(*(reading(NOW_MS + first + n) for n in range(count)), first=first, outbox=outbox)
        (fresh,) = spool.admit([accepted(sent)])
        assert set(fresh) == set(range(first, first + count)) - seen
        seen |= set(range(first, first + count))
    assert spool.received(outbox) == Sequences.of(seen)


def test_two_readings_of_one_probe_at_one_instant_are_kept_apart_and_marked(spool: Spool) -> None:
    same = (reading(NOW_MS, 4.0), reading(NOW_MS, 5.0))
    spool.admit([accepted(pack(*same)), accepted(pack(reading(NOW_MS, 6.0), outbox=uuid4()))])
    first, second = spool.after(0, 10)
    assert [(r.at_ms - NOW_MS, r.value) for _, r in (*first.readings, *second.readings)] == [(0, 4), (1, 5), (2, 6)]
    assert (first.moved, second.moved) == (Sequences.of([2]), Sequences.of([1]))


def test_a_reading_moved_apart_meets_no_later_one(spool: Spool) -> None:
    spool.admit([accepted(pack(reading(NOW_MS), reading(NOW_MS), reading(NOW_MS + 1)))])
    assert [r.at_ms - NOW_MS for _, r in spool.after(0, 1)[0].readings] == [0, 1, 2]


def test_readings_of_different_probes_share_an_instant(spool: Spool) -> None:
    spool.admit([accepted(pack(reading(), reading(probe=SECOND_PROBE)))])
    assert spool.after(0, 1)[0].moved == Sequences()


def test_instants_taken_are_still_known_after_a_month_and_by_the_next_process(path: Path, spool: Spool) -> None:
    month_ms = 30 * 24 * 3600 * 1000
    spool.admit([accepted(pack(reading(NOW_MS)))])
    with_other = Spool(path, quota=QUOTA)
    with_other.admit([accepted(pack(reading(NOW_MS), first=2), received_ms=NOW_MS + month_ms)])
    with_other.close()
    assert spool.after(1, 1)[0].moved == Sequences.of([2])


def test_instants_older_than_a_month_are_forgotten(path: Path, spool: Spool) -> None:
    later_ms = NOW_MS + 40 * 24 * 3600 * 1000
    spool.admit([accepted(pack(reading(NOW_MS)))])
    spool.admit([accepted(pack(reading(later_ms, probe=SECOND_PROBE), first=2), received_ms=later_ms)])
    spool.admit([accepted(pack(reading(NOW_MS), first=3), received_ms=later_ms)])
    assert spool.after(2, 1)[0].moved == Sequences()


def test_a_batch_that_fails_half_way_leaves_nothing_behind(spool: Spool) -> None:
    good, impossible = pack(), Pack(outbox=OUTBOX, sequences=Sequences.span(8, 9), readings=(reading(),))
    with pytest.raises(ValueError, match="zip"):
        spool.admit([accepted(good), accepted(impossible)])
    assert (spool.after(0, 10), spool.received(OUTBOX)) == ([], Sequences())
    spool.admit([accepted(pack(reading(probe=SECOND_PROBE), first=5)), accepted(good)])
    assert [row.moved for row in spool.after(0, 10)] == [Sequences(), Sequences()]


def test_a_row_goes_only_when_every_consumer_is_past_it(spool: Spool) -> None:
    for number in (1, 2, 3):
        spool.admit([accepted(pack(reading(NOW_MS + number), first=number))])
    spool.advance("writing", 3)
    assert (numbers(spool.after(0, 10)), spool.depth()) == ([1, 2, 3], 3)
    spool.advance("judging", 2)
    assert (numbers(spool.after(0, 10)), spool.depth()) == ([3], 1)
    spool.advance("judging", 3)
    assert (spool.after(0, 10), spool.depth()) == ([], 0)


def test_a_consumer_never_goes_back(spool: Spool) -> None:
    spool.advance("judging", 7)
    spool.advance("judging", 5)
    assert (spool.position("judging"), spool.position("writing")) == (7, 0)


def test_positions_go_on_after_everything_was_read_and_the_server_was_started_again(path: Path, spool: Spool) -> None:
    spool.admit([accepted(pack())])
    for consumer in ("writing", "judging"):
        spool.advance(consumer, 1)
    again = Spool(path, quota=QUOTA)
    again.admit([accepted(pack(reading(NOW_MS + 1), first=2))])
    assert [row.position for row in again.after(again.position("writing"), 10)] == [2]
    again.close()


def test_only_its_consumers_have_a_place_in_the_spool(spool: Spool) -> None:
    with pytest.raises(UnknownThing, match=r"'pages'.*writing, judging"):
        spool.advance("pages", 1)


def test_after_gives_at_most_what_was_asked_for(spool: Spool) -> None:
    spool.admit([accepted(pack(reading(NOW_MS + n), first=n)) for n in range(1, 6)])
    assert numbers(spool.after(1, 2)) == [2, 3]


def test_threads_and_a_second_opening_admit_side_by_side(path: Path, spool: Spool) -> None:
    second = Spool(path, quota=QUOTA)

    def admit(through: Spool, outbox: UUID) -> None:
        for number in range(1, 41):
            through.admit([accepted(pack(reading(NOW_MS), first=number, outbox=outbox))])

    outboxes = [uuid4() for _ in range(4)]
    through = (spool, spool, second, second)
    threads = [threading.Thread(target=admit, args=pair) for pair in zip(through, outboxes, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [spool.received(outbox) for outbox in outboxes] == [Sequences.span(1, 40)] * 4
    assert sorted(r.at_ms for row in spool.after(0, 1000) for _, r in row.readings) == [NOW_MS + n for n in range(160)]
    second.close()


def test_a_commit_waits_for_the_disk(path: Path) -> None:
    connection = connect(path)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    connection.close()


def test_a_new_spool_waits_for_another_process_that_is_making_it(path: Path) -> None:
    path.parent.mkdir()
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    done = threading.Timer(0.1, other.execute, ["COMMIT"])
    done.start()
    Spool(path, quota=QUOTA).close()
    done.join()
    other.close()


_ADMIT_AND_DIE = """
import os, sys
from pathlib import Path
from coldchain_server.spool.spool import Spool
from coldchain_server.spool.schema import connect
from coldchain_server.spool.settings import Quota
from coldchain_server.spool.model import Accepted
from invented.small_fleet import *
spool = Spool(Path(sys.argv[1]), quota=Quota(entries=1, bytes=1))
spool.admit([Accepted(site=INEKAR, device=PI, live=True, received_ms=NOW_MS, pack=pack())])
os.kill(os.getpid(), 9)
"""


def test_what_was_admitted_survives_the_death_of_the_process(path: Path) -> None:
    environment = {"PYTHONPATH": str(Path(__file__).parents[2])}
    died = subprocess.run([sys.executable, "-c", _ADMIT_AND_DIE, str(path)], env=environment, check=False)
    assert died.returncode == -9
    spool = Spool(path, quota=QUOTA)
    assert numbers(spool.after(0, 10)) == [1]
    assert spool.admit([accepted(pack())]) == [Sequences()]
    spool.close()


_FILL_THE_DISK = """
import resource, sys
from pathlib import Path
from coldchain_server.errors import SpoolUnavailable
from coldchain_server.spool.spool import Spool
from coldchain_server.spool.schema import connect
from coldchain_server.spool.settings import Quota
from coldchain_server.spool.model import Accepted
from invented.small_fleet import *
spool = Spool(Path(sys.argv[1]), quota=Quota(entries=1, bytes=1))
def admit(first):
    readings = (reading(NOW_MS + first + n) for n in range(1000))
    spool.admit([Accepted(site=INEKAR, device=PI, live=True, received_ms=NOW_MS, pack=pack(*readings, first=first))])
admit(1)
unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, unlimited[1]))
admitted = 1
try:
    while True:
        admit(1 + 1000 * admitted)
        admitted += 1
except SpoolUnavailable as error:
    print(error)
assert spool.received(OUTBOX) == Sequences.span(1, 1000 * admitted), spool.received(OUTBOX)
resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
admit(1 + 1000 * admitted)
assert len(spool.after(0, 100)) == admitted + 1
"""


def test_a_full_disk_admits_nothing_by_halves_and_is_recovered_from(path: Path) -> None:
    environment = {"PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", _FILL_THE_DISK, str(path)]
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "is its disk full" in done.stdout


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SpoolUnavailable, match=str(tmp_path)):
        Spool(tmp_path / "file" / "spool.sqlite", quota=QUOTA)
