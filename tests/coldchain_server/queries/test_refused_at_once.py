"""A test of hours ago that refuses milk is gone by at once, before judging has worked it in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from coldchain_contract.readings import Reading
from coldchain_judgement.milk import events
from coldchain_judgement.milk.events import Event, MilkIn
from coldchain_judgement.milk.kinds import Milked, QualityTest
from coldchain_judgement.milk.saying import Because
from coldchain_server.fleet.load import builtin_profiles
from coldchain_server.ledger.database import open_ledger, sessions_of
from coldchain_server.ledger.tables import Base
from coldchain_server.milk import rows
from coldchain_server.queries.milk import milk_now
from invented.late import LateWatched, minute_ms
from invented.watched import MILK, SITE, UNIT, fleet_of


@pytest.fixture
def late(tmp_path: Path) -> Iterator[LateWatched]:
    """A cooler with milk since its tenth minute, measured for two hours."""
    engine = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    Base.metadata.create_all(engine)
    late = LateWatched(tmp_path, sessions_of(engine), fleet=fleet_of(profile=builtin_profiles()["daily"]))
    told(late, MilkIn(at_ms=minute_ms(10), milked=Milked.JUST_NOW))
    late.clock.set(minute_ms(120))
    late.arrive(1, [Reading(probe=MILK, at_ms=minute_ms(one), value=5.0) for one in range(121)], live=True)
    late.write()
    yield late
    late.close()
    engine.dispose()


def told(late: LateWatched, event: Event) -> int:
    telling = rows.Telling(key=str(event.at_ms), site=SITE, unit=UNIT, event=event, who="a", channel="page")
    with late.sessions.begin() as session:
        number = rows.tell(session, telling, now_ms=late.clock.now_ms())
    assert number is not None
    return number


def worked_in(late: LateWatched) -> None:
    """Let judging hear of what was told, for which it asks once a second, and judge anew what that made late."""
    late.clock.set(late.clock.now_ms() + 1000)
    late.judge()
    late.settle()


def because(late: LateWatched) -> Because:
    with late.sessions() as session:
        milk = milk_now(session, late.fleet, late.fleet.units[UNIT], now_ms=late.clock.now_ms())
    assert milk is not None
    return milk.because


@pytest.mark.parametrize(("minute", "refuses"), [(60, True), (5, False)], ids=["of this milk", "of the milk before"])
def test_a_failed_test_of_an_hour_ago_refuses_its_milk_before_and_after_judging_knows(
    late: LateWatched, minute: int, *, refuses: bool
) -> None:
    before = because(late)
    number = told(late, events.Tested(at_ms=minute_ms(minute), test=QualityTest.CLOT_ON_BOILING, failed=True))
    assert (because(late) is Because.REFUSED) is refuses
    worked_in(late)
    assert (because(late) is Because.REFUSED) is refuses
    with late.sessions.begin() as session:
        assert rows.withdraw(session, number, who="a", channel="page", now_ms=late.clock.now_ms())
    worked_in(late)
    assert because(late) is not Because.REFUSED
    assert before is not Because.REFUSED
