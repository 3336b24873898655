"""Processes killed, states lost and networks cut, at random: each reading taken is stored once, as and when it was."""

import random
from pathlib import Path

import pytest

from faults.report import Line, leave
from faults.strikes import ALONE, COMBINED, Fault
from faults.world import World

_FEW, _MANY = 2, 2
_LONG = 25


def suffer(folder: Path, fault: Fault, *, seed: int, strikes: int) -> None:
    """Let `fault` strike a world so often, and hold what was taken against what is stored."""
    chance = random.Random(f"{fault.name} {seed}")
    with World(folder, chance=chance) as world:
        world.live(1.0)
        for _ in range(strikes):
            world.live(chance.uniform(0, 1))
            fault.strike(world, chance)
        recovery_s = world.recovers(within=90)
        tally = world.finished()
    leave(Line(fault=fault.name, strikes=strikes, kills=fault.kills * strikes, tally=tally, recovery_s=recovery_s))
    assert (tally.lost, tally.doubled, tally.misdated, tally.wrong) == (0, 0, 0, 0), tally
    assert tally.taken == tally.stored > 0


@pytest.mark.timeout(300)
@pytest.mark.parametrize("fault", ALONE, ids=lambda fault: fault.name)
def test_readings_survive_each_fault_alone(tmp_path: Path, fault: Fault) -> None:
    suffer(tmp_path, fault, seed=1, strikes=_FEW)


@pytest.mark.timeout(300)
def test_readings_survive_faults_that_meet(tmp_path: Path) -> None:
    suffer(tmp_path, COMBINED, seed=1, strikes=_FEW)


@pytest.mark.soak
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", range(2, 2 + _MANY))
@pytest.mark.parametrize("fault", (*ALONE, COMBINED), ids=lambda fault: fault.name)
def test_readings_survive_each_fault_again_and_again(tmp_path: Path, fault: Fault, seed: int) -> None:
    suffer(tmp_path, fault, seed=seed, strikes=_LONG // (4 if fault.kills == 4 else 1))
