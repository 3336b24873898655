"""A card that somebody else fills to the last byte while the box samples: what was committed stays, and it goes on."""

import random
import time
from functools import partial
from pathlib import Path

import pytest

from faults.report import Line, leave
from faults.world import PROBES, World
from servers.process import eventually
from servers.small_disk import fill, on_a_small_disk

_CARD_MB = 12
_REFUSES, _TAKES = "the card takes no samples", "the card takes samples again"
_AT_ONCE = 3
"""Looks at a probe that a kill may come between and the commit."""


def suffer(folder: Path, *, seed: int, times: int, killed: bool) -> None:
    """Fill a box's card and free it again, so often; `killed`: the agent is killed and begun on the full card."""
    chance = random.Random(seed)
    with World(folder, chance=chance) as world:
        looked = 0
        for number in range(1, times + 1):
            world.live(chance.uniform(0.5, 1.5))
            looked += _full_for_a_while(world, chance, number=number, killed=killed)
        recovery_s = world.recovers(within=60)
        said = world.box.said()  # by the run that lived through it
        tally = world.finished()
    kills = times if killed else 0
    name = "card full, and the agent killed meanwhile" if killed else "card full"
    leave(Line(fault=name, strikes=times, kills=kills, tally=tally, recovery_s=recovery_s))
    assert (tally.lost, tally.doubled, tally.misdated, tally.wrong) == (0, 0, 0, 0), tally
    assert looked, "nothing was sampled while the card was full"
    if not killed:  # what waited in memory went onto the card, each with the instant of its own
        assert tally.uncommitted <= _AT_ONCE * len(PROBES), tally
        assert (said.count(_REFUSES), said.count(_TAKES)) == (times, times), said


def _full_for_a_while(world: World, chance: random.Random, *, number: int, killed: bool) -> int:
    """Fill the card and free it; return how often a probe was read meanwhile."""
    world.takes_more_than(len(world.box.committed()))
    filler, before = world.box.card.with_name("somebody-elses"), _looks(world)
    refused = world.box.said().count(_REFUSES)  # one that is begun on a full card says so, too
    fill(filler)
    eventually(
        lambda: world.box.said().count(_REFUSES) > refused, within=60, what="it says that the card takes nothing"
    )
    world.live(chance.uniform(0.5, 1.5))
    if killed:
        world.box.kill()
        world.box.begin()
        eventually(
            lambda: world.box.said().count("device started") > number, within=60, what="it begins on a full card"
        )
    looked = _looks(world) - before
    filler.unlink()
    freed_s = time.monotonic()
    world.takes_more_than(len(world.box.committed()))
    assert time.monotonic() - freed_s < 20
    return looked


def _looks(world: World) -> int:
    return sum(len(world.log.of(probe)) for probe in PROBES)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("killed", [False, True], ids=["alive", "killed meanwhile"])
def test_a_full_card_loses_nothing_and_takes_again_once_it_is_freed(tmp_path: Path, killed: bool) -> None:
    story = partial(suffer, tmp_path, seed=1, times=1, killed=killed)
    on_a_small_disk(tmp_path / "box" / "card", megabytes=_CARD_MB, story=story)


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("killed", [False, True], ids=["alive", "killed meanwhile"])
@pytest.mark.parametrize("seed", [2, 3])
def test_a_card_that_is_full_again_and_again_loses_nothing(tmp_path: Path, seed: int, killed: bool) -> None:
    story = partial(suffer, tmp_path, seed=seed, times=6, killed=killed)
    on_a_small_disk(tmp_path / "box" / "card", megabytes=_CARD_MB, story=story)
