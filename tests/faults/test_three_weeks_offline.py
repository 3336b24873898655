"""A box that was weeks without network: what it took meanwhile follows, and delays nothing that it takes now."""

import random
import re
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from coldchain_contract.readings import Quality
from coldchain_device.clock import Stamp
from coldchain_device.outbox import Outbox, OutboxReader, Sample
from coldchain_device.timekeeping import Source
from coldchain_server.errors import ServerError
from faults.oracle import Log, Look
from faults.report import Line, leave
from faults.world import PROBES, World
from servers.process import eventually

_EVERY_MS = 30_000
"""Two probes, each twice a minute: four readings a minute."""
_ROUNDS_A_COMMIT = 300
_DAY_MS = 86_400_000
_FRESH_S = 5.0
"""How old the newest reading that is stored may be while the rest drains; the plan reports eight times a second."""
_LOOK_EVERY_S = 0.2


def fill(card: Path, log: Log, *, days: float, chance: random.Random) -> None:
    """Put on the card what one boot without network took until just now, and enter it into the log."""
    card.parent.mkdir(parents=True)
    rounds = int(days * _DAY_MS / _EVERY_MS)
    first_ms = time.time_ns() // 1_000_000 - rounds * _EVERY_MS - _EVERY_MS
    with closing(Outbox(card)) as outbox:
        for begin in range(0, rounds, _ROUNDS_A_COMMIT):
            samples: list[Sample] = []
            for number in range(begin, min(rounds, begin + _ROUNDS_A_COMMIT)):
                at_ms = first_ms + number * _EVERY_MS
                samples += [_sample(at_ms, number, place, log, chance) for place in range(len(PROBES))]
            outbox.add(samples)


def _sample(at_ms: int, number: int, place: int, log: Log, chance: random.Random) -> Sample:
    celsius = chance.randrange(32, 128) / 16
    log.enter(PROBES[place], Look(at_ms=at_ms, celsius=celsius))
    stamp = Stamp(
        boot_id="weeks-long", uptime_ms=60_000 + number * _EVERY_MS, wall_ms=at_ms, trusted=True, source=Source.NTP
    )
    return Sample(probe=PROBES[place], value=celsius, quality=Quality.OK, stamp=stamp)


def suffer(folder: Path, *, days: float, within: float) -> None:
    """Give a box a backlog of so many days and a network, and hold what it sends now and what follows."""
    chance = random.Random(days)

    def prepare(world: World) -> None:
        _enrolled_long_ago(world)
        fill(world.box.card, world.log, days=days, chance=chance)

    with World(folder, chance=chance, prepare=prepare) as world:
        recovery_s, oldest_s = _drained(world, within=within)
        agent_mb, server_mb = peak_mb(world.box.pid), peak_mb(world.server_pid)
        tally = world.finished(within=within)
    note = f"live ones {oldest_s:.1f} s old at most; peak memory {agent_mb} MB agent, {server_mb} MB server"
    name = f"{days:.0f} days offline"
    leave(Line(fault=name, strikes=1, kills=0, tally=tally, recovery_s=recovery_s, note=note))
    assert (tally.lost, tally.doubled, tally.misdated, tally.wrong) == (0, 0, 0, 0), tally
    assert tally.stored > 2 * days * _DAY_MS / _EVERY_MS
    assert oldest_s < _FRESH_S
    assert agent_mb < 64, "a backlog is on the card, not in memory"


def _enrolled_long_ago(world: World) -> None:
    """Have the device enrolled before any of it: what is older than that is refused."""
    world.kill_server()
    with closing(sqlite3.connect(world.folder / "server" / "ledger.sqlite")) as ledger, ledger:
        ledger.execute("UPDATE enrolment SET enrolled_ms = 0")
    world.begin_server()


def _drained(world: World, *, within: float) -> tuple[float, float]:
    """Wait until the card has nothing from before; return how long that took, and how old the newest stored reading
    ever was meanwhile, once the first of this boot was stored."""
    began_s, oldest_s = time.monotonic(), 0.0
    with closing(OutboxReader.beside(world.box.card)) as card, closing(world.store()) as store:
        last = card.extent().highest_sequence

        def newest_s() -> float:
            try:
                newest = max((point.reading.at_ms for point in store.latest(PROBES).values()), default=0)
            except ServerError:  # the server has made nothing there yet
                newest = 0
            return time.time() - newest / 1000

        eventually(lambda: newest_s() < _FRESH_S, within=within, what="a reading of now is stored")
        while card.waiting().ranges and card.waiting().ranges[0][0] <= last:
            oldest_s = max(oldest_s, newest_s())
            assert time.monotonic() < began_s + within, f"not drained in {within} s: {card.depth()} wait"
            world.live(_LOOK_EVERY_S)
    return time.monotonic() - began_s, oldest_s


def peak_mb(pid: int) -> int:
    """Return the most memory that a process ever had."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) // 1024


@pytest.mark.timeout(180)
def test_a_day_offline_follows_whole_behind_what_is_taken_now(tmp_path: Path) -> None:
    suffer(tmp_path, days=1, within=60)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_three_weeks_offline_follow_whole_behind_what_is_taken_now(tmp_path: Path) -> None:
    suffer(tmp_path, days=21, within=1500)
