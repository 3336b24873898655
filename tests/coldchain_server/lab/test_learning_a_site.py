"""Learning a site: its tested batches followed without any offset, what they teach kept, gone by, and taken back."""

import math
from collections.abc import Iterator
from random import Random

import msgspec
import pytest

from coldchain_contract.identifiers import SiteId
from coldchain_contract.readings import Reading
from coldchain_judgement.milk import events
from coldchain_judgement.milk.batch import Pour
from coldchain_judgement.milk.estimate import fresh
from coldchain_judgement.milk.estimate import kept as after
from coldchain_judgement.milk.events import Emptied, Event, MilkIn, MovedIn
from coldchain_judgement.milk.kinds import Milked, QualityTest, Species
from coldchain_judgement.milk.offset import LEAST_BATCHES
from coldchain_judgement.milk.starting import CLEAN, begun
from coldchain_judgement.milk.terms import MilkTerms
from coldchain_server.actions.learning import Decision, decide
from coldchain_server.errors import BadEntry, NotAllowed, UnknownThing
from coldchain_server.fleet import offsets
from coldchain_server.fleet.load import builtin_profiles
from coldchain_server.fleet.model import Fleet, Role
from coldchain_server.jobs.learning import Learning
from coldchain_server.lab.learning import Lesson, LessonNow, kept, learn
from coldchain_server.ledger.database import open_ledger, sessions_of
from coldchain_server.ledger.tables import AuditRow, Base
from coldchain_server.milk import rows
from coldchain_server.queries import Queries
from coldchain_server.queries.learning import LearningNow
from coldchain_server.viewer import Viewer
from invented.late import LateWatched, minute_ms
from invented.watched import MILK, SITE, UNIT, fleet_of


def hour_ms(hour: float) -> int:
    return minute_ms(60 * hour)


MOVED = begun(
    Pour(at_ms=minute_ms(0), milked=Milked.JUST_NOW, milked_ms=minute_ms(0), told=True, species=Species.COW),
    MilkTerms(),
)
DAYS, DAY_H = LEAST_BATCHES + 10, 24
DIRTIER = 0.7
"""By so much in log10 the milk of this season begins dirtier than is presumed."""
CLOTS_FROM = 7.5
LAB = Viewer(name="lab", role=Role.LAB)
STEP = 30


@pytest.fixture(scope="module")
def season(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LateWatched]:
    """Thirty days' milk that stood at 20 °C, each tested after 9 to 16 hours by boiling a little: clots or none."""
    folder = tmp_path_factory.mktemp("season")
    engine = open_ledger(f"sqlite:///{folder / 'ledger.sqlite'}")
    Base.metadata.create_all(engine)
    fleet = fleet_of(profile=builtin_profiles()["daily"], sample_s=STEP * 60, report_s=3600)
    late = LateWatched(folder, sessions_of(engine), fleet=fleet)
    random = Random(4)
    for day in range(DAYS):
        a_day(late, day, tested_h=random.randint(9, 16), luck=random.gauss(0, 0.5))
    late.write()
    late.clock.set(hour_ms(DAY_H * DAYS))
    yield late
    late.close()
    engine.dispose()


def told(late: LateWatched, *happened: Event) -> None:
    with late.sessions.begin() as session:
        for event in happened:
            key = f"{type(event).__name__}-{event.at_ms}"
            telling = rows.Telling(key=key, site=SITE, unit=UNIT, event=event, who="a", channel="page")
            rows.tell(session, telling, now_ms=event.at_ms)


def a_day(late: LateWatched, day: int, *, tested_h: int, luck: float) -> None:
    begins = DAY_H * day
    really = math.log10(after(fresh(CLEAN), [(tested_h, 20.0)]).counts()[1]) + DIRTIER + luck
    at_ms = hour_ms(begins + 1 + tested_h)
    test = events.Tested(at_ms=at_ms, test=QualityTest.CLOT_ON_BOILING, failed=really >= CLOTS_FROM)
    told(late, MilkIn(at_ms=hour_ms(begins + 1), milked=Milked.JUST_NOW), test, Emptied(at_ms=hour_ms(begins + 20)))
    minutes = range(60 * begins, 60 * (begins + DAY_H), STEP)
    late.clock.set(minute_ms(minutes[-1]))
    readings = [Reading(probe=MILK, at_ms=minute_ms(one), value=20.0) for one in minutes]
    late.arrive(1 + len(minutes) * day, readings, live=True)


def lesson(late: LateWatched, fleet: Fleet | None = None) -> LessonNow:
    with late.sessions() as session:
        return learn(session, late.store, fleet or late.fleet, SITE, now_ms=late.clock.now_ms())


def page(late: LateWatched, viewer: Viewer = LAB) -> LearningNow:
    queries = Queries(sessions=late.sessions, fleet=late.fleet, store=late.store, clock=late.clock, spool=late.spool)
    return queries.learning(viewer, SITE)


def decided(late: LateWatched, seen: LearningNow, *, go_by: bool, why: str = "a season", who: Viewer = LAB) -> int:
    decision = Decision(site=SITE, seen=seen.proposed if go_by else None, why=why)
    with late.sessions.begin() as session:
        return decide(session, late.fleet, who, decision, at_ms=late.clock.now_ms())


def in_force(late: LateWatched) -> tuple[float, bool]:
    with late.sessions() as session:
        site = offsets.applied(session, late.fleet).sites[SITE]
    return site.offset_log10, site.tested


def test_milk_that_clots_too_soon_begins_dirtier_whatever_is_in_force(season: LateWatched) -> None:
    found = lesson(season)
    assert (found.lesson.batches, found.lesson.left_out) == (DAYS, 0)
    assert found.lesson.learnt is not None
    assert found.lesson.learnt.low <= DIRTIER <= found.lesson.learnt.high
    assert found.lesson.learnt.log10 > 0.3
    site = msgspec.structs.replace(season.fleet.sites[SITE], offset_log10=1.0, tested=True)
    assert lesson(season, msgspec.structs.replace(season.fleet, sites={SITE: site})) == found


def lesson_if(late: LateWatched, *, back: int, instead: Event | None) -> Lesson:
    """Return what is learnt where the event of that place on the first day had not been told, but another."""
    with late.sessions() as session:
        entry = rows.of_unit(session, UNIT, from_ms=0, to_ms=hour_ms(20))[back]
        rows.withdraw(session, entry.id, who="a", channel="page", now_ms=0)
        if instead is not None:
            telling = rows.Telling(key="instead", site=SITE, unit=UNIT, event=instead, who="a", channel="page")
            rows.tell(session, telling, now_ms=0)
        found = learn(session, late.store, late.fleet, SITE, now_ms=late.clock.now_ms()).lesson
        session.rollback()
    return found


def test_a_test_that_was_taken_back_counts_no_more(season: LateWatched) -> None:
    found = lesson_if(season, back=1, instead=None)
    assert (found.batches, found.left_out) == (DAYS - 1, 0)


@pytest.mark.parametrize(
    "instead",
    [
        None,
        MilkIn(at_ms=hour_ms(1), milked=Milked.UNKNOWN),
        MilkIn(at_ms=hour_ms(1), milked=Milked.JUST_NOW, species=Species.CAMEL),
        MovedIn(at_ms=hour_ms(1), batch=MOVED),
    ],
    ids=["nobody told of milk", "nobody told its age", "a camel's", "from another cooler"],
)
def test_milk_whose_start_is_a_presumption_teaches_nothing(season: LateWatched, instead: Event | None) -> None:
    found = lesson_if(season, back=0, instead=instead)
    assert (found.batches, found.left_out) == (DAYS - 1, 1)


def test_a_lesson_is_proposed_put_in_force_and_withdrawn_with_its_history(season: LateWatched) -> None:
    Learning(sessions=season.sessions, store=season.store, fleet=season.fleet, clock=season.clock)()
    shown = page(season)
    assert shown.proposed is not None
    assert shown.in_force is None
    assert all(one.after.earliest < one.before.earliest for one in shown.effects)
    assert in_force(season) == (0.0, False)

    decided(season, shown, go_by=True)
    assert in_force(season) == (shown.proposed.log10, shown.proposed.tested)
    gone_by = page(season)
    assert (gone_by.proposed, gone_by.in_force) == (None, shown.proposed)
    with pytest.raises(BadEntry, match="so already"):
        decided(season, shown, go_by=True)

    decided(season, shown, go_by=False, why="the strip was old")
    assert in_force(season) == (0.0, False)
    assert [one.why for one in page(season).history] == ["the strip was old", "a season"]
    assert page(season).proposed == shown.proposed
    with season.sessions() as session:
        assert [row.action for row in session.query(AuditRow)] == ["put-offset-in-force", "withdraw-offset"]


def test_who_may_decide_and_only_of_what_they_saw(season: LateWatched) -> None:
    Learning(sessions=season.sessions, store=season.store, fleet=season.fleet, clock=season.clock)()
    shown = page(season)
    cooperative = Viewer(name="c", role=Role.COOPERATIVE, site=SITE)
    with pytest.raises(NotAllowed):
        decided(season, shown, go_by=True, who=cooperative)
    with pytest.raises(NotAllowed):
        page(season, cooperative)
    with pytest.raises(UnknownThing):
        decided(season, shown, go_by=True, who=Viewer(name="t", role=Role.TECHNICIAN, site=SiteId("tillia")))
    with pytest.raises(BadEntry, match="why"):
        decided(season, shown, go_by=True, why=" ")
    assert shown.proposed is not None
    other = msgspec.structs.replace(shown, proposed=msgspec.structs.replace(shown.proposed, log10=-0.5))
    with pytest.raises(BadEntry, match="something else by now"):
        decided(season, other, go_by=True)


def test_learning_waits_an_hour_for_more_and_a_week_for_none(season: LateWatched) -> None:
    learning = Learning(sessions=season.sessions, store=season.store, fleet=season.fleet, clock=season.clock)
    now_ms = season.clock.now_ms()

    def learnt_ms() -> int:
        learning()
        with season.sessions() as session:
            found = kept(session, SITE)
        assert found is not None
        return found.learnt_ms

    before = learnt_ms()
    told(season, events.Tested(at_ms=now_ms, test=QualityTest.FAT, failed=False, value=4.0))
    for hours, expected in ((0.5, before), (1.5, 1.5), (26, 1.5), (170, 170)):
        season.clock.set(now_ms + round(hours * 3_600_000))
        assert learnt_ms() == (before if expected == before else now_ms + round(expected * 3_600_000))
