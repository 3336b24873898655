"""Reading what was just taken before what waits, and without waiting for whoever commits."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from coldchain_server.spool.model import Accepted, Spooled
from coldchain_server.spool.settings import Quota
from coldchain_server.spool.spool import Spool
from invented.small_fleet import INEKAR, NOW_MS, PI, pack, reading


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    opened = Spool(tmp_path / "spool.sqlite", quota=Quota(entries=10, bytes=1_000_000))
    yield opened
    opened.close()


def put(spool: Spool, number: int, *, live: bool) -> None:
    spool.admit([accepted(number, live=live)])


def accepted(number: int, *, live: bool) -> Accepted:
    sent = pack(reading(NOW_MS + number), first=number)
    return Accepted(site=INEKAR, device=PI, live=live, received_ms=NOW_MS, pack=sent)


def positions(packs: list[Spooled]) -> list[int]:
    return [pack.position for pack in packs]


def test_live_packs_are_found_among_all_others_in_the_order_they_came(spool: Spool) -> None:
    for number in range(1, 9):
        put(spool, number, live=number % 3 == 0)
    assert positions(spool.live_after(0, 10)) == [3, 6]
    assert positions(spool.live_after(3, 10)) == [6]
    assert positions(spool.live_after(0, 1)) == [3]
    assert spool.live_after(0, 1) == spool.after(2, 1)


def test_the_rest_is_all_but_the_live_packs_that_were_read_and_says_how_far_it_reaches(spool: Spool) -> None:
    for number in range(1, 9):
        put(spool, number, live=number % 3 == 0)

    def rest(position: int, live_through: int, limit: int) -> tuple[list[int], int]:
        packs, through = spool.rest_after(position, live_through=live_through, limit=limit)
        return positions(packs), through

    assert rest(0, 6, 10) == ([1, 2, 4, 5, 7, 8], 8)
    assert rest(0, 3, 10) == ([1, 2, 4, 5, 6, 7, 8], 8)
    assert rest(0, 6, 3) == ([1, 2, 4], 4)
    assert rest(5, 6, 2) == ([7, 8], 8)
    put(spool, 9, live=True)
    assert rest(8, 9, 10) == ([], 9)
    assert rest(12, 9, 10) == ([], 12)


def test_live_packs_go_as_all_others_do(spool: Spool) -> None:
    for number in range(1, 5):
        put(spool, number, live=True)
    spool.advance("writing", 4)
    spool.advance("judging", 3)
    assert positions(spool.live_after(0, 10)) == positions(spool.after(0, 10)) == [4]


class LongBatch(list[Accepted]):
    """Items of which the first is followed by nothing until it is told."""

    def __init__(self, *items: Accepted) -> None:
        super().__init__(items)
        self.begun, self.may_end = threading.Event(), threading.Event()

    def __iter__(self) -> Iterator[Accepted]:
        for item in super().__iter__():
            yield item
            self.begun.set()
            self.may_end.wait(10)


def test_whoever_reads_does_not_wait_for_whoever_commits(spool: Spool) -> None:
    put(spool, 1, live=True)
    batch = LongBatch(accepted(2, live=True))
    with ThreadPoolExecutor(1) as ingest:
        committing = ingest.submit(spool.admit, batch)
        assert batch.begun.wait(10)
        assert positions(spool.after(0, 10)) == positions(spool.live_after(0, 10)) == [1]
        assert (spool.position("judging"), committing.done()) == (0, False)
        batch.may_end.set()
    assert positions(spool.live_after(0, 10)) == [1, 2]
