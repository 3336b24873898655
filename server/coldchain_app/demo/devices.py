"""The device agents of a demo: the real agent, one for each simulated Raspberry Pi, alive while that has power."""

import threading
from pathlib import Path

import structlog

from coldchain_app.demo.broker import EmbeddedBroker
from coldchain_contract.clock import Clock
from coldchain_contract.identifiers import DeviceId
from coldchain_device.agent import Agent
from coldchain_device.settings import (
    DeviceSettings,
    MqttSettings,
    OutputSettings,
    PlacementSettings,
    PowerSettings,
    UnitSettings,
)
from coldchain_server.fleet.model import Fleet, Placement
from coldchain_simulator.simulator import SimulatedDevice, Simulator

log = structlog.get_logger()

SAMPLE_S = 60
REPORT_S = 600
_LOOK_EVERY_S = 0.1


class DemoDevices:
    """All agents of the demo. One whose Pi has lost its power is ended, and begun anew when it is back."""

    def __init__(
        self, simulator: Simulator, *, fleet: Fleet, broker: EmbeddedBroker, clock: Clock, folder: Path
    ) -> None:
        self._simulator, self._clock = simulator, clock
        self._settings = {
            device.device: settings_of(device, fleet=fleet, broker=broker, folder=folder)
            for device in simulator.devices
        }
        self._agents: dict[DeviceId, Agent] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow_power, name="device power", daemon=True)

    def start(self) -> None:
        self._switch()
        self._thread.start()

    def stop_sampling(self) -> None:
        """Take no more readings, and send at once what is waiting."""
        self._ended.set()
        self._thread.join()
        for device in self._settings.keys() - self._agents.keys():
            self._begin(device)  # what a Pi without power still holds on its card counts as well
        for agent in self._agents.values():
            agent.stop_sampling()
        for agent in self._agents.values():
            agent.flush()

    def unconfirmed(self) -> int:
        """Return how many readings the server has not yet confirmed."""
        return sum(agent.outbox.depth() for agent in self._agents.values())

    def stop(self) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
        for agent in self._agents.values():
            agent.stop()
        self._agents.clear()

    def _follow_power(self) -> None:
        while not self._ended.wait(_LOOK_EVERY_S):
            self._switch()

    def _switch(self) -> None:
        for device in self._settings:
            powered = self._simulator.powered(device)
            if powered and device not in self._agents:
                self._begin(device)
            elif not powered and device in self._agents:
                log.info("a device has lost its power", device=device)
                self._agents.pop(device).stop()

    def _begin(self, device: DeviceId) -> None:
        agent = Agent(self._settings[device], clock=self._clock)
        agent.start()
        self._agents[device] = agent


def settings_of(device: SimulatedDevice, *, fleet: Fleet, broker: EmbeddedBroker, folder: Path) -> DeviceSettings:
    """Return what this device's `device.toml` would say."""
    placements = tuple(placement for placement in fleet.placements if placement.device == device.device)
    units = {placement.unit: fleet.units[placement.unit] for placement in placements}
    return DeviceSettings(
        site=device.site,
        device=device.device,
        data_folder=folder / device.device,
        w1_folder=device.w1,
        sample_s=SAMPLE_S,
        report_s=REPORT_S,
        status_s=REPORT_S,
        mqtt=MqttSettings(host=broker.host, port=broker.port, confirm_s=5),
        placements=tuple(_placement(placement) for placement in placements),
        units={
            unit.id: UnitSettings(label=unit.name, limits=fleet.profiles[unit.profile].limits)
            for unit in units.values()
        },
        power=PowerSettings(driver="power_supply", folder=device.power),
        outputs=OutputSettings(console=False),
    )


def _placement(placement: Placement) -> PlacementSettings:
    return PlacementSettings(
        probe=placement.probe,
        unit=placement.unit,
        place=placement.place.value,
        lowest_celsius=placement.lowest_celsius,
        highest_celsius=placement.highest_celsius,
    )
