"""The agent fits into its 40 MB as it runs on a Pi: a process of its own, TLS, the certificates of the system."""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from coldchain_contract.identifiers import ProbeUrn, urn_of_kernel_name
from coldchain_contract.readings import Quality
from coldchain_device.clock import Stamp
from coldchain_device.outbox import Outbox, Sample
from coldchain_device.timekeeping import Certain
from coldchain_device.uplink.resumption import resuming_context
from coldchain_simulator.w1_text import shown_value
from coldchain_simulator.w1tree import W1Tree
from servers.as_on_a_pi import WITHOUT, environment
from servers.certificates import certify
from servers.mosquitto import Mosquitto
from servers.process import eventually, free_port, listening, program
from stand_ins.ingest import StandInIngest

PROBES = [urn_of_kernel_name(f"28-{number:012x}") for number in range(1, 5)]
NOON, MINUTE, DAY = 1_772_539_200_000, 60_000, 86_400_000
BUDGET_BYTES = 40e6
AGENT = WITHOUT + "from coldchain_device.entry import main; main()"


class Broker(msgspec.Struct, frozen=True, kw_only=True):
    """A broker that speaks TLS, the folder of who is to be trusted, and a server behind it."""

    mosquitto: Mosquitto
    trusted: Path
    server: StandInIngest


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    folder = tmp_path / "certificates"
    folder.mkdir()
    made = certify(folder, name="DNS:localhost")
    subprocess.run([program("openssl", "openssl"), "rehash", str(folder)], check=True, capture_output=True)
    behind = free_port()
    mosquitto = Mosquitto(tmp_path / "broker", settings=f"{made.settings}\nlistener {behind} 127.0.0.1")
    mosquitto.server.start()
    eventually(lambda: listening(behind), what="the second listener")
    server = StandInIngest(port=behind, server_time_ms=NOON + 8 * DAY)
    yield Broker(mosquitto=mosquitto, trusted=folder, server=server)
    server.close()
    mosquitto.server.stop()


def device_toml(folder: Path, broker: Broker, *, card: str) -> Path:
    placements = "".join(f'[[placements]]\nprobe = "{probe}"\nunit = "cooler-1"\n' for probe in PROBES)
    file = folder / "device.toml"
    file.write_text(f"""
site = "menaka"
device = "pi-1"
data_folder = "{folder}/{card}"
w1_folder = "{folder}/w1"
sample_s = 5
[mqtt]
host = "localhost"
port = {broker.mosquitto.port}
tls = true
{placements}
[units.cooler-1]
profile = "daily"
""")
    return file


def fill(outbox: Path, days: int) -> None:
    """Have a backlog of so many days wait on the card, of a boot that knew the time."""
    opened = Outbox(outbox)
    opened.add([_sample(probe, minute) for minute in range(days * 1440) for probe in PROBES])
    opened.close()


def _sample(probe: ProbeUrn, minute: int) -> Sample:
    stamp = Stamp(boot_id="before", uptime_ms=minute * MINUTE, wall_ms=NOON + minute * MINUTE, trusted=True)
    return Sample(probe=probe, value=4.0625, quality=Quality.OK, stamp=stamp)


def memory_bytes(process: int | str, what: str) -> int:
    match = re.search(rf"{what}:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    assert match is not None
    return int(match[1]) * 1024


def peak_of_a_run(folder: Path, broker: Broker, *, card: str, readings: int) -> int:
    """Run the agent until so many readings have reached the server, and return the most memory it took."""
    as_given = environment(folder / "compiled") | {"SSL_CERT_DIR": str(broker.trusted)}
    command = [sys.executable, "-c", AGENT, "--config", str(device_toml(folder, broker, card=card)), "run"]
    already = len(broker.server.sequences())
    with subprocess.Popen(command, env=as_given) as agent:
        try:
            eventually(lambda: len(broker.server.sequences()) > already + readings, within=60, what="they arrive")
            return memory_bytes(agent.pid, "VmHWM")
        finally:
            agent.terminate()


def test_the_agent_stays_within_forty_megabytes_with_a_week_waiting_on_its_card(tmp_path: Path, broker: Broker) -> None:
    fill(tmp_path / "full" / "outbox.sqlite", days=7)
    tree = W1Tree(tmp_path / "w1", staging=tmp_path / "new")
    for probe in PROBES:
        tree.show(probe, shown_value(4.0625))
    peak_of_a_run(tmp_path, broker, card="empty", readings=3)  # the first compiles, as installing does
    assert peak_of_a_run(tmp_path, broker, card="full", readings=10_000) < BUDGET_BYTES


def test_hearing_much_over_one_tls_connection_takes_no_memory(broker: Broker) -> None:
    context = resuming_context(broker.trusted / "ca.crt", now=lambda: Certain(earliest_ms=0, latest_ms=None))
    with (
        socket.create_connection(("127.0.0.1", broker.mosquitto.port)) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as link,
    ):
        context.remember(link)
        before = memory_bytes("self", "VmRSS")
        for _ in range(3000):
            context.remember(link)
        assert memory_bytes("self", "VmRSS") - before < 2e6
