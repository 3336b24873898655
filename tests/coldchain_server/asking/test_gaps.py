"""What to ask a device for: what is missing here, is on its card, and would not come by itself."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from coldchain_contract.sequences import Sequences
from coldchain_server.asking.gaps import MOST_RANGES, MOST_READINGS, Account, Decision, Extent, WhyLost, decide

NONE = Sequences()


def numbers(text: str) -> Sequences:
    return Sequences.parse(text) if text else NONE


def asked(extent: Extent, **account: str) -> str:
    known = replace(Account(), **{name: numbers(text) for name, text in account.items()})
    return str(decide(extent, known).ask)


def extent(lowest: int, highest: int, waiting: str = "") -> Extent:
    return Extent(lowest=lowest, highest=highest, unconfirmed=len(numbers(waiting)), waiting=numbers(waiting))


def test_a_hole_is_asked_for() -> None:
    assert asked(extent(1, 20), received="1-4,8-20") == "5-7"


def test_a_tail_that_the_device_takes_to_be_stored_is_asked_for() -> None:
    assert asked(extent(1, 20), received="1-15") == "16-20"


def test_what_the_device_sends_of_itself_is_left_to_it() -> None:
    assert asked(extent(1, 20, waiting="11-20"), received="1-4,8-10") == "5-7"


def test_what_was_refused_is_dealt_with() -> None:
    assert asked(extent(1, 20), received="1-4,8-20", refused="5-7") == ""


def test_what_is_being_asked_for_is_not_asked_for_again() -> None:
    assert asked(extent(1, 20), received="1-4,8-20", under_way="5-6") == "7"


def test_what_is_below_the_lowest_on_the_card_is_lost_and_said_once() -> None:
    told = decide(extent(9, 20), Account(received=numbers("1-4,8-20")))
    assert told == Decision(lost={WhyLost.GONE: numbers("5-7")})
    assert decide(extent(9, 20), Account(received=numbers("1-4,8-20"), lost=numbers("5-7"))) == Decision()


def test_what_was_promised_three_times_and_never_came_is_lost() -> None:
    twice = Account(received=numbers("1-4"), answered=(numbers("5-9"), numbers("5-9")))
    assert decide(extent(1, 9), twice) == Decision(ask=numbers("5-9"))
    thrice = Account(received=numbers("1-4"), answered=(numbers("5-9"), numbers("5-7"), numbers("5-9")))
    assert decide(extent(1, 9), thrice) == Decision(ask=numbers("8-9"), lost={WhyLost.NEVER_CAME: numbers("5-7")})


def test_a_device_that_says_only_how_many_wait_is_asked_once_more_are_missing() -> None:
    says_forty = Extent(lowest=1, highest=100, unconfirmed=40)
    assert asked(says_forty, received="1-60") == ""
    assert asked(says_forty, received="1-59") == "60-100"


def test_an_outbox_that_is_empty_asks_for_nothing() -> None:
    assert decide(Extent(lowest=0, highest=0), Account()) == Decision()


def test_one_request_is_bounded_and_begins_with_the_oldest() -> None:
    assert asked(extent(1, 100_000)) == f"1-{MOST_READINGS}"
    every_other = Sequences.of(range(1, 10_000, 2))
    ask = decide(extent(1, 10_000), Account(received=every_other)).ask
    assert len(ask.ranges) == MOST_RANGES
    assert ask.ranges[0] == (2, 2)


sets = st.frozensets(st.integers(1, 40)).map(Sequences.of)


@given(
    lowest=st.integers(1, 40),
    highest=st.integers(1, 40),
    waiting=st.none() | sets,
    account=st.builds(
        Account, received=sets, refused=sets, lost=sets, under_way=sets, answered=st.lists(sets, max_size=5).map(tuple)
    ),
)
def test_every_number_is_dealt_with_coming_asked_for_or_lost_and_in_one_way_only(
    lowest: int, highest: int, waiting: Sequences | None, account: Account
) -> None:
    unconfirmed = 3 if waiting is None else len(waiting)
    said = Extent(lowest=lowest, highest=highest, unconfirmed=unconfirmed, waiting=waiting)
    decision = decide(said, account)
    newly_lost = NONE
    for lost in decision.lost.values():
        assert not (newly_lost & lost).ranges
        newly_lost |= lost
    settled = account.received | account.refused | account.lost | account.under_way
    assert not (decision.ask & (newly_lost | settled)).ranges
    assert not (newly_lost & settled).ranges
    assert (decision.ask | newly_lost) - Sequences.span(1, highest) == NONE
    assert not (decision.ask & Sequences.span(1, lowest - 1)).ranges
    left = Sequences.span(1, highest) - settled - newly_lost - decision.ask
    if waiting is not None:
        assert left - waiting == NONE
        assert not (decision.ask & waiting).ranges
    else:
        assert len(left - Sequences.span(1, lowest - 1)) <= 3 + len(account.under_way)
