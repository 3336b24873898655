"""With InfluxDB down an incident opens, is told and resolves; what was taken meanwhile is stored once it is back."""

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from faults.report import Line, leave
from faults.world import World
from servers.process import eventually

_AMINATA = """
[contacts.aminata]
name = "Aminata"
language = "fr"
role = "cooperative"
sites = ["menaka"]
channels = ["console:"]

[profiles.at-once]
title = "Above 15 °C, at once"
source = "this story: nobody waits an hour for it"

[[profiles.at-once.limits]]
name = "hot"
side = "above"
celsius = 15.0
level = "critical"
source = "this story"
"""
_SOON_S = 60.0
_WARM = "FROM incident WHERE reason = 'too-warm'"
_TOLD = f"SELECT count(*) FROM notification WHERE state = 'sent' AND incident_id IN (SELECT id {_WARM})"  # noqa: S608 - ours


def suffer(folder: Path, *, seed: int) -> None:
    """Kill InfluxDB, have the milk turn warm and cold again, and start InfluxDB.

    Once: what is back within half an hour would be the same incident, reopened.
    """
    with World(folder, chance=random.Random(seed)) as world:
        judge_at_once(world)
        world.recovers(within=60)
        world.influxdb.server.kill()
        world.weather.warmer_by = 20.0
        wait_for(folder, (1, 0, 1), what="an incident opens and is told")
        world.weather.warmer_by = 0.0
        wait_for(folder, (1, 1, 2), what="it resolves, and that is told")
        world.influxdb.server.start()
        recovery_s = world.recovers(within=90)
        tally = world.finished()
    name = "InfluxDB down: an incident opened, told and resolved"
    leave(Line(fault=name, strikes=1, kills=1, tally=tally, recovery_s=recovery_s))
    assert (tally.lost, tally.doubled, tally.misdated, tally.wrong) == (0, 0, 0, 0), tally


def judge_at_once(world: World) -> None:
    """Give the server another fleet file: the unit's limit waits for nothing, and Aminata is told."""
    world.kill_server()
    file = world.folder / "fleet.toml"
    file.write_text(file.read_text().replace('profile = "daily"', 'profile = "at-once"') + _AMINATA)
    world.begin_server()


def wait_for(folder: Path, standing: tuple[int, int, int], *, what: str) -> None:
    eventually(lambda: told(folder) == standing, within=_SOON_S, what=what)


def told(folder: Path) -> tuple[int, int, int]:
    """Return how many incidents of warm milk there are, how many are resolved, and how many messages said so.

    The weather of these probes leaps, which may be found to be one thing more.
    """
    with closing(sqlite3.connect(f"file:{folder / 'server' / 'ledger.sqlite'}?mode=ro", uri=True)) as ledger:
        incidents = ledger.execute(f"SELECT count(*), count(resolved_ms) {_WARM}").fetchone()
        (messages,) = ledger.execute(_TOLD).fetchone()
    return incidents[0], incidents[1], messages


@pytest.mark.timeout(180)
def test_with_influxdb_down_an_incident_opens_is_told_and_resolves(tmp_path: Path) -> None:
    suffer(tmp_path, seed=1)


@pytest.mark.soak
@pytest.mark.timeout(180)
@pytest.mark.parametrize("seed", range(2, 6))
def test_it_does_so_each_time(tmp_path: Path, seed: int) -> None:
    suffer(tmp_path, seed=seed)
