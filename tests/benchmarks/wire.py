"""What a device costs on the wire, in IP bytes both ways: a month of the default plan, against one JSON a reading."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from benchmarks.device_day import PROBES
from benchmarks.figure import Amount, Figure
from benchmarks.scale import Scale
from coldchain_contract.identifiers import DeviceId, SiteId
from coldchain_device.settings import DeviceSettings

_TESTS = Path(__file__).parents[1]
_PATIENCE_S = 600
_DAY_S, _DAYS = 86_400, 30
READINGS_A_DAY = 1440 * len(PROBES)
RECONNECTIONS_A_DAY = 6
"""An assumption, as nothing is known of Ménaka: the network drops the connection every four hours."""
BUDGET_MB = 5.0


class Costs(msgspec.Struct, frozen=True, kw_only=True):
    """IP bytes both ways of each thing that passes: headers, acknowledgements, TLS and MQTT included.

    `report_bytes` is by the number of minutes in a report; a report includes the server's confirmation, a status its
    answer, a connection the status and the config that come with it. `urgent_bytes` is one round sent at once.
    """

    first_connection_bytes: float
    connection_bytes: float
    status_bytes: float
    report_bytes: dict[int, float]
    urgent_bytes: float
    ping_bytes: float
    probe_bytes: float
    json_bytes: float


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How often what passes. `ping_s`, `probe_s`: after how much silence; None: never, as nothing is silent so long."""

    report_minutes: int
    status_s: int = 3600
    ping_s: int | None = None
    probe_s: int | None = None

    def month_mb(self, costs: Costs) -> float:
        """Return the megabytes (10^6) of 30 quiet days."""
        each_s = (
            (self.report_minutes * 60, costs.report_bytes[self.report_minutes]),
            (self.status_s, costs.status_bytes),
            (self.ping_s, costs.ping_bytes),
            (self.probe_s, costs.probe_bytes),
        )
        day_bytes = sum(_DAY_S / period_s * size for period_s, size in each_s if period_s)
        return (day_bytes + RECONNECTIONS_A_DAY * costs.connection_bytes) * _DAYS / 1e6


def default_plan() -> Plan:
    """Return what a device does that is told nothing else."""
    settings = DeviceSettings(site=SiteId("any"), device=DeviceId("any"))
    return plan_of(settings)


def plan_of(settings: DeviceSettings) -> Plan:
    """Return how often what passes under `settings` on a path that forgets no idle connection."""
    keepalive_s = settings.mqtt.keepalive_s
    return Plan(
        report_minutes=settings.report_s // 60,
        status_s=settings.status_s,
        ping_s=None if keepalive_s > settings.report_s else keepalive_s,
    )


def measure(scale: Scale, folder: Path) -> Iterator[Figure]:
    """Yield bytes a reading and megabytes a month of the default plan."""
    plan = default_plan()
    costs = costs_of(scale.wire_minutes, folder)
    month_mb = plan.month_mb(costs)
    a_month = READINGS_A_DAY * _DAYS
    yield Figure(
        name=f"on the wire, a reading of {len(PROBES)} probes a minute, default plan",
        ours=Amount(month_mb * 1e6 / a_month, "B"),
        rival=Amount(costs.json_bytes + RECONNECTIONS_A_DAY * costs.connection_bytes * _DAYS / a_month, "B"),
        against="one JSON message a reading: same broker, TLS, quality of service, connections and accounting",
        note="IP packets both ways counted by the kernel, TCP's and TLS's own included",
    )
    yield Figure(
        name="on the wire, a month of the default plan",
        ours=Amount(month_mb, "MB"),
        rival=Amount(BUDGET_MB, "MB"),
        against="budget",
        note=f"reports every {plan.report_minutes} min, a status an hour, {RECONNECTIONS_A_DAY} reconnections a day; "
        + told(costs),
    )


def costs_of(minutes: int, folder: Path) -> Costs:
    """Measure in network namespaces of its own; skip where the kernel permits none."""
    command = [*own_network(), sys.executable, "-m", "benchmarks.wire_town", str(folder), str(minutes)]
    ended = subprocess.run(command, cwd=_TESTS, stdout=subprocess.PIPE, timeout=_PATIENCE_S, check=True)
    return msgspec.json.decode(ended.stdout, type=Costs)


def own_network() -> list[str]:
    """Return what runs a command in a network namespace of its own, root or not."""
    for command in (["unshare", "--net"], ["unshare", "--user", "--map-root-user", "--net"]):
        tried = subprocess.run([*command, "ip", "link", "set", "lo", "up"], capture_output=True, check=False)
        if tried.returncode == 0:
            return command
    pytest.skip("no network namespace is permitted here (unshare --net)")


def told(costs: Costs) -> str:
    """Return what each thing costs, in words."""
    reports = ", ".join(f"{size:.0f} of {minutes} minutes" for minutes, size in costs.report_bytes.items())
    return (
        f"bytes of a report {reports}; a status {costs.status_bytes:.0f}, a reconnection {costs.connection_bytes:.0f}"
        f" (the first {costs.first_connection_bytes:.0f}), a round at once {costs.urgent_bytes:.0f}, an MQTT ping"
        f" {costs.ping_bytes:.0f}, a TCP probe {costs.probe_bytes:.0f}"
    )
