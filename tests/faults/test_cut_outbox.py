"""An outbox cut or damaged anywhere: what stands on intact pages arrives under its own numbers, the rest is named."""

import json
import random
import shutil
import sqlite3
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from coldchain_contract.sequences import Sequences
from coldchain_device.outbox.schema import PAGE_BYTES
from coldchain_server.store.totals import every_point
from faults.oracle import committed
from faults.report import Line, leave
from faults.world import PROBES, World
from servers.process import eventually

_MANY = 4
_STARTED, _NOTHING = "device started", "nothing can be salvaged"


def _cut(card: Path, chance: random.Random) -> None:
    _truncate(card, chance.randrange(card.stat().st_size))


def _overwritten(card: Path, chance: random.Random) -> None:
    content = bytearray(card.read_bytes())
    for page in chance.sample(range(len(content) // PAGE_BYTES), k=chance.randint(1, 4)):
        content[page * PAGE_BYTES : (page + 1) * PAGE_BYTES] = chance.randbytes(PAGE_BYTES)
    card.write_bytes(content)


def _log_cut(card: Path, chance: random.Random) -> None:
    log = card.with_name(f"{card.name}-wal")
    _truncate(log, chance.randrange(log.stat().st_size))


def _truncate(file: Path, length: int) -> None:
    with file.open("r+b") as stream:
        stream.truncate(length)


class Damage(msgspec.Struct, frozen=True, kw_only=True):
    """One way an outbox is damaged; `log`: the agent is killed before, so that much stands in the write-ahead log, else
    it is ended, and all stands in the file."""

    name: str
    do: Callable[[Path, random.Random], None]
    log: bool = False


DAMAGES = (
    Damage(name="outbox cut at a random byte", do=_cut),
    Damage(name="random pages of the outbox overwritten", do=_overwritten),
    Damage(name="log of the outbox cut at a random byte", do=_log_cut, log=True),
)


class Was(msgspec.Struct, frozen=True, kw_only=True):
    """What was on the card before it was damaged, and which of these numbers its damage has left whole."""

    outbox: str
    numbers: Sequences
    intact: Sequences


def suffer(folder: Path, name: str, damages: Sequence[Damage], *, seed: int) -> None:
    """Damage a box's outbox while much of it waits, again and again; hold what arrives and what is named against it."""
    chance = random.Random(f"{name} {seed}")
    with World(folder, chance=chance) as world:
        for number, damage in enumerate(damages, start=1):
            sent = _gather(world, chance)
            was = _struck(world, damage, chance, sent=sent)
            world.box.begin()
            said = _looked_into(world, starts=number + 1)
            _hold(world, was, said, log=damage.log)
        recovery_s = world.recovers(within=60)
        tally = world.finished()
    kills = sum(damage.log for damage in damages)
    leave(Line(fault=name, strikes=len(damages), kills=kills, tally=tally, recovery_s=recovery_s))
    assert (tally.lost, tally.doubled, tally.misdated, tally.wrong) == (0, 0, 0, 0), tally


def _gather(world: World, chance: random.Random) -> int:
    """Have some readings stored, and then some that wait; return how far what may have been sent reaches."""
    world.takes_more_than(len(world.box.committed()) + 20)
    world.recovers(within=60)
    world.relay.refusing = True
    world.live(0.5)
    sent = committed(world.box.card)[-1].sequence
    world.live(chance.uniform(0.5, 2))
    return sent


def _struck(world: World, damage: Damage, chance: random.Random, *, sent: int) -> Was:
    """End the box, damage its outbox, and give the network back."""
    if damage.log:
        world.box.kill()
    else:
        world.box.end()
    whole = _copied(world, "whole")
    before = committed(whole)
    damaged = _copied(world, "damaged")
    damage.do(damaged, chance)
    if damage.log:
        # Readings are synced to the card before they are sent: no cut takes one that may have been.
        while sent not in (intact := Sequences.of(row.sequence for row in committed(_look_alike(damaged)))):
            damage.do(_copied(world, "damaged"), chance)
    else:
        intact = _on_whole_pages(whole, damaged)
    for part in damaged.parent.glob(f"{damaged.name}*"):
        shutil.copy(part, world.box.card.parent)
    world.box.remember(before)
    world.relay.refusing = False
    return Was(outbox=before[0].outbox, numbers=Sequences.of(row.sequence for row in before), intact=intact)


def _copied(world: World, name: str) -> Path:
    """Return a copy of the outbox in a folder of that name."""
    copy = world.folder / name
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(world.box.card.parent, copy)
    return copy / world.box.card.name


def _look_alike(card: Path) -> Path:
    """Return a copy of a copy: when SQLite looks it may write."""
    copy = card.parent.with_name("looked-at")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(card.parent, copy)
    return copy / card.name


def _on_whole_pages(whole: Path, damaged: Path) -> Sequences:
    """Return the rows that stand on pages without damage, found by their checksums and not by what salvages them."""
    before, after = whole.read_bytes(), damaged.read_bytes()
    pages = range(0, len(before), PAGE_BYTES)
    changed = {page for page in pages if before[page : page + PAGE_BYTES] != after[page : page + PAGE_BYTES]}
    with closing(sqlite3.connect(f"file:{whole}?mode=ro", uri=True)) as connection:
        checksums = connection.execute("SELECT sequence, checksum FROM readings").fetchall()
    pages_of = {sequence: set(_pages_with(struct.pack(">I", checksum), before)) for sequence, checksum in checksums}
    # None where the row stands in the log only, because the agent did not end in order.
    return Sequences.of(sequence for sequence, its in pages_of.items() if its and changed.isdisjoint(its))


def _pages_with(needle: bytes, content: bytes) -> Iterator[int]:
    """Yield where each page begins that has `needle`, also in what is left of rows that have moved."""
    place = content.find(needle)
    while place >= 0:
        yield place - place % PAGE_BYTES
        place = content.find(needle, place + 1)


def _looked_into(world: World, *, starts: int) -> dict[str, Any]:
    """Wait until the box has salvaged what it can and all of that is stored; return what `outbox` says then."""
    said: dict[str, Any] = {}

    def done() -> bool:
        if world.box.said().count(_STARTED) < starts:
            return False
        said.update(json.loads(world.box.say("outbox", "--json")))
        hopeless = world.box.said().count(_NOTHING)
        looked_into = sum(not one["salvaged"] for one in said["set_aside"]) <= hopeless
        return looked_into and not any(one["waiting_readings"] for one in said["outboxes"][1:])

    eventually(done, within=60, what=f"what is damaged is salvaged and sent, see {world.box.folder}")
    return said


def _hold(world: World, was: Was, said: dict[str, Any], *, log: bool) -> None:
    """Whatever was intact is stored, and what is not stored is named, and forgotten then.

    Beyond the highest number that is left anywhere nothing tells that there was more: only the server may know that.
    """
    eventually(
        lambda: not (was.intact - _stored(world, was.outbox)).ranges, within=60, what="what was intact is stored"
    )
    if not log and was.intact.ranges:
        named = "".join(one["lost"] for one in said["outboxes"] if one["outbox"] == was.outbox)
        lost = Sequences.parse(named) if named else Sequences()
        known = Sequences.span(1, max(last for _, last in (was.intact | lost).ranges))
        eventually(  # more than what was counted as intact may have come back, and be under way
            lambda: not ((was.numbers - _stored(world, was.outbox)) & known - lost).ranges,
            within=60,
            what=f"of {was.numbers} not all are stored, and only {lost} are named",
        )
        assert not (lost & was.intact).ranges
        assert f"lost={lost} " in world.box.said() or not lost.ranges
    world.box.forget(was.outbox, list(was.numbers - _stored(world, was.outbox)))


def _stored(world: World, outbox: str) -> Sequences:
    with closing(world.store()) as store:
        points = [point for probe in PROBES for point in every_point(store, probe)]
    return Sequences.of(point.sequence for point in points if str(point.outbox) == outbox)


@pytest.mark.timeout(180)
def test_whatever_the_damage_has_left_arrives_and_the_rest_is_named(tmp_path: Path) -> None:
    suffer(tmp_path, "outbox damaged in each of these ways", DAMAGES, seed=1)


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(2, 8))
@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.name)
def test_an_outbox_damaged_again_and_again_gives_what_is_left(tmp_path: Path, damage: Damage, seed: int) -> None:
    suffer(tmp_path, damage.name, [damage] * _MANY, seed=seed)
