"""`python -m benchmarks.wire_field FOLDER MINUTES`: a device at the far end of the cable, and what each thing costs.

Waits for a line on standard input before it speaks: then the town is there. Says its `Costs` as JSON.
"""

import logging
import random
import socket
import ssl
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import structlog
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from benchmarks.device_day import DaysClock
from benchmarks.ingesters.plain import plain
from benchmarks.large_fleet import MINUTE_MS, SITE, packs, probe_of, topic_of
from benchmarks.wire import Costs
from benchmarks.wire_cable import FIELD, TOWN, Meter
from coldchain_contract.identifiers import ProbeUrn, UnitId
from coldchain_device.agent import Agent
from coldchain_device.probes.w1 import W1Bus
from coldchain_device.settings import DeviceSettings, MqttSettings, OutputSettings, PlacementSettings, UnitSettings
from coldchain_simulator.w1_text import shown_value
from coldchain_simulator.w1tree import W1Tree
from servers.process import eventually

PORT = 8883
_REPORTS_MINUTES = (5, 10, 15, 30)
_CONVERSION_MS, _FINEST_MS = 760, 100
_PROBES = tuple(probe_of(0, place) for place in range(4))
_PING_S, _PINGS = 5, 1
_SIXTEENTHS, _PATIENCE_S = 16, 30


class Device:
    """The agent with four probes, whose milk moves by sixteenths of a degree as a compressor switches.

    It is the bus too: each probe takes its 750 ms and a little, so that instants are as uneven as in the field.
    """

    def __init__(self, folder: Path) -> None:
        self._tree = W1Tree(folder / "w1", staging=folder / "staging")
        self._bus = W1Bus(folder / "w1")
        self._chance = random.Random(7)
        self._now_ms = time.time_ns() // 1_000_000 - 30 * 86_400_000
        self._clock = DaysClock(self._now_ms)
        self._show()
        self.agent = Agent(_settings(folder), clock=self._clock, bus=self)

    def found(self) -> list[ProbeUrn]:
        return self._bus.found()

    def read(self, probe: ProbeUrn) -> bytes | None:
        self._pass(_CONVERSION_MS + self._chance.randint(0, 40))
        return self._bus.read(probe)

    def start(self) -> None:
        self.agent.start()
        self._clock.in_field = True

    def rounds(self, minutes: int) -> None:
        for _ in range(minutes):
            began_ms = self._now_ms
            self._pass(self._chance.randint(0, 30))
            self._show()
            self.agent.sample()
            self._pass(began_ms + MINUTE_MS - self._now_ms)

    def report(self) -> None:
        if not self.agent.flush():
            sys.exit("the server did not confirm in time")

    def _pass(self, span_ms: int) -> None:
        """Let time pass, which a device tells in tenths of a second."""
        self._now_ms += span_ms
        self._clock.set(self._now_ms // _FINEST_MS * _FINEST_MS)

    def _show(self) -> None:
        for number, probe in enumerate(_PROBES):
            self._tree.show(probe, shown_value(4.0 + number / 2 + self._chance.randint(-3, 3) / _SIXTEENTHS))


def main(folder: Path, minutes: int) -> None:
    """Measure one thing after the other, and print what they cost."""
    sys.stdin.readline()
    FIELD.plug(TOWN)
    meter, device = Meter(FIELD), Device(folder)
    device.start()
    uplink = device.agent._uplink
    eventually(lambda: uplink._connection.connected, within=_PATIENCE_S, what="the field connects")
    first = meter.passed()
    device.rounds(1)
    device.report()
    meter.passed()
    uplink.reconnect()
    eventually(lambda: uplink._connection.connections == 2 and uplink._connection.connected, within=_PATIENCE_S)
    again = meter.passed()
    uplink.say_status()
    status = meter.passed()
    reports = {each: _report(device, meter, each=each, minutes=minutes) for each in _REPORTS_MINUTES}
    urgent = _report(device, meter, each=1, minutes=min(minutes, 20))
    device.agent.stop()
    meter.passed()
    ping, probe = _silence(folder, meter)
    costs = Costs(
        first_connection_bytes=first,
        connection_bytes=again,
        status_bytes=status,
        report_bytes=reports,
        urgent_bytes=urgent,
        ping_bytes=ping,
        probe_bytes=probe,
        json_bytes=_json(folder, meter, minutes=min(minutes, 60)),
    )
    sys.stdout.write(msgspec.json.encode(costs).decode())


def _report(device: Device, meter: Meter, *, each: int, minutes: int) -> float:
    """Return the mean of reports of `each` minutes; every one is over before the next, as in the field."""
    sizes = []
    for _ in range(max(1, minutes // each)):
        device.rounds(each)
        device.report()
        sizes.append(meter.passed())
    return sum(sizes) / len(sizes)


def _silence(folder: Path, meter: Meter) -> tuple[float, float]:
    """Return what an MQTT ping costs, and what a probe of the kernel."""
    with _connected(folder, "silent", keepalive_s=_PING_S) as client:
        meter.passed()
        time.sleep(_PING_S * _PINGS + 2)
        ping = meter.passed() / _PINGS
        sock = client.socket()
        assert isinstance(sock, ssl.SSLSocket)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 3)  # two of them have passed: one probe in a second
        time.sleep(1.5)
        return ping, float(meter.passed())


def _json(folder: Path, meter: Meter, *, minutes: int) -> float:
    """Return what a reading costs that is one message: four a minute, each minute over before the next."""
    with _connected(folder, "json", keepalive_s=60) as client:
        meter.passed()
        sent = list(packs(0, count=minutes * len(_PROBES), readings=1, from_ms=time.time_ns() // 1_000_000))
        sizes = []
        for start in range(0, len(sent), len(_PROBES)):
            for pack in sent[start : start + len(_PROBES)]:
                client.publish(f"plain/{topic_of(0)}", msgspec.json.encode(plain(pack)), qos=1).wait_for_publish(5)
            sizes.append(meter.passed())
        return sum(sizes) / len(sent)


@contextmanager
def _connected(folder: Path, name: str, *, keepalive_s: int) -> Iterator[Client]:
    client = Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=MQTTProtocolVersion.MQTTv311)
    client.tls_set(ca_certs=str(folder / "ca.crt"))
    client.connect(TOWN.address, PORT, keepalive_s)
    client.loop_start()
    try:
        eventually(client.is_connected)
        yield client
    finally:
        client.disconnect()
        client.loop_stop()


def _settings(folder: Path) -> DeviceSettings:
    return DeviceSettings(
        site=SITE,
        device=topic_of(0).device,
        data_folder=folder / "data",
        w1_folder=folder / "w1",
        mqtt=MqttSettings(host=TOWN.address, port=PORT, tls=True, ca_file=folder / "ca.crt", longest_reconnect_s=1),
        placements=tuple(PlacementSettings(probe=probe, unit=UnitId("cooler-0-0")) for probe in _PROBES),
        units={UnitId("cooler-0-0"): UnitSettings(profile="daily")},
        outputs=OutputSettings(console=False),
    )


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    main(Path(sys.argv[1]), int(sys.argv[2]))
