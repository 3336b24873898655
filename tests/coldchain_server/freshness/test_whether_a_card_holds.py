"""Whether a card holds: drawn up anew as of then, with all that was told and measured since."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from coldchain_contract.identifiers import ProbeUrn
from coldchain_contract.readings import Reading
from coldchain_judgement.advice import When
from coldchain_judgement.milk import events
from coldchain_judgement.milk.kinds import Milked, QualityTest, Species
from coldchain_server.actions import Actions
from coldchain_server.errors import StoreUnavailable
from coldchain_server.fleet.load import builtin_profiles
from coldchain_server.fleet.model import Fleet, Role
from coldchain_server.freshness.card import Refusal
from coldchain_server.freshness.rows import Issued
from coldchain_server.ledger.database import open_ledger, sessions_of
from coldchain_server.ledger.tables import AuditRow, Base, SetAsideRow
from coldchain_server.milk import rows
from coldchain_server.queries import Queries
from coldchain_server.queries.freshness import Holding
from coldchain_server.store.protocol import Point, Store
from coldchain_server.store.sqlite import SqliteStore
from coldchain_server.viewer import Viewer
from invented.late import LateWatched
from invented.late import minute_ms as since_the_start
from invented.watched import MILK, SITE, UNIT, fleet_of

WOMEN = Viewer(name="menaka", role=Role.COOPERATIVE, site=SITE)
STEP, SIX_IN_THE_MORNING = 5, 947


def minute_ms(minute: int) -> int:
    """Return a minute after six in the morning, in Bamako."""
    return since_the_start(SIX_IN_THE_MORNING + minute)


POURED_MS = minute_ms(61)
PASSED = events.Tested(at_ms=minute_ms(100), test=QualityTest.CLOT_ON_BOILING, failed=False)


class Selling:
    """A cooler whose cooperative sells: what is told, measured and asked of its cards."""

    def __init__(self, late: LateWatched) -> None:
        self.late = late
        self.queries = self.reading(fleet=late.fleet, store=late.store)
        self.actions = Actions(sessions=late.sessions, fleet=late.fleet, clock=late.clock)
        self._told = 0

    def reading(self, *, fleet: Fleet, store: Store) -> Queries:
        return Queries(
            sessions=self.late.sessions, fleet=fleet, store=store, clock=self.late.clock, spool=self.late.spool
        )

    def told(self, *told: events.Event) -> list[int | None]:
        """Tell events; return their numbers."""
        numbers = []
        with self.late.sessions.begin() as session:
            for event in told:
                self._told += 1
                telling = rows.Telling(
                    key=str(self._told), site=SITE, unit=UNIT, event=event, who="menaka", channel="page"
                )
                numbers.append(rows.tell(session, telling, now_ms=self.late.clock.now_ms()))
        return numbers

    def kept(self, *celsius: float, from_minute: int = 0, skip: range = range(0)) -> None:
        """Let an hour pass at each of these temperatures; what was measured in the minutes of `skip` does not come."""
        for hour, value in enumerate(celsius):
            minutes = [from_minute + 60 * hour + minute for minute in range(0, 60, STEP)]
            self.late.clock.set(minute_ms(minutes[-1]))
            self.measured(value, [one for one in minutes if one not in skip])

    def measured(self, celsius: float, minutes: list[int]) -> None:
        self.heard(celsius, minutes)
        self.late.write()

    def heard(self, celsius: float, minutes: list[int]) -> None:
        """Let readings arrive and be judged that are not in the store yet."""
        readings = [Reading(probe=MILK, at_ms=minute_ms(one), value=celsius) for one in minutes]
        if readings:
            self.late.arrive(1 + minutes[0], readings, live=True)

    def offered(self) -> Issued | Refusal:
        offer = self.queries.card_offer(WOMEN, UNIT)
        assert offer is not None
        return offer.offered

    def made(self, key: str = "key") -> str:
        issued = self.offered()
        assert isinstance(issued, Issued), issued
        return self.actions.issue_card(WOMEN, UNIT, issued, key=key)

    def holding(self, code: str, *, queries: Queries | None = None) -> Holding:
        checked = (queries or self.queries).card(code)
        assert checked is not None
        return checked.holding


@pytest.fixture
def selling(tmp_path: Path) -> Iterator[Selling]:
    engine = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    Base.metadata.create_all(engine)
    fleet = fleet_of(profile=builtin_profiles()["daily"], sample_s=STEP * 60, report_s=3600)
    late = LateWatched(tmp_path, sessions_of(engine), fleet=fleet)
    yield Selling(late)
    late.close()
    engine.dispose()


def milk_in(species: Species = Species.COW) -> events.MilkIn:
    return events.MilkIn(at_ms=POURED_MS, milked=Milked.JUST_NOW, species=species)


@pytest.fixture
def sold(selling: Selling) -> Selling:
    """Milk that was just milked, is cold, and has passed a test."""
    selling.told(milk_in(), PASSED)
    selling.kept(5.0, 5.0, 5.0)
    return selling


def test_a_card_holds_until_its_milk_was_to_be_sold(sold: Selling) -> None:
    code = sold.made()
    assert sold.holding(code) is Holding.HOLDS
    assert sold.made() == code  # the same form, sent twice
    card = sold.queries.card(code)
    assert card is not None
    sold.late.clock.set(card.card.until_ms - 1)
    assert sold.holding(code) is Holding.HOLDS
    sold.late.clock.set(card.card.until_ms)
    assert sold.holding(code) is Holding.OVER


def test_a_card_goes_on_holding_when_its_milk_has_left_the_cooler_and_other_milk_is_in_it(sold: Selling) -> None:
    code = sold.made()
    sold.kept(5.0, from_minute=180)
    sold.told(events.Emptied(at_ms=minute_ms(230)), events.MilkIn(at_ms=minute_ms(238), milked=Milked.UNKNOWN))
    refused = events.Tested(at_ms=minute_ms(239), test=QualityTest.CLOT_ON_BOILING, failed=True)
    sold.told(refused)
    sold.kept(12.0, from_minute=240)
    assert sold.holding(code) is Holding.HOLDS
    assert isinstance(sold.offered(), Refusal)


def test_a_test_that_fails_afterwards_takes_a_card_back(sold: Selling) -> None:
    code = sold.made()
    sold.kept(5.0, from_minute=180)
    (number,) = sold.told(events.Tested(at_ms=minute_ms(200), test=QualityTest.ALCOHOL, failed=True, percent=68))
    assert sold.holding(code) is Holding.FALLEN
    assert sold.offered() is Refusal.PAST
    assert number is not None
    assert sold.actions.take_milk_back(WOMEN, number, channel="page")
    assert sold.holding(code) is Holding.HOLDS


def test_an_answer_that_was_wrong_takes_a_card_back(selling: Selling) -> None:
    (number, _) = selling.told(milk_in(), PASSED)
    selling.kept(5.0, 5.0, 5.0)
    code = selling.made()
    assert number is not None
    assert selling.actions.take_milk_back(WOMEN, number, channel="page")
    selling.told(milk_in(species=Species.CAMEL))
    assert selling.holding(code) is Holding.FALLEN


def test_warm_readings_that_come_late_take_a_card_back_and_cold_ones_do_not(selling: Selling) -> None:
    selling.told(milk_in(), msgspec.structs.replace(PASSED, at_ms=minute_ms(290)))
    selling.kept(20.0, 20.0, 20.0, 20.0, 5.0, skip=range(70, 95))
    code = selling.made()
    selling.measured(20.0, [80])
    assert selling.holding(code) is Holding.HOLDS
    selling.measured(38.0, [70, 75, 85, 90])
    selling.measured(38.0, [251, 252, 253, 256, 257, 258, 261, 262, 263])
    assert selling.holding(code) is Holding.FALLEN


def test_readings_that_leave_less_time_than_a_card_says_take_it_back(selling: Selling) -> None:
    selling.told(milk_in(), msgspec.structs.replace(PASSED, at_ms=minute_ms(290)))
    selling.kept(22.0, 22.0, 22.0, 22.0, 5.0, skip=range(70, 95))
    code = selling.made()
    selling.measured(38.0, [70, 75, 80, 85, 90])
    anew = selling.offered()
    assert isinstance(anew, Issued)
    assert anew.card.sell_by is When.BEFORE_MIDDAY
    assert selling.holding(code) is Holding.FALLEN


def test_what_a_site_learns_afterwards_of_its_milk_takes_no_card_back(sold: Selling) -> None:
    code, fleet = sold.made(), sold.late.fleet
    dirtier = msgspec.structs.replace(fleet.sites[SITE], offset_log10=2.0)
    learnt = sold.reading(fleet=msgspec.structs.replace(fleet, sites={SITE: dirtier}), store=sold.late.store)
    offer = learnt.card_offer(WOMEN, UNIT)
    assert offer is not None
    assert isinstance(offer.offered, Refusal)
    assert sold.holding(code, queries=learnt) is Holding.HOLDS


class AwayStore(SqliteStore):
    """A store that does not answer."""

    def points(self, probe: ProbeUrn, start_ms: int, end_ms: int, limit: int = 0) -> list[Point]:  # noqa: ARG002
        raise StoreUnavailable("the store is away")


def test_while_the_store_is_away_nobody_can_say_whether_a_card_holds(sold: Selling, tmp_path: Path) -> None:
    code, away = sold.made(), AwayStore(tmp_path / "away.sqlite")
    queries = sold.reading(fleet=sold.late.fleet, store=away)
    assert sold.holding(code, queries=queries) is Holding.UNCHECKED
    sold.actions.withdraw_card(WOMEN, code)
    assert sold.holding(code, queries=queries) is Holding.FALLEN
    away.close()


def test_there_is_no_card_of_milk_that_its_cooperative_is_told_to_do_something_else_with(sold: Selling) -> None:
    sold.late.clock.set(minute_ms(195))
    sold.heard(44.0, [180, 185, 190, 195])
    assert sold.offered() is Refusal.TOO_LATE


def test_who_made_a_card_takes_it_back_once_and_for_good(sold: Selling) -> None:
    code = sold.made()
    assert sold.actions.withdraw_card(WOMEN, code)
    assert not sold.actions.withdraw_card(WOMEN, code)
    assert sold.holding(code) is Holding.FALLEN
    with sold.late.sessions() as session:
        noted = [(row.who, row.action) for row in session.scalars(select(AuditRow).order_by(AuditRow.id))]
    assert noted == [("menaka", "freshness-card"), ("menaka", "withdraw-freshness-card")]


def test_there_is_no_card_without_a_test_or_of_a_cooler_that_is_silent(selling: Selling) -> None:
    selling.told(milk_in())
    selling.kept(5.0, 5.0, 5.0)
    assert selling.offered() is Refusal.UNTESTED
    selling.told(PASSED)
    assert isinstance(selling.offered(), Issued)
    selling.late.clock.set(minute_ms(175 + 31))
    assert selling.offered() is Refusal.SILENT


def test_a_probe_that_somebody_called_faulty_makes_no_card_and_its_earlier_ones_hold(sold: Selling) -> None:
    code = sold.made()
    aside = {"from_ms": sold.late.clock.now_ms() + 1, "to_ms": None, "incident_id": None, "who": "t", "why": ""}
    with sold.late.sessions.begin() as session:
        session.add(SetAsideRow(site=SITE, unit=UNIT, probe=MILK, **aside))
    sold.late.clock.set(sold.late.clock.now_ms() + 2)
    assert sold.offered() is Refusal.SILENT
    assert sold.holding(code) is Holding.HOLDS


def test_a_code_that_nobody_has_is_no_card(selling: Selling) -> None:
    assert selling.queries.card("AAAAAAAAA") is None
