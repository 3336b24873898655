"""The running simulator: folders a device reads, a log of the truth, and a clock it keeps up with."""

import time
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from w1thermsensor import Sensor, W1ThermSensor
from w1thermsensor.errors import NoSensorFoundError, SensorNotReadyError

from coldchain_contract.clock import DeclaredClock, SetClock
from coldchain_contract.identifiers import DeviceId, SiteId, UnitId
from coldchain_simulator.events import Event
from coldchain_simulator.faults import Fault, FaultKind, Place, ProbeFault, ProbeFaultKind
from coldchain_simulator.plant import SimulatedProbe
from coldchain_simulator.power import Battery
from coldchain_simulator.scenario import Scenario, SitePlan, UnitPlan
from coldchain_simulator.simulator import Simulator
from coldchain_simulator.truth import Measured, Taken
from servers.process import eventually

ORIGIN = 1_776_000_000_000
MINUTE, HOUR = 60_000, 3_600_000
UNIT, PI = UnitId("one"), DeviceId("pi")
SCENARIO = Scenario(
    origin_ms=ORIGIN,
    sites=(
        SitePlan(
            id=SiteId("site"),
            name="Site",
            zone=ZoneInfo("Africa/Bamako"),
            device=PI,
            units=(UnitPlan(id=UNIT, name="One", litres=20),),
            battery=Battery(lasts_s=3600),
        ),
    ),
)


@pytest.fixture
def clock() -> SetClock:
    return SetClock(ORIGIN)


@pytest.fixture
def simulator(tmp_path: Path, clock: SetClock) -> Iterator[Simulator]:
    running = Simulator(SCENARIO, clock=clock, folder=tmp_path, seed=7)
    yield running
    running.stop()


def sensor(simulator: Simulator, probe: SimulatedProbe, monkeypatch: pytest.MonkeyPatch) -> W1ThermSensor:
    monkeypatch.setattr(W1ThermSensor, "BASE_DIRECTORY", simulator.devices[0].w1)
    return W1ThermSensor(Sensor.DS18B20, probe.kernel_name.removeprefix("28-"))


def milk_of(simulator: Simulator) -> SimulatedProbe:
    return next(probe for probe in simulator.devices[0].probes if probe.place is Place.MILK)


def test_every_probe_is_on_the_bus_before_anything_moves(simulator: Simulator) -> None:
    (device,) = simulator.devices
    assert {each.name for each in device.w1.iterdir()} == {probe.kernel_name for probe in device.probes}


def test_the_milk_read_is_the_milk_there_is_within_half_a_degree(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator.inject(UNIT, Fault(kind=FaultKind.COMPRESSOR_FAILED, from_ms=ORIGIN))
    reader = sensor(simulator, milk_of(simulator), monkeypatch)
    for hours in range(8):
        simulator.advance_to(ORIGIN + hours * HOUR)
        true = simulator.truth.of(UNIT)[-1].temperatures.milk
        assert reader.get_temperature() == pytest.approx(true, abs=0.5)
    assert true > 8


def test_a_probe_fault_is_on_show_at_once_and_gone_when_it_is_mended(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    milk = milk_of(simulator)
    reader = sensor(simulator, milk, monkeypatch)
    fault = ProbeFault(kind=ProbeFaultKind.CRC, place=Place.MILK, from_ms=ORIGIN, until_ms=ORIGIN + HOUR)
    simulator.inject(UNIT, fault)
    with pytest.raises(SensorNotReadyError):
        reader.get_temperature()
    simulator.advance_to(ORIGIN + HOUR)
    assert reader.get_temperature() == pytest.approx(4, abs=1)


def test_a_probe_that_is_gone_comes_back(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = sensor(simulator, milk_of(simulator), monkeypatch)
    simulator.inject(
        UNIT, ProbeFault(kind=ProbeFaultKind.GONE, place=Place.MILK, from_ms=ORIGIN, until_ms=ORIGIN + HOUR)
    )
    with pytest.raises(NoSensorFoundError):
        reader.get_temperature()
    simulator.advance_to(ORIGIN + HOUR)
    assert reader.get_temperature() == pytest.approx(4, abs=1)


def test_power_is_shown_as_the_kernel_shows_it(simulator: Simulator) -> None:
    def supply(name: str) -> str:
        return (simulator.devices[0].power / name).read_text().strip()

    assert (supply("mains/type"), supply("battery/type")) == ("Mains", "Battery")
    assert (supply("mains/online"), supply("battery/capacity"), supply("battery/status")) == ("1", "100", "Full")
    simulator.inject(UNIT, Fault(kind=FaultKind.POWER_CUT, from_ms=ORIGIN, until_ms=ORIGIN + 2 * HOUR))
    simulator.advance_to(ORIGIN + HOUR // 2)
    assert (supply("mains/online"), supply("battery/capacity"), supply("battery/status")) == ("0", "50", "Discharging")
    assert simulator.powered(PI)
    simulator.advance_to(ORIGIN + HOUR + MINUTE)
    assert not simulator.powered(PI)
    simulator.advance_to(ORIGIN + 3 * HOUR)
    assert (supply("mains/online"), supply("battery/status")) == ("1", "Charging")


def test_taken_counts_every_reading_with_instant_and_value(
    simulator: Simulator, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    milk = milk_of(simulator)
    reader, values = sensor(simulator, milk, monkeypatch), []
    for minute in range(60):
        clock.set(ORIGIN + minute * MINUTE)
        simulator.advance_to(clock.now_ms())
        values.append(reader.get_temperature())
        assert simulator.taken()[-1].at_ms == clock.now_ms()
    assert [(taken.probe, taken.celsius, taken.fault) for taken in simulator.taken()] == [
        (milk.urn, value, None) for value in values
    ]
    assert simulator.taken_is_exact


def test_taken_says_which_fault_a_reader_found(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = sensor(simulator, milk_of(simulator), monkeypatch)
    simulator.inject(UNIT, ProbeFault(kind=ProbeFaultKind.POR85, place=Place.MILK, from_ms=ORIGIN))
    with pytest.raises(Exception, match="85"):
        reader.get_temperature()
    (taken,) = simulator.taken()
    assert (taken.celsius, taken.fault) == (None, "por85")
    assert "t=85000" in taken.text


def test_the_log_on_disk_is_the_log_in_memory(tmp_path: Path, clock: SetClock) -> None:
    simulator = Simulator(SCENARIO, clock=clock, folder=tmp_path, seed=7)
    simulator.inject(UNIT, Fault(kind=FaultKind.DOOR_OPEN, from_ms=ORIGIN + MINUTE, until_ms=ORIGIN + 2 * MINUTE))
    simulator.advance_to(ORIGIN + 10 * MINUTE)
    (simulator.devices[0].w1 / milk_of(simulator).kernel_name / "w1_slave").read_text()
    simulator.stop()
    lines = (tmp_path / "truth.jsonl").read_bytes().splitlines()
    read = [msgspec.json.decode(line, type=Measured | Event | Taken) for line in lines]
    memory = simulator.truth
    assert [each for each in read if isinstance(each, Measured)] == memory.temperatures
    assert [each for each in read if isinstance(each, Event)] == memory.events
    assert [each for each in read if isinstance(each, Taken)] == memory.taken
    assert (len(memory.temperatures), len(memory.events), len(memory.taken)) == (11, 2, 1)


def test_a_fault_injected_late_is_in_the_log_at_the_instant_it_began_to_act(simulator: Simulator) -> None:
    simulator.advance_to(ORIGIN + HOUR)
    simulator.inject(UNIT, Fault(kind=FaultKind.DOOR_OPEN, from_ms=ORIGIN))
    assert simulator.truth.events == [Event(at_ms=ORIGIN + HOUR, subject="one", what="fault", detail="door-open")]


def test_two_runs_tell_the_same_truth_and_show_the_same_texts(tmp_path: Path, clock: SetClock) -> None:
    told = []
    for name, minutes in (("a", range(0, 241, 240)), ("b", range(241))):
        simulator = Simulator(SCENARIO, clock=clock, folder=tmp_path / name, seed=7)
        for minute in minutes:
            simulator.advance_to(ORIGIN + minute * MINUTE)
        texts = [file.read_text() for file in sorted(simulator.devices[0].w1.glob("28-*/w1_slave"))]
        told.append((simulator.truth.temperatures, texts))
        simulator.stop()
    assert told[0] == told[1]


def test_a_started_simulator_keeps_up_with_a_fast_clock(tmp_path: Path) -> None:
    clock = DeclaredClock(origin_ms=ORIGIN, rate=3600.0, started=time.monotonic(), monotonic=time.monotonic)
    simulator = Simulator(SCENARIO, clock=clock, folder=tmp_path, seed=7)
    simulator.start()
    eventually(lambda: len(simulator.truth.temperatures) > 30, what="30 simulated minutes")
    simulator.stop()
    last = simulator.truth.temperatures[-1].at_ms
    assert last <= clock.now_ms()


def test_a_simulator_that_was_stopped_stops_again_without_complaint(simulator: Simulator) -> None:
    simulator.stop()
    simulator.stop()
