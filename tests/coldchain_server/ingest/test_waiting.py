"""Messages that wait: news overtakes backlog, nothing is done twice, and the broker is told in its order."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from coldchain_server.ingest.arrival import Arrival
from coldchain_server.ingest.waiting import Waiting


def messages(*kinds: str, first: int = 1) -> list[Arrival]:
    return [
        Arrival(topic=f"coldchain/v1/menaka/pi/{kind}", payload=b"x" * number, received_ms=7, mid=number, qos=1)
        for number, kind in enumerate(kinds, first)
    ]


def held(waiting: Waiting) -> list[int]:
    return mids(waiting.next())


def mids(told: Sequence[Arrival]) -> list[int]:
    return [arrival.mid for arrival in told]


def test_news_is_done_before_backlog_that_came_before_it() -> None:
    waiting = Waiting()
    waiting.add(messages("backfill", "backfill", "live", "status"))
    assert held(waiting) == [3, 4]
    assert mids(waiting.done()) == []
    assert held(waiting) == [1, 2]
    assert mids(waiting.done()) == [1, 2, 3, 4]
    assert (held(waiting), len(waiting), waiting.bytes) == ([], 0, 0)


def test_backlog_is_done_in_slices_so_that_news_never_waits_for_all_of_it() -> None:
    waiting = Waiting()
    waiting.add(messages(*["backfill"] * 30))
    assert held(waiting) == list(range(1, 26))
    assert mids(waiting.done()) == list(range(1, 26))
    waiting.add(messages("live", first=31))
    assert held(waiting) == [31]


def test_what_failed_to_become_durable_waits_on_and_news_that_came_meanwhile_goes_before_it() -> None:
    waiting = Waiting()
    waiting.add(messages("backfill"))
    assert held(waiting) == held(waiting) == [1]
    waiting.add(messages("live", first=2))
    assert held(waiting) == [2]
    assert mids(waiting.done()) == []
    assert held(waiting) == [1]


def test_what_came_by_a_connection_that_is_lost_is_kept_and_not_acknowledged_on_another() -> None:
    waiting = Waiting()
    waiting.add(messages("backfill", "live", "backfill"))
    assert held(waiting) == [2]
    assert waiting.done() == []
    waiting.unnumber()
    assert [(len(one.payload), one.mid, one.qos) for one in waiting.next()] == [(1, 0, 0), (3, 0, 0)]
    assert [(one.mid, one.qos) for one in waiting.done()] == [(0, 0), (0, 0)]
    assert (len(waiting), waiting.bytes) == (0, 0)


@given(
    st.lists(st.one_of(st.just("fails"), st.just("done"), st.lists(st.sampled_from(["live", "backfill"]), max_size=40)))
)
def test_everything_is_done_once_and_acknowledged_in_the_order_it_came(happenings: list[str | list[str]]) -> None:
    waiting, came, done, told = Waiting(), 0, [], []
    for happening in [*happenings, *["done"] * 200]:
        if isinstance(happening, list):
            waiting.add(messages(*happening, first=came + 1))
            came += len(happening)
            continue
        taken = held(waiting)
        if happening == "done":
            done += taken
            told += mids(waiting.done())
            assert set(told) <= set(done)
        assert len(waiting) == came - len(told)
    assert sorted(done) == told == list(range(1, came + 1))
    assert waiting.bytes == 0
