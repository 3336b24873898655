"""Rounds go on whatever one probe, the card or the wall clock does."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from coldchain_contract.clock import SetClock
from coldchain_contract.identifiers import DeviceId, ProbeUrn, SiteId, UnitId, urn_of_kernel_name
from coldchain_contract.readings import Quality
from coldchain_contract.sequences import Sequences
from coldchain_device.clock import GivenClock
from coldchain_device.errors import BusMissing
from coldchain_device.outbox import Outbox
from coldchain_device.plan import plan_of
from coldchain_device.probes.patience import PatientReader
from coldchain_device.probes.w1 import W1Bus
from coldchain_device.sampling import Round, Sampler
from coldchain_device.schedule import Schedule
from coldchain_device.settings import DeviceSettings, PlacementSettings, UnitSettings
from coldchain_device.urgency import Urgency
from coldchain_judgement.limits import Level, Limit, Side
from coldchain_simulator.faults import ProbeFaultKind
from coldchain_simulator.w1_text import shown_fault, shown_value, w1_text
from coldchain_simulator.w1tree import W1Tree
from servers.process import eventually

NOON, MINUTE = 1_772_539_200_000, 60_000
MILK, AIR = urn_of_kernel_name("28-000000000001"), urn_of_kernel_name("28-000000000002")
COOLER = UnitId("cooler-1")


def limit(side: Side, celsius: float) -> Limit:
    return Limit(
        name=side.value,
        side=side,
        celsius=celsius,
        inclusive=True,
        for_s=60,
        clear_celsius=4.0,
        clear_for_s=60,
        level=Level.CRITICAL,
        source="a test",
    )


PLAN = plan_of(
    DeviceSettings(
        site=SiteId("menaka"),
        device=DeviceId("pi-1"),
        placements=(
            PlacementSettings(probe=MILK, unit=COOLER, offset_celsius=0.25),
            PlacementSettings(probe=AIR, unit=COOLER, place="air"),
        ),
        units={COOLER: UnitSettings(limits=(limit(Side.ABOVE, 8.0), limit(Side.BELOW, 0.0)))},
    ),
    None,
)


class StuckBus:
    """One probe hangs until it is let go; the other answers."""

    def __init__(self) -> None:
        self.let_go, self.reads = threading.Event(), 0

    def found(self) -> list[ProbeUrn]:
        return [MILK, AIR]

    def read(self, probe: ProbeUrn) -> bytes | None:
        if probe == MILK:
            self.reads += 1
            self.let_go.wait(30)
        return w1_text(3.0).encode()


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    opened = Outbox(tmp_path / "outbox.sqlite")
    yield opened
    opened.close()


def sampler(
    outbox: Outbox, reader: PatientReader, clock: SetClock, rounds: list[Round], *, most_unwritten: int = 5000
) -> Sampler:
    return Sampler(
        reader=reader,
        outbox=outbox,
        clock=GivenClock(clock),
        plan=lambda: PLAN,
        on_round=rounds.append,
        make_room=lambda: None,
        most_unwritten=most_unwritten,
    )


def test_several_trees_live_in_one_process(tmp_path: Path) -> None:
    buses = []
    for name, celsius in (("a", 4.0), ("b", 30.0)):
        W1Tree(tmp_path / name, staging=tmp_path / f"{name}-new").show(MILK, shown_value(celsius))
        buses.append(W1Bus(tmp_path / name))
    assert [bus.read(MILK) for bus in buses] == [w1_text(4.0).encode(), w1_text(30.0).encode()]
    assert [bus.found() for bus in buses] == [[MILK], [MILK]]


def test_only_thermometers_that_can_be_read_are_found(tmp_path: Path) -> None:
    W1Tree(tmp_path / "w1", staging=tmp_path / "new").show(MILK, shown_value(4.0))
    for name in ("w1_bus_master1", "00-400000000000", "28-00000000zzzz", "28-0000000000aa", "01-000000000001"):
        (tmp_path / "w1" / name).mkdir()
    assert W1Bus(tmp_path / "w1").found() == [MILK]


def test_a_missing_bus_is_named_with_its_remedy(tmp_path: Path) -> None:
    with pytest.raises(BusMissing, match="dtoverlay=w1-gpio"):
        W1Bus(tmp_path / "nothing").found()
    assert W1Bus(tmp_path / "nothing").read(MILK) is None


def test_a_probe_that_leaves_is_gone_and_one_that_returns_is_read(tmp_path: Path) -> None:
    tree = W1Tree(tmp_path / "w1", staging=tmp_path / "new")
    bus = W1Bus(tmp_path / "w1")
    assert bus.read(MILK) is None
    tree.show(MILK, shown_value(4.0))
    assert bus.read(MILK) == w1_text(4.0).encode()
    tree.vanish(MILK)
    assert bus.read(MILK) is None
    tree.show(MILK, shown_fault(ProbeFaultKind.EMPTY, celsius=4, last_good_celsius=4))
    assert bus.read(MILK) == b""


def test_a_hanging_probe_costs_its_own_readings_only_and_is_not_asked_again_meanwhile(outbox: Outbox) -> None:
    bus, rounds = StuckBus(), list[Round]()
    reader = PatientReader(bus, patience_s=0.05)
    taking = sampler(outbox, reader, SetClock(NOON), rounds)
    for _ in range(3):
        taken = taking.take()
        assert [(one.value, one.quality) for one in taken.samples] == [(None, Quality.EMPTY), (3.0, Quality.OK)]
    assert bus.reads == 1
    bus.let_go.set()
    eventually(lambda: not reader.hanging, what="the read ends")
    assert taking.take().samples[0].value == 3.25


def test_a_fault_is_new_once_and_a_value_ends_it(outbox: Outbox, tmp_path: Path) -> None:
    tree, rounds = W1Tree(tmp_path / "w1", staging=tmp_path / "new"), list[Round]()
    taking = sampler(outbox, PatientReader(W1Bus(tmp_path / "w1")), SetClock(NOON), rounds)
    tree.show(AIR, shown_value(3.0))
    assert taking.take().newly_faulty == {MILK}
    assert taking.take().newly_faulty == frozenset()
    assert [(one.quality, one.faults_in_a_row) for one in taking.health()] == [("gone", 2), ("ok", 0)]
    tree.show(MILK, shown_value(4.0))
    assert taking.take().newly_faulty == frozenset()
    assert [(one.quality, one.faults_in_a_row) for one in taking.health()] == [("ok", 0), ("ok", 0)]
    tree.show(MILK, shown_fault(ProbeFaultKind.ZERO, celsius=4, last_good_celsius=4))
    assert taking.take().newly_faulty == {MILK}


def test_samples_a_full_card_cannot_take_wait_with_their_instants_and_go_in_later(
    outbox: Outbox, tmp_path: Path
) -> None:
    tree, clock = W1Tree(tmp_path / "w1", staging=tmp_path / "new"), SetClock(NOON)
    tree.show(MILK, shown_value(4.0))
    taking = sampler(outbox, PatientReader(W1Bus(tmp_path / "w1")), clock, [])
    pages = outbox._connection.execute("PRAGMA page_count").fetchone()[0]
    outbox._connection.execute(f"PRAGMA max_page_count = {pages}")
    taken = 0
    while taking.rounds_kept == taken:  # until the file is full
        clock.set(clock.now_ms() + MINUTE)
        taking.take()
        taken += 1
    lost_from = clock.now_ms()
    outbox._connection.execute("PRAGMA max_page_count = 100000")
    clock.set(clock.now_ms() + MINUTE)
    taking.take()
    kept = outbox.readings(Sequences.span(1, 100_000))
    assert {one.reading.at_ms for one in kept} == set(range(NOON + MINUTE, lost_from + MINUTE + 1, MINUTE))


def test_of_more_samples_than_memory_holds_the_newest_wait_for_the_card(tmp_path: Path) -> None:
    card = tmp_path / "outbox.sqlite"
    outbox = Outbox(card)
    clock = SetClock(NOON)
    taking = sampler(outbox, PatientReader(StuckBus()), clock, [], most_unwritten=4)
    outbox._connection.execute("PRAGMA query_only = ON")  # the card takes nothing
    for _ in range(5):
        clock.set(clock.now_ms() + MINUTE)
        taking.take([AIR])
    assert taking.rounds_kept == 0
    outbox._connection.execute("PRAGMA query_only = OFF")
    with capture_logs() as said:
        taking.take([AIR])
    assert [(one["event"], one["lost"]) for one in said] == [("the card takes samples again", 2)]
    instants = [one.reading.at_ms for one in outbox.readings(Sequences.span(1, 100))]
    outbox.close()
    assert instants == [NOON + 3 * MINUTE, NOON + 4 * MINUTE, NOON + 5 * MINUTE, NOON + 5 * MINUTE + 1]


@pytest.mark.parametrize(
    ("milk", "air", "at_once"),
    [(7.0, 3.0, False), (7.25, 3.0, True), (9.0, 3.0, True), (4.0, 30.0, False), (0.0, 3.0, True), (0.5, 3.0, False)],
)
def test_milk_within_half_a_degree_of_a_limit_matters_and_air_does_not(
    outbox: Outbox, tmp_path: Path, milk: float, air: float, at_once: bool
) -> None:
    tree = W1Tree(tmp_path / "w1", staging=tmp_path / "new")
    tree.show(MILK, shown_value(milk))
    tree.show(AIR, shown_value(air))
    taken = sampler(outbox, PatientReader(W1Bus(tmp_path / "w1")), SetClock(NOON), []).take()
    assert taken.samples[0].value == milk + 0.25
    assert Urgency().matters(taken, PLAN) is at_once


def test_a_round_that_fails_does_not_end_the_rounds() -> None:
    tries: list[int] = []

    def fail() -> None:
        tries.append(1)
        raise RuntimeError("a test")

    schedule = Schedule(fail, period_s=0.01)
    schedule.start()
    eventually(lambda: len(tries) >= 3, what="it is tried again")
    schedule.stop()


def test_rounds_go_on_after_the_wall_clock_leapt_back() -> None:
    rounds: list[int] = []
    schedule = Schedule(lambda: rounds.append(1), period_s=0.05)
    schedule.start()
    eventually(lambda: rounds, what="the first round")
    assert schedule._job is not None
    schedule._job.modify(next_run_time=datetime.now(UTC) + timedelta(days=1))
    before = len(rounds)
    schedule.tend()
    eventually(lambda: len(rounds) > before + 1, what="the rounds go on")
    schedule.stop()


def test_tending_leaves_a_schedule_that_is_well_alone() -> None:
    schedule = Schedule(lambda: None, period_s=1000)
    schedule.tend()
    schedule.start()
    eventually(lambda: schedule._job is not None and schedule._job.next_run_time > datetime.now(UTC))
    planned = schedule._job.next_run_time if schedule._job else None
    schedule.tend()
    assert schedule._job is not None
    assert schedule._job.next_run_time == planned
    schedule.stop()
