"""What every kind of demo shares: its plan, its server's settings, starting in order, draining and counting."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import msgspec
import structlog

from coldchain_app.app import App
from coldchain_app.demo.broker import EmbeddedBroker
from coldchain_app.demo.draining import Drainable, drained
from coldchain_app.demo.report import DemoReport, report_of
from coldchain_app.settings import ServerSettings
from coldchain_app.web import free_port
from coldchain_dashboards.settings import WebSettings
from coldchain_server.ingest.settings import IngestSettings

log = structlog.get_logger()

_DRAIN_S = 60.0
_HOST = "127.0.0.1"
_REFRESH_S = 2.0


class DemoPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a demo is asked for. `seconds` None runs until it is told to stop."""

    folder: Path
    port: int
    seed: int
    rate: float
    seconds: float | None = None


def server_settings(plan: DemoPlan, *, broker: EmbeddedBroker) -> ServerSettings:
    """Return the settings of the demo's server; a usual port that is taken gives way to a free one."""
    return ServerSettings(
        data=str(plan.folder / "server"),
        mqtt=IngestSettings(host=broker.host, port=broker.port),
        web=WebSettings(host=_HOST, port=free_port(_HOST, plan.port), refresh_s=_REFRESH_S),
    )


def start_in_order(running: ExitStack, *parts: tuple[Callable[[], None], Callable[[], None]]) -> None:
    """Start each part, its stop left in `running`: stops run in reverse, also where a later part fails to start."""
    for start, stop in parts:
        running.callback(stop)
        start()


def drain_and_report(
    device: Drainable, *, app: App, taken: Callable[[], int], origin_ms: int, started: float
) -> DemoReport:
    """Wait until everything taken has flowed through, then count it.

    The run began at `origin_ms` of the shared clock and at `started` of the monotonic one.
    """
    wall_s, simulated_s = time.monotonic() - started, (app.clock.now_ms() - origin_ms) / 1000
    if not drained(device, app=app, within_s=_DRAIN_S):
        log.warning("not everything was drained", within_s=_DRAIN_S)
    return report_of(app, taken=taken(), wall_s=wall_s, simulated_s=simulated_s)
