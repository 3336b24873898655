"""Processes killed, states lost and networks cut, at random: each reading taken is stored once, as and when it was."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from faults.report import Line, leave
from faults.strikes import ALONE, EVERY_PROCESS, Fault, overlap, some
from faults.world import World

Choice = Callable[[random.Random], tuple[Fault, ...]]

_SEEDS = (2, 3)
_STRIKES = 20
_ALL_NAME = "kill -9 of agent, server, broker and InfluxDB together"
_TWO_OR_THREE = "two or three of these, one on the heels of another"
_IN_TURN = "each of these in turn, none waiting for the last to be over"


def suffer(folder: Path, name: str, choices: list[Choice], *, seed: int) -> None:
    """Let what each choice names strike a world, one after another; hold what was taken against what is stored."""
    chance = random.Random(f"{name} {seed}")
    kills = 0
    with World(folder, chance=chance) as world:
        for choose in choices:
            world.live(chance.uniform(0.2, 1.2))
            faults = choose(chance)
            overlap(world, faults, chance)
            kills += sum(fault.kills for fault in faults)
        recovery_s = world.recovers(within=90)
        tally = world.finished()
    leave(Line(fault=name, strikes=len(choices), kills=kills, tally=tally, recovery_s=recovery_s))
    assert (tally.lost, tally.doubled, tally.misdated, tally.wrong) == (0, 0, 0, 0), tally
    assert tally.taken == tally.stored > 0


def only(*faults: Fault) -> Choice:
    return lambda _chance: faults


def two_or_three(chance: random.Random) -> tuple[Fault, ...]:
    return some(chance, many=chance.choice((2, 3)))


@pytest.mark.timeout(180)
def test_readings_survive_each_fault_in_turn(tmp_path: Path) -> None:
    in_turn = random.Random(1).sample(ALONE, len(ALONE))
    suffer(tmp_path, _IN_TURN, [only(fault) for fault in in_turn], seed=1)


@pytest.mark.timeout(180)
def test_readings_survive_faults_that_meet(tmp_path: Path) -> None:
    suffer(tmp_path, _TWO_OR_THREE, [only(*EVERY_PROCESS), two_or_three, two_or_three], seed=1)


@pytest.mark.soak
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", _SEEDS)
@pytest.mark.parametrize("fault", ALONE, ids=lambda fault: fault.name)
def test_readings_survive_a_fault_again_and_again(tmp_path: Path, fault: Fault, seed: int) -> None:
    suffer(tmp_path, fault.name, [only(fault)] * _STRIKES, seed=seed)


@pytest.mark.soak
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", _SEEDS)
def test_readings_survive_the_death_of_every_process_again_and_again(tmp_path: Path, seed: int) -> None:
    suffer(tmp_path, _ALL_NAME, [only(*EVERY_PROCESS)] * (_STRIKES // 2), seed=seed)


@pytest.mark.soak
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", range(2, 6))
def test_readings_survive_faults_that_meet_again_and_again(tmp_path: Path, seed: int) -> None:
    suffer(tmp_path, _TWO_OR_THREE, [two_or_three] * _STRIKES, seed=seed)
