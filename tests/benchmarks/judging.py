"""Judging a large fleet a minute at a time, against the 10,000 readings a minute it must bear, and a small fleet."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import func, select

from benchmarks.figure import Amount, Figure, expect
from benchmarks.large_fleet import ENROLLED_MS, MINUTE_MS, PROBES_A_DEVICE, large_fleet, moved_on, packs, topic_of
from benchmarks.scale import Scale
from benchmarks.spending import Spent, median, spent
from coldchain_app.app import App
from coldchain_app.settings import ServerSettings
from coldchain_contract.clock import SetClock
from coldchain_contract.pack import Pack
from coldchain_server.judging.stage import Judging
from coldchain_server.ledger.tables import CourseRow, LatestRow
from coldchain_server.spool.model import Accepted

REQUIRED = Amount(10_000 / 60, "readings/s")
_READINGS_TO_AVERAGE = 10_000
_MILK = 4.0625


def measure(scale: Scale, folder: Path) -> Iterator[Figure]:
    """Yield readings a second of the large fleet, and what a reading costs there and in a small one."""
    many = _minute(scale.probes, rounds=1, runs=scale.runs, folder=folder / "many")
    few = _minute(
        scale.few_probes,
        rounds=max(1, min(scale.probes, _READINGS_TO_AVERAGE) // scale.few_probes),
        runs=scale.runs,
        folder=folder / "few",
    )
    yield Figure(
        name=f"spool to verdicts, one reading each of {scale.probes:,} probes",
        ours=Amount(1 / many.wall_s, "readings/s"),
        rival=REQUIRED,
        against="required, 10,000 readings a minute",
        more_is_better=True,
        note=f"{many.cpu_s * 100_000:.2f} s CPU of the process per 100,000 readings",
    )
    yield Figure(
        name=f"judging a reading among {scale.probes:,} probes",
        ours=Amount(many.wall_s * 1e6, "µs"),
        rival=Amount(few.wall_s * 1e6, "µs"),
        against=f"the same among {scale.few_probes} probes, a minute's readings in one transaction",
    )


def _minute(probes: int, *, rounds: int, runs: int, folder: Path) -> Spent:
    """Return what a reading costs while minutes pass in which every probe is heard once; the first is not counted."""
    clock = SetClock(ENROLLED_MS)
    devices = probes // PROBES_A_DEVICE
    app = App(ServerSettings(data=str(folder)), clock=clock, fleet=large_fleet(devices))
    judging = Judging(spool=app.spool(), sessions=app.sessions(), fleet=app.fleet(), clock=clock)
    first = [
        next(packs(device, count=1, readings=PROBES_A_DEVICE, from_ms=ENROLLED_MS, celsius=_MILK))
        for device in range(devices)
    ]
    minutes = iter(range(1 + rounds * runs))
    try:
        _pass_minute(next(minutes), first, app, judging, clock)
        taken = [[_pass_minute(next(minutes), first, app, judging, clock) for _ in range(rounds)] for _ in range(runs)]
        _count(app, probes=probes, last_ms=clock.now_ms() - MINUTE_MS)
    finally:
        app.close()
    readings = rounds * probes
    return median(
        Spent(
            wall_s=sum(one.wall_s for one in run) / readings,
            cpu_s=sum(one.cpu_s for one in run) / readings,
        )
        for run in taken
    )


def _pass_minute(minute: int, first: list[Pack], app: App, judging: Judging, clock: SetClock) -> Spent:
    """Let every device send once, and judge until nothing waits."""
    clock.set(ENROLLED_MS + (minute + 1) * MINUTE_MS)
    app.spool().admit(
        [
            Accepted(
                site=topic_of(device).site,
                device=topic_of(device).device,
                live=True,
                received_ms=clock.now_ms(),
                pack=moved_on(pack, ms=minute * MINUTE_MS, numbers=minute * PROBES_A_DEVICE),
            )
            for device, pack in enumerate(first)
        ]
    )
    # What the writer would do beside it: rows that both are past leave the spool.
    app.spool().advance("writing", app.spool().position("judging"))

    def judge() -> None:
        while judging.step():
            pass

    return spent(judge)


def _count(app: App, *, probes: int, last_ms: int) -> None:
    with app.sessions()() as session:
        newest = session.scalar(select(func.count()).select_from(LatestRow).where(LatestRow.at_ms >= last_ms)) or 0
        judged = session.scalar(select(func.count(CourseRow.probe))) or 0
    expect("probes whose newest reading was seen", found=newest, expected=probes)
    expect("probes judged", found=judged, expected=probes)
    expect("packs not judged", found=app.spool().depth() - len(app.fleet().devices), expected=0)
