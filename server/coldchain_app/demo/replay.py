"""A recorded file as the demo: its columns become probes on a 1-Wire tree, read row by row by the real agent."""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from coldchain_app.app import App
from coldchain_app.demo.broker import EmbeddedBroker
from coldchain_app.demo.enrolling import enrol_all
from coldchain_app.demo.plan import DemoPlan, drain_and_report, server_settings, start_in_order
from coldchain_app.demo.report import DemoReport
from coldchain_app.server import STAGES, Server
from coldchain_contract.clock import SetClock
from coldchain_contract.identifiers import DeviceId, ProbeUrn, SiteId, UnitId
from coldchain_device.agent import Agent
from coldchain_device.settings import DeviceSettings, MqttSettings, OutputSettings, PlacementSettings
from coldchain_server.fleet.load import builtin_profiles
from coldchain_server.fleet.model import Device, Fleet, Place, Placement, Site, Unit, UnitKind
from coldchain_simulator.player import Player
from coldchain_simulator.replay import Replay

SITE, DEVICE, UNIT = SiteId("replay"), DeviceId("replay-pi"), UnitId("replay-1")
LOWEST_CELSIUS, HIGHEST_CELSIUS = -10.0, 95.0
_PROFILE = "hot-pasteuriser"
_SEND_EVERY_ROWS = 500
_BAD_CELLS_SHOWN = 10

log = structlog.get_logger()


def fleet_of_replay(probes: Sequence[ProbeUrn], *, zone: ZoneInfo, from_ms: int) -> Fleet:
    """Return a fleet of one pasteuriser that has these probes; hot milk is plausible in it, down to −10 °C."""
    placements = tuple(
        Placement(
            probe=probe,
            unit=UNIT,
            device=DEVICE,
            place=Place.MILK,
            lowest_celsius=LOWEST_CELSIUS,
            highest_celsius=HIGHEST_CELSIUS,
            from_ms=from_ms,
        )
        for probe in probes
    )
    return Fleet(
        sites={SITE: Site(id=SITE, name="Replay", zone=zone)},
        units={UNIT: Unit(id=UNIT, site=SITE, name="Replay", kind=UnitKind.PASTEURISER, profile=_PROFILE)},
        devices={DEVICE: Device(id=DEVICE, site=SITE)},
        placements=placements,
        contacts=(),
        profiles=builtin_profiles(),
    )


class ReplayingDevice:
    """The real agent over a 1-Wire tree that shows one row of the recording after another."""

    def __init__(self, recording: Replay, *, fleet: Fleet, mqtt: MqttSettings, clock: SetClock, folder: Path) -> None:
        self._clock = clock
        self._player = Player(recording, clock=clock, folder=folder)
        self.agent = Agent(_settings_of(fleet, mqtt=mqtt, w1=self._player.w1, folder=folder), clock=clock)

    def start(self) -> None:
        self.agent.start()

    def play(self, stopping: threading.Event, *, progress: Callable[[int], None]) -> None:
        """Show every row and have exactly the probes that have a value in it read: a blank is a gap, not a fault."""
        for number, row in enumerate(self._player.replay.rows(), 1):
            if stopping.is_set():
                break
            self._clock.set(row.at_ms)
            self._player.show(row)
            self.agent.sample(only=row.values.keys())
            if number % _SEND_EVERY_ROWS == 0:
                self.agent.flush()
                progress(number)

    def taken(self) -> int:
        """Return how often the simulated bus saw a probe being read."""
        return len(self._player.taken())

    def stop(self) -> None:
        self.agent.stop()
        self._player.stop()

    def stop_sampling(self) -> None:
        self.agent.flush()

    def unconfirmed(self) -> int:
        return self.agent.outbox.depth()


def replay(
    files: Sequence[Path],
    *,
    plan: DemoPlan,
    zone: ZoneInfo,
    stopping: threading.Event,
    progress: Callable[[int, int], None],
) -> DemoReport:
    """Play recorded files through device, broker and server as fast as they go, and count what is stored."""
    recording = Replay(files, zone=zone)
    _say_bad_cells(recording)
    first_ms = next(recording.rows()).at_ms
    clock, broker = SetClock(first_ms), EmbeddedBroker()
    fleet = fleet_of_replay(tuple(recording.probes.values()), zone=zone, from_ms=first_ms)
    app = App(server_settings(plan, broker=broker), clock=clock, fleet=fleet)
    mqtt = MqttSettings(host=broker.host, port=broker.port, confirm_s=5)
    device = ReplayingDevice(recording, fleet=fleet, mqtt=mqtt, clock=clock, folder=plan.folder / "device")
    server = Server(app, only=STAGES)
    with ExitStack() as running:
        start_in_order(
            running,
            (broker.start, broker.stop),
            (lambda: enrol_all(fleet, sessions=app.sessions(), at_ms=first_ms), app.close),
            (server.start, server.stop),
            (device.start, device.stop),
        )
        started = time.monotonic()
        device.play(stopping, progress=lambda done: progress(done, len(recording)))
        device.stop_sampling()
        return drain_and_report(device, app=app, taken=device.taken, origin_ms=first_ms, started=started)


def _say_bad_cells(recording: Replay) -> None:
    """Name what could not be read; everything else goes on."""
    for cell in recording.bad_cells[:_BAD_CELLS_SHOWN]:
        log.warning("a cell of the recording is left out", cell=str(cell))
    more = len(recording.bad_cells) - _BAD_CELLS_SHOWN
    if more > 0:
        log.warning("more cells are left out", cells=more)


def _settings_of(fleet: Fleet, *, mqtt: MqttSettings, w1: Path, folder: Path) -> DeviceSettings:
    return DeviceSettings(
        site=SITE,
        device=DEVICE,
        data_folder=folder / "data",
        w1_folder=w1,
        mqtt=mqtt,
        placements=tuple(
            PlacementSettings(
                probe=placement.probe,
                unit=placement.unit,
                lowest_celsius=placement.lowest_celsius,
                highest_celsius=placement.highest_celsius,
            )
            for placement in fleet.placements
        ),
        outputs=OutputSettings(console=False),
    )
