"""A replay on the bus: the real w1thermsensor reads each recorded value to within 1/32 °C, and each reading is seen."""

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from w1thermsensor import Sensor, W1ThermSensor

from coldchain_contract.clock import SetClock
from coldchain_contract.identifiers import ProbeUrn, kernel_name_of_urn
from coldchain_simulator.player import Player
from coldchain_simulator.replay import Replay

NAIROBI = ZoneInfo("Africa/Nairobi")


@pytest.fixture
def clock() -> SetClock:
    return SetClock(0)


@pytest.fixture
def player(tmp_path: Path, clock: SetClock, real_data: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Player]:
    folder = real_data / "kenya-pasteurizer"
    files = [folder / f"raw_data__temp_{which}2025-02-23_to_2025-02-27.csv" for which in ("", "hx_")]
    player = Player(Replay(files, zone=NAIROBI), clock=clock, folder=tmp_path)
    monkeypatch.setattr(W1ThermSensor, "BASE_DIRECTORY", player.w1)
    yield player
    player.stop()


def read(probe: ProbeUrn) -> float:
    sensor = W1ThermSensor(Sensor.DS18B20, kernel_name_of_urn(probe).removeprefix("28-"))
    return float(sensor.get_temperature())


def test_all_probes_are_on_the_bus_before_the_first_row(player: Player) -> None:
    expected = {kernel_name_of_urn(probe) for probe in player.replay.probes.values()}
    assert {each.name for each in player.w1.iterdir()} == expected
    assert len(expected) == 6


def test_every_value_is_read_to_within_a_32nd_and_each_reading_is_seen_at_its_instant(
    player: Player, clock: SetClock
) -> None:
    expected = []
    for row in player.replay.rows():
        clock.set(row.at_ms)
        player.show(row)
        for probe, celsius in row.values.items():
            value = read(probe)
            assert abs(value - celsius) <= 1 / 32
            expected.append((row.at_ms, probe, value))
    assert [(taken.at_ms, taken.probe, taken.celsius) for taken in player.taken()] == expected
    assert len(expected) > 6000
    assert min(value for *_, value in expected) == -20.3125


def test_minus_67_point_1_is_shown_as_the_nearest_sixteenth(player: Player) -> None:
    row = next(player.replay.rows())
    probe = next(iter(row.values))
    player.show(type(row)(at_ms=row.at_ms, values={probe: -67.1}))
    assert read(probe) == -67.125
