"""The whole examination, in the order in which a technician mends."""

from collections.abc import Iterator

from coldchain_device.clock import DeviceClock
from coldchain_device.doctor.finding import Finding
from coldchain_device.doctor.machine import examine_machine
from coldchain_device.doctor.network import examine_network
from coldchain_device.doctor.outputs import examine_outputs
from coldchain_device.doctor.probes import examine_probes
from coldchain_device.doctor.recovery import examine_recovery
from coldchain_device.health import Throttling
from coldchain_device.plan import plan_of
from coldchain_device.settings import DeviceSettings


def examine(settings: DeviceSettings, *, clock: DeviceClock, throttling: Throttling) -> Iterator[Finding]:
    """Yield what is found as it is found: probes first, then the machine, then the way to the server."""
    plan = plan_of(settings, None)
    yield from examine_probes(settings.w1_folder, plan.spots)
    yield from examine_outputs(settings, plan)
    yield from examine_machine(clock, settings.data_folder, throttling)
    yield from examine_network(settings)
    yield from examine_recovery(settings.recovery, settings.data_folder)
