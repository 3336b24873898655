"""The outbox keeps what was committed, gives no number twice, and repairs time without guessing."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coldchain_contract.identifiers import ProbeUrn, urn_of_kernel_name
from coldchain_contract.readings import Quality
from coldchain_contract.sequences import Sequences
from coldchain_device.clock import PLAUSIBLE_FROM_MS, Stamp
from coldchain_device.errors import OutboxUnavailable
from coldchain_device.outbox import Kept, Outbox, Sample
from coldchain_device.timekeeping import Source

MILK, AIR = urn_of_kernel_name("28-000000000001"), urn_of_kernel_name("28-000000000002")
NOON, MINUTE, DAY = 1_772_539_200_000, 60_000, 86_400_000


def known(wall_ms: int, *, boot: str = "one", uptime_ms: int = 0, uncertainty_ms: int = 0) -> Stamp:
    return Stamp(boot_id=boot, uptime_ms=uptime_ms, wall_ms=wall_ms, trusted=True, uncertainty_ms=uncertainty_ms)


def unknown(*, boot: str, uptime_ms: int, wall_ms: int = 0) -> Stamp:
    return Stamp(boot_id=boot, uptime_ms=uptime_ms, wall_ms=wall_ms, trusted=False)


def sample(stamp: Stamp, *, probe: ProbeUrn = MILK, value: float | None = 4.0) -> Sample:
    return Sample(probe=probe, value=value, quality=Quality.CRC if value is None else Quality.OK, stamp=stamp)


def instants(outbox: Outbox) -> list[int]:
    return [kept.reading.at_ms for kept in outbox.pending(1000)]


@pytest.fixture
def open_outbox(tmp_path: Path) -> Iterator[Callable[[], Outbox]]:
    """Opens the one file again each time, as a restart does."""
    opened: list[Outbox] = []

    def again() -> Outbox:
        opened.append(Outbox(tmp_path / "outbox.sqlite"))
        return opened[-1]

    yield again
    for outbox in opened:
        outbox.close()


def test_what_was_committed_is_there_after_the_process_died(open_outbox: Callable[[], Outbox]) -> None:
    first = open_outbox()
    first.add([sample(known(NOON)), sample(known(NOON), probe=AIR, value=None)])
    second = open_outbox()  # the first was never closed
    assert second.id == first.id
    assert [(one.sequence, one.reading.value, one.reading.quality) for one in second.pending(10)] == [
        (1, 4.0, Quality.OK),
        (2, None, Quality.CRC),
    ]


def test_the_card_is_told_to_keep_each_commit(open_outbox: Callable[[], Outbox]) -> None:
    outbox = open_outbox()
    assert outbox._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert outbox._connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_confirmed_readings_are_not_pending_and_stay_for_ninety_days(open_outbox: Callable[[], Outbox]) -> None:
    outbox = open_outbox()
    outbox.add([sample(known(NOON + n * MINUTE)) for n in range(5)])
    assert outbox.confirm(Sequences.parse("1-3"), now_ms=NOON) == 3
    assert outbox.confirm(Sequences.parse("1-3"), now_ms=NOON) == 0
    assert [one.sequence for one in outbox.pending(10)] == [4, 5]
    assert outbox.prune(now_ms=NOON + 89 * DAY, keep_days=90) == 0
    assert [one.sequence for one in outbox.readings(Sequences.parse("1-5"))] == [1, 2, 3, 4, 5]
    assert outbox.prune(now_ms=NOON + 91 * DAY, keep_days=90) == 3
    assert [one.sequence for one in outbox.readings(Sequences.parse("1-5"))] == [4, 5]


def test_a_clock_that_was_wrong_when_it_was_confirmed_prunes_nothing_early(open_outbox: Callable[[], Outbox]) -> None:
    outbox = open_outbox()
    outbox.add([sample(known(NOON)), sample(known(NOON + 1))])
    outbox.confirm(Sequences.parse("1"), now_ms=NOON - 200 * DAY)
    assert outbox.prune(now_ms=NOON + DAY, keep_days=90) == 0
    assert outbox.prune(now_ms=NOON + 91 * DAY, keep_days=90) == 1


def test_what_is_not_confirmed_is_never_pruned_nor_deleted_for_room(open_outbox: Callable[[], Outbox]) -> None:
    outbox = open_outbox()
    outbox.add([sample(known(NOON + n)) for n in range(3)])
    outbox.confirm(Sequences.parse("2"), now_ms=NOON)
    assert outbox.make_room(100) == 1
    assert outbox.prune(now_ms=NOON + 1000 * DAY, keep_days=90) == 0
    assert [one.sequence for one in outbox.pending(10)] == [1, 3]


def test_a_number_is_never_given_twice_however_much_is_deleted(open_outbox: Callable[[], Outbox]) -> None:
    outbox = open_outbox()
    outbox.add([sample(known(NOON)), sample(known(NOON + 1))])
    outbox.confirm(Sequences.parse("1-2"), now_ms=NOON)
    assert outbox.make_room(100) == 1
    assert outbox.prune(now_ms=NOON + 1000 * DAY, keep_days=90) == 0
    assert outbox.extent().highest_sequence == 2
    (kept,) = open_outbox().add([sample(known(NOON + 2))])
    assert kept is not None
    assert kept.sequence == 3


def test_a_refused_reading_is_not_sent_again_until_it_is_asked_for(open_outbox: Callable[[], Outbox]) -> None:
    outbox = open_outbox()
    outbox.add([sample(known(NOON))])
    outbox.confirm(Sequences.parse("1"), now_ms=NOON, refused="unknown-probe")
    assert outbox.depth() == 0
    assert outbox.send_again(Sequences.parse("1-900")) == 1
    assert outbox.depth() == 1


def test_two_readings_of_one_probe_never_share_an_instant_and_the_later_is_marked(
    open_outbox: Callable[[], Outbox],
) -> None:
    outbox = open_outbox()
    kept = outbox.add([sample(known(NOON)), sample(known(NOON), probe=AIR), sample(known(NOON)), sample(known(NOON))])
    assert [(one.reading.at_ms - NOON, one.uncertainty_ms) for one in kept if one] == [(0, 0), (0, 0), (1, 1), (2, 2)]


def test_live_and_late_readings_are_told_apart_by_their_instant(open_outbox: Callable[[], Outbox]) -> None:
    outbox = open_outbox()
    outbox.add([sample(known(NOON + n * MINUTE)) for n in (3, 1, 2)])
    late = outbox.pending(10, from_ms=0, before_ms=NOON + 2 * MINUTE)
    live = outbox.pending(10, from_ms=NOON + 2 * MINUTE, before_ms=2**62, but_not=Sequences.parse("3"))
    assert [one.sequence for one in late] == [2]
    assert [one.sequence for one in live] == [1]


def test_readings_before_the_clock_was_known_wait_and_are_repaired_within_their_boot(
    open_outbox: Callable[[], Outbox],
) -> None:
    outbox = open_outbox()
    assert outbox.add([sample(unknown(boot="b", uptime_ms=n * MINUTE, wall_ms=0)) for n in (1, 2)]) == [None, None]
    assert instants(outbox) == []
    assert outbox.extent().untimed == 2
    assert outbox.confirm(Sequences.parse("1-2"), now_ms=NOON) == 0
    assert outbox.repair(unknown(boot="b", uptime_ms=3 * MINUTE)) == 0
    assert outbox.repair(known(NOON, boot="b", uptime_ms=3 * MINUTE)) == 2
    assert instants(outbox) == [NOON - 2 * MINUTE, NOON - MINUTE]
    assert [one.uncertainty_ms for one in outbox.pending(9)] == [0, 0]


@pytest.mark.parametrize("trusted", [False, True], ids=["without a time", "dated by a fitted clock"])
def test_a_round_that_is_committed_after_the_repair_of_its_boot_has_the_servers_time_too(
    open_outbox: Callable[[], Outbox], trusted: bool
) -> None:
    outbox = open_outbox()
    hour = 60 * MINUTE
    early = Stamp(boot_id="one", uptime_ms=9_000, wall_ms=NOON + hour, trusted=trusted, source=Source.FITTED)
    outbox.add([sample(early)])
    outbox.repair(known(NOON + 10_000, uptime_ms=10_000, uncertainty_ms=400))
    outbox.add([sample(early, probe=AIR)])  # looked at before the server's word came, committed after
    assert instants(outbox) == [NOON + 9_000, NOON + 9_000]


def test_rounds_are_taken_while_weeks_without_a_time_are_dated(open_outbox: Callable[[], Outbox]) -> None:
    outbox, rounds = open_outbox(), 0
    outbox.add([sample(unknown(boot="b", uptime_ms=n * 1000)) for n in range(1, 10_001)])
    repairing = threading.Thread(target=outbox.repair, args=(known(NOON, boot="b", uptime_ms=10_001_000),))
    repairing.start()
    while repairing.is_alive():
        outbox.add([sample(known(NOON + rounds * MINUTE, boot="b", uptime_ms=10_001_000 + rounds * MINUTE))])
        rounds += outbox.has_undated()
    repairing.join()
    assert rounds >= 3
    assert not outbox.has_undated()


def test_what_the_server_time_left_open_stays_with_the_repaired_readings(open_outbox: Callable[[], Outbox]) -> None:
    outbox = open_outbox()
    outbox.add([sample(unknown(boot="b", uptime_ms=0))])
    outbox.repair(known(NOON, boot="b", uptime_ms=MINUTE, uncertainty_ms=2900))
    assert [one.uncertainty_ms for one in outbox.pending(9)] == [4000]


def test_a_boot_that_never_learnt_the_time_lies_between_its_neighbours(open_outbox: Callable[[], Outbox]) -> None:
    outbox = open_outbox()
    outbox.add([sample(known(NOON, boot="a"))])
    outbox.add([sample(unknown(boot="b", uptime_ms=n * MINUTE)) for n in (1, 2)])
    outbox.add([sample(known(NOON + 61 * MINUTE, boot="c", uptime_ms=MINUTE))])
    outbox.repair(known(NOON + 62 * MINUTE, boot="c", uptime_ms=2 * MINUTE))
    _, first, second, _ = outbox.pending(9)
    assert second.reading.at_ms - first.reading.at_ms == MINUTE
    assert NOON - 3 * MINUTE <= first.reading.at_ms - first.uncertainty_ms <= NOON + MINUTE
    assert NOON + 60 * MINUTE <= second.reading.at_ms + second.uncertainty_ms <= NOON + 64 * MINUTE


def test_a_first_boot_that_never_learnt_the_time_ended_before_the_next_and_may_be_older_than_it_said(
    open_outbox: Callable[[], Outbox],
) -> None:
    outbox = open_outbox()
    outbox.add([sample(unknown(boot="a", uptime_ms=MINUTE, wall_ms=NOON + DAY))])
    outbox.repair(known(NOON, boot="b", uptime_ms=0))
    (kept,) = outbox.pending(9)
    assert NOON <= kept.reading.at_ms <= NOON + 1000
    assert kept.reading.at_ms - kept.uncertainty_ms <= PLAUSIBLE_FROM_MS


def test_boots_are_counted_in_the_order_they_were_first_seen(open_outbox: Callable[[], Outbox]) -> None:
    outbox = open_outbox()
    assert outbox.begin_boot(known(NOON, boot="a")) == 1
    assert outbox.begin_boot(known(NOON, boot="a")) == 1
    assert open_outbox().begin_boot(known(NOON, boot="b")) == 2


def test_a_damaged_file_is_set_aside_whole_and_a_new_identity_begins(
    open_outbox: Callable[[], Outbox], tmp_path: Path
) -> None:
    first = open_outbox()
    first.add([sample(known(NOON + n)) for n in range(500)])
    first.close()
    file = tmp_path / "outbox.sqlite"
    content = bytearray(file.read_bytes())
    content[-2048:] = b"\x5a" * 2048  # within the last page of the table: only a look at all of it finds that
    file.write_bytes(content)
    second = open_outbox()
    assert second.id != first.id
    assert second.depth() == 0
    assert second.add([sample(known(NOON))]) != []
    assert (tmp_path / "outbox.sqlite.damaged-1").read_bytes() == bytes(content)


@pytest.mark.parametrize("content", [b"not a database at all" * 200, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_no_outbox_never_stops_the_device(
    open_outbox: Callable[[], Outbox], tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "outbox.sqlite").write_bytes(content)
    assert open_outbox().add([sample(known(NOON))]) != []


def test_a_file_damaged_in_use_is_set_aside_by_the_next_round(
    open_outbox: Callable[[], Outbox], tmp_path: Path
) -> None:
    outbox = open_outbox()
    outbox.add([sample(known(NOON + n)) for n in range(2000)])
    outbox._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    was = outbox.id
    file = tmp_path / "outbox.sqlite"
    with file.open("r+b") as damaged:
        damaged.write(b"\x5a" * file.stat().st_size)
    outbox._connection.execute("PRAGMA cache_size = 0")
    outbox._connection.execute("PRAGMA shrink_memory")
    with sqlite3.connect(":memory:"):
        assert outbox.add([sample(known(NOON + DAY))])
    assert outbox.id != was
    assert outbox.depth() == 1
    assert (tmp_path / "outbox.sqlite.damaged-1").exists()


def test_a_full_card_is_said_with_its_remedy_and_survived(open_outbox: Callable[[], Outbox]) -> None:
    outbox = open_outbox()
    pages = outbox._connection.execute("PRAGMA page_count").fetchone()[0]
    outbox._connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(OutboxUnavailable, match="free space on the card"):
        outbox.add([sample(known(NOON + n)) for n in range(5000)])
    outbox._connection.execute("PRAGMA max_page_count = 1000000")
    assert len(outbox.add([sample(known(NOON))])) == 1
    assert outbox.depth() == 1


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("take"), st.integers(0, 3)),
            st.tuples(st.just("boot"), st.booleans()),
            st.tuples(st.just("sync"), st.just(0)),
            st.tuples(st.just("confirm"), st.sets(st.integers(1, 40), min_size=1)),
            st.tuples(st.just("reopen"), st.just(0)),
        ),
        max_size=30,
    )
)
def test_whatever_happens_every_sample_is_kept_once_in_order_with_its_own_instant(
    tmp_path_factory: pytest.TempPathFactory, story: list[tuple[str, object]]
) -> None:
    path = tmp_path_factory.mktemp("outbox") / "outbox.sqlite"
    outbox, boot, uptime, trusted, taken = Outbox(path), 0, 0, True, 0
    truth, wall = {}, NOON
    for what, detail in story:
        uptime, wall = uptime + MINUTE, wall + MINUTE
        stamp = Stamp(boot_id=str(boot), uptime_ms=uptime, wall_ms=wall if trusted else 0, trusted=trusted)
        if what == "take":
            for kept in outbox.add([sample(stamp)] * int(str(detail))):
                taken += 1
                truth[taken] = wall
                assert kept is None or kept.sequence == taken
        elif what == "boot":
            boot, uptime, trusted = boot + 1, 0, bool(detail)
        elif what == "sync":
            trusted = True
            outbox.repair(known(wall, boot=str(boot), uptime_ms=uptime))
        elif what == "confirm" and isinstance(detail, set):
            outbox.confirm(Sequences.of(detail), now_ms=wall)
        else:
            outbox.close()
            outbox = Outbox(path)
    outbox.repair(known(wall + MINUTE, boot=str(boot), uptime_ms=uptime + MINUTE))
    everything = outbox.readings(Sequences.span(1, max(taken, 1)))
    outbox.close()
    assert [one.sequence for one in everything] == list(range(1, taken + 1))
    assert len({one.reading.at_ms for one in everything}) == taken
    assert all(_covers(one, truth[one.sequence]) for one in everything)


def _covers(kept: Kept, true_ms: int) -> bool:
    return abs(kept.reading.at_ms - true_ms) <= max(kept.uncertainty_ms, 3) + 3
