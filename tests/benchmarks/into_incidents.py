"""From a reading spooled to its incident committed, while a large fleet sends a reading a minute through all rules."""

import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
from sqlalchemy import func, select

from benchmarks.figure import Amount, Figure, expect
from benchmarks.large_fleet import PROBES_A_DEVICE, large_fleet, packs, topic_of
from benchmarks.latency import AT_ONCE
from benchmarks.scale import Scale
from benchmarks.spending import quantile
from coldchain_app.app import App
from coldchain_app.real_clock import RealClock
from coldchain_app.runner import Runner
from coldchain_app.settings import ServerSettings
from coldchain_contract.pack import Pack
from coldchain_judgement.limits import Profile
from coldchain_server.fleet.load import builtin_profiles
from coldchain_server.incidents.stage import Incidents
from coldchain_server.judging.stage import Judging
from coldchain_server.ledger.tables import IncidentRow
from coldchain_server.spool.model import Accepted
from coldchain_server.stage import Stage

REQUIRED = Amount(2000.0, "ms")
_ADMITTED_EVERY_S, _LOOK_EVERY_S, _PATIENCE_S = 0.1, 0.005, 30.0
_HOT, _COLD = 30.0, 4.0625


def measure(scale: Scale, folder: Path) -> Iterator[Figure]:
    """Yield median and 99th percentile of breaches, each in a cooler that is heard for the first time."""
    taken = _breaches(scale, folder)
    for words, share in (("median", 0.5), ("99th percentile", 0.99)):
        yield Figure(
            name=f"spooled to incident committed, {scale.probes:,} probes a minute through all rules, {words}",
            ours=Amount(quantile(taken, share) * 1000, "ms"),
            rival=REQUIRED,
            against="required of the 99th percentile",
            note=f"{len(taken)} breaches; judging and incidents in one process, nothing else beside them",
        )


def _profile() -> Profile:
    """Return every rule of milk collected daily, and a limit that one reading breaks."""
    daily = builtin_profiles()["daily"]
    at_once = msgspec.structs.replace(AT_ONCE.limits[0], name="at-once")
    return msgspec.structs.replace(daily, limits=(*daily.limits, at_once))


def _breaches(scale: Scale, folder: Path) -> list[float]:
    steady = scale.probes // PROBES_A_DEVICE
    clock = RealClock()
    fleet = large_fleet(steady + scale.incidents, profile=_profile(), from_ms=clock.now_ms() - 60_000)
    app = App(ServerSettings(data=str(folder)), clock=clock, fleet=fleet)
    stages: list[Stage] = [
        Judging(spool=app.spool(), sessions=app.sessions(), fleet=app.fleet(), clock=clock),
        Incidents(sessions=app.sessions(), fleet=app.fleet(), clock=clock),
    ]
    runner = Runner(stages)
    runner.start()
    try:
        taken = [_breach(app, number, steady) for number in range(scale.incidents)]
        expect("incidents", found=_incidents(app), expected=scale.incidents)
        return taken
    finally:
        runner.stop()
        app.close()


def _breach(app: App, number: int, steady: int) -> float:
    """Let the fleet go on for a tenth of a second, and one more cooler be too hot; return seconds to its incident."""
    a_minute = 60 / _ADMITTED_EVERY_S
    first, end = (round(steady * (number + more) / a_minute) for more in (0, 1))
    usual = [_accepted(app, device % steady, celsius=_COLD, readings=PROBES_A_DEVICE) for device in range(first, end)]
    began_s = time.perf_counter()
    app.spool().admit([*usual, _accepted(app, steady + number, celsius=_HOT, readings=1)])
    while _incidents(app) <= number:
        if time.perf_counter() - began_s > _PATIENCE_S:
            expect("incidents", found=_incidents(app), expected=number + 1)
        time.sleep(_LOOK_EVERY_S)
    taken_s = time.perf_counter() - began_s
    time.sleep(max(0.0, _ADMITTED_EVERY_S - taken_s))
    return taken_s


def _accepted(app: App, device: int, *, celsius: float, readings: int) -> Accepted:
    now_ms = app.clock.now_ms()
    pack: Pack = next(packs(device, count=1, readings=readings, from_ms=now_ms - 5000, celsius=celsius))
    topic = topic_of(device)
    return Accepted(site=topic.site, device=topic.device, live=True, received_ms=now_ms, pack=pack)


def _incidents(app: App) -> int:
    with app.sessions()() as session:
        return session.scalar(select(func.count()).select_from(IncidentRow)) or 0
