"""What a box tells of its milk, what it hears of it: taken once, set aside for good, answered when it is durable."""

from collections.abc import Iterator
from datetime import time
from pathlib import Path

import msgspec
import pytest

from coldchain_contract.messages import MilkEventSetting, MilkTold, Stored, encode_message
from coldchain_contract.topics import Kind, Topic
from coldchain_judgement.milk import events
from coldchain_judgement.milk.events import Emptied, Event, MilkIn, Sold
from coldchain_judgement.milk.kinds import Milked, QualityTest
from coldchain_server.fleet.model import Fleet
from coldchain_server.ingest.configs import config_for
from coldchain_server.ingest.confirmations import confirmations
from coldchain_server.ingest.reception import Arrival, Enrolled, Known, Received, receive
from coldchain_server.ingest.told import Tellings, ToldOf
from coldchain_server.ingest.words import enter
from coldchain_server.ledger.database import Sessions, open_ledger, sessions_of
from coldchain_server.ledger.tables import Base
from coldchain_server.milk import rows
from coldchain_server.spool.model import Quarantined, Reason
from invented.small_fleet import COOLER, ENROLLED_MS, INEKAR, NOW_MS, OTHER_COOLER, PI, fleet

TOPIC, DOWN = "coldchain/v1/inekar/inekar-pi/milk", Topic(INEKAR, PI, Kind.STORED)
KNOWN = Known.of(fleet(), {PI: Enrolled(site=INEKAR, since_ms=ENROLLED_MS)})
GOOD = MilkTold(id="word-1", unit=COOLER, at_ms=NOW_MS - 1000, kind="milk-in", milked="just-milked")
MINUTE = 60_000


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[Sessions]:
    engine = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    Base.metadata.create_all(engine)
    yield sessions_of(engine)
    engine.dispose()


def received(told: MilkTold) -> tuple[Arrival, Received]:
    arrival = Arrival(topic=TOPIC, payload=encode_message(told), received_ms=NOW_MS)
    return arrival, receive(arrival, KNOWN)


def tell(sessions: Sessions, key: str, event: Event) -> int | None:
    telling = rows.Telling(key=key, site=INEKAR, unit=COOLER, event=event, who="fatou", channel="page")
    with sessions.begin() as session:
        return rows.tell(session, telling, now_ms=NOW_MS)


def in_force(sessions: Sessions) -> list[Event]:
    with sessions() as session:
        return rows.in_force(session, COOLER, from_ms=0, to_ms=NOW_MS)


def raw_milk() -> Fleet:
    """The small fleet, its coolers for raw milk that is collected at seven."""
    known = fleet()
    site = msgspec.structs.replace(known.sites[INEKAR], collected_at=(time(7),))
    profiles = {name: msgspec.structs.replace(one, raw_milk=True) for name, one in known.profiles.items()}
    return msgspec.structs.replace(known, sites={**known.sites, INEKAR: site}, profiles=profiles)


def test_what_a_box_tells_is_entered_once_however_often_it_comes_and_answered_each_time(sessions: Sessions) -> None:
    for _ in range(2):
        heard = received(GOOD)
        enter(sessions, [heard])
        ((down, stored),) = confirmations([heard[1]], now_ms=NOW_MS)
        assert (down, stored) == (DOWN, Stored(outbox="", server_time_ms=NOW_MS, milk=("word-1",)))
    assert in_force(sessions) == [MilkIn(at_ms=GOOD.at_ms, milked=Milked.JUST_NOW)]
    with sessions() as session:
        (entry,) = rows.of_unit(session, COOLER, from_ms=0, to_ms=NOW_MS)
    assert (entry.who, entry.channel) == (f"box {PI}", "box")


def test_what_a_box_corrects_is_taken_back(sessions: Sessions) -> None:
    slip = MilkTold(id="word-2", unit=COOLER, at_ms=NOW_MS, kind="emptied", corrects="word-1")
    enter(sessions, [received(GOOD), received(slip), received(GOOD), received(slip)])
    assert in_force(sessions) == [Emptied(at_ms=NOW_MS)]


def test_a_box_corrects_nothing_of_another_unit(sessions: Sessions) -> None:
    tell(sessions, "page-1", MilkIn(at_ms=NOW_MS - 5))
    elsewhere = msgspec.structs.replace(GOOD, id="word-3", corrects="nobody-said-that")
    enter(sessions, [received(elsewhere)])
    assert len(in_force(sessions)) == 2


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"unit": OTHER_COOLER}, Reason.MESSAGE),
        ({"unit": "invented"}, Reason.MESSAGE),
        ({"kind": "spilt"}, Reason.MESSAGE),
        ({"milked": "tomorrow"}, Reason.MESSAGE),
        ({"at_ms": NOW_MS + 600_001}, Reason.FUTURE),
        ({"at_ms": ENROLLED_MS - 1}, Reason.BEFORE_ENROLMENT),
    ],
)
def test_what_can_never_be_taken_is_set_aside_and_not_sent_for_ever(changes: dict[str, object], reason: Reason) -> None:
    _, worth = received(msgspec.structs.replace(GOOD, **changes))
    (item,) = worth.items
    assert isinstance(item, Quarantined)
    assert (item.reason, worth.heard) == (reason, None)
    assert confirmations([worth], now_ms=NOW_MS)[0][1].milk == ("word-1",)


@pytest.mark.parametrize("payload", [b"{", b"[]", b'{"id":""}', b'{"id":"a\\u0000"}', b"\xff"])
def test_a_word_not_in_the_agreed_form_is_set_aside(payload: bytes) -> None:
    worth = receive(Arrival(topic=TOPIC, payload=payload, received_ms=NOW_MS), KNOWN)
    assert isinstance(worth.items[0], Quarantined)
    assert worth.items[0].reason is Reason.MESSAGE


def test_a_box_hears_what_counts_since_its_unit_was_emptied_and_which_of_its_own_words_do_not(
    sessions: Sessions,
) -> None:
    enter(sessions, [received(GOOD)])
    tell(sessions, "old", MilkIn(at_ms=NOW_MS - 90 * MINUTE))
    tell(sessions, "gone", Emptied(at_ms=NOW_MS - 60 * MINUTE))
    new = tell(sessions, "new", MilkIn(at_ms=NOW_MS - 30 * MINUTE, milked=Milked.THIS_MORNING))
    with sessions.begin() as session:
        own = rows.number_of(session, GOOD.id, unit=COOLER)
        assert own is not None and new is not None
        rows.withdraw(session, own, who="fatou", channel="page", now_ms=NOW_MS)
    told = Tellings(sessions).all(now_ms=NOW_MS)[COOLER]
    assert [one.id for one in told.events] == ["gone", "new"]
    assert told.withdrawn == (GOOD.id,)
    assert msgspec.convert(told.events[1].event, Event) == MilkIn(
        at_ms=NOW_MS - 30 * MINUTE, milked=Milked.THIS_MORNING
    )


def test_only_units_of_which_something_new_was_told_are_told_anew(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coldchain_server.ingest.told._LOOK_EVERY_S", 0.0)
    tellings = Tellings(sessions)
    assert tellings.all(now_ms=NOW_MS) == {}
    number = tell(sessions, "sold", Sold(at_ms=NOW_MS))
    assert set(tellings.changed(now_ms=NOW_MS)) == {COOLER}
    assert tellings.changed(now_ms=NOW_MS) == {}
    assert number is not None
    with sessions.begin() as session:
        rows.withdraw(session, number, who="fatou", channel="page", now_ms=NOW_MS)
    assert tellings.changed(now_ms=NOW_MS) == {COOLER: ToldOf()}


def test_the_config_says_by_what_raw_milk_is_judged_and_nothing_of_other_milk() -> None:
    known = raw_milk()
    (milk,) = config_for(known.devices[PI], known, now_ms=NOW_MS).milk.values()
    assert (milk.zone, milk.needed_at, milk.lag_s) == ("Africa/Bamako", ("07:00",), 300)
    assert config_for(known.devices[PI], fleet(), now_ms=NOW_MS).milk == {}


def test_a_config_stays_a_message_however_much_was_told() -> None:
    known = raw_milk()
    events = tuple(MilkEventSetting(id=f"e{n}", event={"batch": "x" * 3000}) for n in range(12))
    config = config_for(known.devices[PI], known, now_ms=NOW_MS, told={COOLER: ToldOf(events=events)})
    encode_message(config)
    kept = config.milk[COOLER].events
    assert kept and kept == events[-len(kept) :]


def test_a_box_hears_of_tests_that_were_failed_and_of_no_others(sessions: Sessions) -> None:
    tell(sessions, "in", MilkIn(at_ms=NOW_MS - 3 * MINUTE, milked=Milked.JUST_NOW))
    passed = events.Tested(at_ms=NOW_MS - 2 * MINUTE, test=QualityTest.ACIDITY, failed=False, value=16.0)
    tell(sessions, "passed", passed)
    tell(sessions, "failed", msgspec.structs.replace(passed, at_ms=NOW_MS - MINUTE, failed=True, value=24.0))
    told = Tellings(sessions).all(now_ms=NOW_MS)[COOLER]
    assert [one.id for one in told.events] == ["in", "failed"]
    assert told.events[1].event == {"type": "tested", "at_ms": NOW_MS - MINUTE, "test": "acidity", "failed": True}
