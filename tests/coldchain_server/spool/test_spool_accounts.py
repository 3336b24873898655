"""What the spool says of itself: totals, what was refused, and how much of the disk it takes."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coldchain_contract.sequences import Sequences
from coldchain_server.spool.model import Accepted, Quarantined, Reason, quarantined
from coldchain_server.spool.settings import Quota
from coldchain_server.spool.spool import Spool
from coldchain_server.spool.totals import Totals
from invented.small_fleet import INEKAR, NOW_MS, OUTBOX, PI, pack, reading


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    opened = Spool(tmp_path / "spool.sqlite", quota=Quota(entries=2, bytes=10_000_000))
    yield opened
    opened.close()


def accepted(first: int, count: int) -> Accepted:
    readings = [reading(NOW_MS + number) for number in range(first, first + count)]
    return Accepted(site=INEKAR, device=PI, live=True, received_ms=NOW_MS, pack=pack(*readings, first=first))


def refused(sequences: str, *, reason: Reason = Reason.FUTURE) -> Quarantined:
    return quarantined(
        sequences.encode(),
        reason,
        topic="t",
        device=PI,
        detail="",
        received_ms=NOW_MS,
        outbox=OUTBOX,
        sequences=Sequences.parse(sequences),
    )


def test_totals_tell_what_came_what_came_again_and_what_was_refused(spool: Spool) -> None:
    spool.admit([accepted(1, 10), refused("11-13")])
    spool.admit([accepted(6, 10), refused("20", reason=Reason.UNKNOWN_PROBE)])
    spool.quarantine([quarantined(b"{", Reason.SENML, topic="t", device=None, detail="", received_ms=NOW_MS)])
    assert spool.totals() == Totals(
        received=15, duplicates=5, refused={Reason.SENML: 1, Reason.UNKNOWN_PROBE: 1, Reason.FUTURE: 3}
    )


def test_totals_survive_the_process(spool: Spool) -> None:
    spool.admit([accepted(1, 3)])
    again = Spool(spool.path, quota=Quota(entries=2, bytes=1))
    assert again.totals().received == 3
    again.close()


@settings(max_examples=30)
@given(st.lists(st.lists(st.integers(1, 60), min_size=1, max_size=8, unique=True), max_size=6))
def test_what_was_refused_is_known_though_the_quarantine_kept_no_more_of_it(
    tmp_path_factory: pytest.TempPathFactory, refusals: list[list[int]]
) -> None:
    spool = Spool(tmp_path_factory.mktemp("spool") / "spool.sqlite", quota=Quota(entries=2, bytes=10_000_000))
    spool.admit([refused(str(Sequences.of(numbers))) for numbers in refusals])
    assert spool.refused(OUTBOX) == Sequences.of(number for numbers in refusals for number in numbers)
    assert spool.received(OUTBOX) == Sequences()
    spool.close()


def test_the_size_is_what_the_disk_holds(spool: Spool, tmp_path: Path) -> None:
    before = spool.size()
    for number in range(20):
        spool.admit([accepted(1 + number * 500, 500)])
    assert spool.size() > before
    assert spool.size() == sum(file.stat().st_size for file in tmp_path.iterdir() if not file.name.endswith("-shm"))


def test_what_is_estimated_is_passed_on_and_counts_only_when_it_comes_again_dated(spool: Spool) -> None:
    estimated = msgspec.structs.replace(accepted(1, 3), estimated=True)
    assert spool.admit([estimated, estimated]) == [Sequences(), Sequences()]
    assert (spool.received(OUTBOX), spool.totals()) == (Sequences(), Totals())
    assert spool.admit([accepted(1, 3)]) == [Sequences.span(1, 3)]
    assert spool.totals() == Totals(received=3)
    assert [(one.estimated, len(one.readings)) for one in spool.after(0, 9)] == [(True, 3), (True, 3), (False, 3)]
    assert spool.after(2, 1)[0].readings == tuple(enumerate(accepted(1, 3).pack.readings, 1))


@settings(max_examples=30)
@given(received=st.sets(st.integers(1, 30)), wanted=st.lists(st.sets(st.integers(1, 40)), max_size=3))
def test_what_is_wanted_anew_is_spooled_once_more_at_its_own_instant_and_nothing_else_is(
    tmp_path_factory: pytest.TempPathFactory, received: set[int], wanted: list[set[int]]
) -> None:
    spool = Spool(tmp_path_factory.mktemp("spool") / "spool.sqlite", quota=Quota(entries=2, bytes=10_000_000))
    spool.admit([accepted(number, 1) for number in received])
    for numbers in wanted:
        spool.want_anew(OUTBOX, Sequences.of(numbers))
    before = len(spool.after(0, 999))
    for _ in range(2):
        spool.admit([accepted(1, 30)])
    came = [one for row in spool.after(before, 999) for one in row.readings]
    fresh = set(range(1, 31)) - received
    expected = sorted(fresh | (received & set[int]().union(*wanted)))
    assert sorted(number for number, _ in came) == expected
    spool.close()
