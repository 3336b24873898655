"""Messages that wait: news overtakes backlog, nothing is done twice, and the broker is told in its order."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from coldchain_server.ingest.session import Message
from coldchain_server.ingest.waiting import Waiting


def messages(*kinds: str, first: int = 1) -> list[Message]:
    return [
        Message(f"coldchain/v1/menaka/pi/{kind}", b"x" * number, retained=False, mid=number, qos=1)
        for number, kind in enumerate(kinds, first)
    ]


def held(waiting: Waiting) -> list[int]:
    return [came.message.mid for came in waiting.next()]


def mids(told: Sequence[Message]) -> list[int]:
    return [message.mid for message in told]


def test_news_is_done_before_backlog_that_came_before_it() -> None:
    waiting = Waiting()
    waiting.add(messages("backfill", "backfill", "live", "status"), received_ms=7)
    assert held(waiting) == [3, 4]
    assert mids(waiting.done()) == []
    assert held(waiting) == [1, 2]
    assert mids(waiting.done()) == [1, 2, 3, 4]
    assert (held(waiting), len(waiting), waiting.bytes) == ([], 0, 0)


def test_backlog_is_done_in_slices_so_that_news_never_waits_for_all_of_it() -> None:
    waiting = Waiting()
    waiting.add(messages(*["backfill"] * 30), received_ms=7)
    assert held(waiting) == list(range(1, 26))
    assert mids(waiting.done()) == list(range(1, 26))
    waiting.add(messages("live", first=31), received_ms=8)
    assert [(came.message.mid, came.received_ms) for came in waiting.next()] == [(31, 8)]


def test_what_failed_to_become_durable_waits_on_and_news_that_came_meanwhile_goes_before_it() -> None:
    waiting = Waiting()
    waiting.add(messages("backfill"), received_ms=7)
    assert held(waiting) == held(waiting) == [1]
    waiting.add(messages("live", first=2), received_ms=8)
    assert held(waiting) == [2]
    assert mids(waiting.done()) == []
    assert held(waiting) == [1]


@given(
    st.lists(st.one_of(st.just("fails"), st.just("done"), st.lists(st.sampled_from(["live", "backfill"]), max_size=40)))
)
def test_everything_is_done_once_and_acknowledged_in_the_order_it_came(happenings: list[str | list[str]]) -> None:
    waiting, came, done, told = Waiting(), 0, [], []
    for happening in [*happenings, *["done"] * 200]:
        if isinstance(happening, list):
            waiting.add(messages(*happening, first=came + 1), received_ms=came)
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
