"""The live demo: everything started, whoever listens before whoever speaks; watched, drained, stopped and counted."""

import math
import threading
import time
from contextlib import ExitStack

from coldchain_app.app import App
from coldchain_app.demo.accounts import add_accounts
from coldchain_app.demo.broker import EmbeddedBroker
from coldchain_app.demo.declared import declared_clock
from coldchain_app.demo.devices import REPORT_S, DemoDevices
from coldchain_app.demo.enrolling import enrol_all
from coldchain_app.demo.fleet import fleet_of_scenario
from coldchain_app.demo.milk import tell_of_milk
from coldchain_app.demo.plan import DemoPlan, drain_and_report, server_settings, start_in_order
from coldchain_app.demo.report import DemoReport
from coldchain_app.server import Server
from coldchain_server.actions import Actions
from coldchain_simulator.demo import demo_scenario
from coldchain_simulator.simulator import Simulator

_LOOK_EVERY_S = 5.0


class Demo:
    """Start it, watch `address`, finish it for a report. `stop` may be called at any time."""

    def __init__(self, plan: DemoPlan) -> None:
        self.plan = plan
        self.clock = declared_clock(rate=plan.rate)
        self.broker = EmbeddedBroker()
        scenario = demo_scenario(self.clock.origin_ms)
        self.simulator = Simulator(scenario, clock=self.clock, folder=plan.folder / "simulator", seed=plan.seed)
        self.fleet = fleet_of_scenario(scenario, self.simulator.devices, report_s=REPORT_S)
        self.app = App(server_settings(plan, broker=self.broker), clock=self.clock, fleet=self.fleet)
        self.server = Server(self.app)
        self.devices = DemoDevices(
            self.simulator, fleet=self.fleet, broker=self.broker, clock=self.clock, folder=plan.folder / "devices"
        )
        self._running = ExitStack()

    @property
    def address(self) -> str:
        web = self.app.settings.web
        return f"http://{web.host}:{web.port}/"

    def start(self) -> None:
        with ExitStack() as started:
            start_in_order(
                started,
                (self.broker.start, self.broker.stop),
                (self._enter_people_and_devices, self.app.close),
                (self.server.start, self.server.stop),
                (self.simulator.start, self.simulator.stop),
                (self.devices.start, self.devices.stop),
            )
            self._running = started.pop_all()

    def watch(self, stopping: threading.Event) -> None:
        """Wait until the time is up or somebody wants to stop; limits edited meanwhile count."""
        until_s = time.monotonic() + (math.inf if self.plan.seconds is None else self.plan.seconds)
        while (left_s := until_s - time.monotonic()) > 0 and not stopping.wait(min(left_s, _LOOK_EVERY_S)):
            if self.server.outdated():
                self.server.renew()

    def finish(self) -> DemoReport:
        """Stop sampling, let everything flow through, count, and stop."""
        self.devices.stop_sampling()
        try:
            return drain_and_report(
                self.devices,
                app=self.app,
                taken=lambda: len(self.simulator.taken()),
                origin_ms=self.clock.origin_ms,
                started=self.clock.started,
            )
        finally:
            self.stop()

    def stop(self) -> None:
        self._running.close()

    def _enter_people_and_devices(self) -> None:
        enrol_all(self.fleet, sessions=self.app.sessions(), at_ms=self.clock.origin_ms)
        add_accounts(self.fleet, sessions=self.app.sessions(), clock=self.clock)
        actions = Actions(sessions=self.app.sessions(), fleet=self.fleet, clock=self.clock)
        tell_of_milk(self.fleet, actions, at_ms=self.clock.origin_ms)
