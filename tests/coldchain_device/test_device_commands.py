"""The commands of `coldchain-device`, run as a technician runs them."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from coldchain_contract.identifiers import urn_of_kernel_name
from coldchain_contract.messages import Status, decode_message
from coldchain_contract.settings import BadSettings
from coldchain_contract.topics import Kind
from coldchain_device.commands.cli import cli
from coldchain_device.loading import load_settings
from coldchain_simulator.faults import ProbeFaultKind
from coldchain_simulator.w1_text import shown_fault, shown_value
from coldchain_simulator.w1tree import W1Tree
from servers.mosquitto import ADMIN, ADMIN_PASSWORD, Mosquitto
from servers.process import eventually, free_port
from stand_ins.ingest import StandInIngest

GENUINE, COPY = "28-00000a1b2c3d", "28-0316a2795cff"
MILK, AIR = urn_of_kernel_name(GENUINE), urn_of_kernel_name(COPY)


class Box:
    """A folder with a device.toml and a 1-Wire tree."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.w1 = folder, folder / "w1"
        self.tree = W1Tree(self.w1, staging=folder / "new")
        self.toml = folder / "device.toml"
        self.write()

    def write(self, *, port: int | None = None, more: str = "", host: str = "127.0.0.1") -> None:
        port = port or free_port()
        self.toml.write_text(
            f"""
site = "menaka"
device = "pi-1"
data_folder = "{self.folder}/data"
w1_folder = "{self.w1}"
has_rtc = true
sample_s = 5
{more}
[mqtt]
host = "{host}"
port = {port}
password_file = "password"
connect_timeout_s = 2

[[placements]]
probe = "{MILK}"
unit = "cooler-1"

[units.cooler-1]
label = "Refroidisseur"
profile = "daily"
"""
        )
        (self.folder / "password").write_text("secret of the test\n")

    def run(self, *arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(cli, ["--config", str(self.toml), *arguments])
        return result.exit_code, result.output


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


def test_read_prints_every_probe_with_its_value_or_what_is_wrong(box: Box) -> None:
    box.tree.show(MILK, shown_value(4.0625))
    code, said = box.run("read")
    assert code == 0
    assert said.split() == [MILK, GENUINE, "4.062", "°C", "cooler-1,", "milk"]
    box.tree.show(MILK, shown_fault(ProbeFaultKind.ZERO, celsius=4, last_good_celsius=4))
    box.tree.show(AIR, shown_value(30.0))
    code, said = box.run("read")
    assert code == 1
    assert "shorted to ground" in said
    assert "not configured" in said


def test_read_as_json_and_without_a_settings_file(box: Box, tmp_path: Path) -> None:
    box.tree.show(MILK, shown_value(4.0625))
    result = CliRunner().invoke(
        cli, ["--config", str(tmp_path / "none.toml"), "read", "--json", "--w1-folder", str(box.w1)]
    )
    (line,) = json.loads(result.output)
    assert (line["probe"], line["celsius"], line["quality"]) == (MILK, 4.0625, "ok")


def test_check_config_prints_what_is_in_effect_and_no_secret(box: Box) -> None:
    code, said = box.run("check-config")
    assert code == 0
    assert 'password = "********"' in said
    assert "secret of the test" not in said
    assert "report_s = 600" in said


def test_check_config_names_every_mistake_at_once_with_the_nearest_name(box: Box) -> None:
    box.write(more='sampel_s = 60\nreport_s = "often"')
    code, said = box.run("check-config")
    assert code == 1
    assert "sampel_s" in said
    assert "did you mean sample_s?" in said
    assert "report_s: found 'often'" in said


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ('[[placements]]\nprobe = "urn:dev:ow:2800000000000000"\nunit = "u"', "CRC"),
        (f'[[placements]]\nprobe = "{MILK}"\nunit = "u"\n[[placements]]\nprobe = "{MILK}"\nunit = "v"', "twice"),
        (f'[[placements]]\nprobe = "{MILK}"\nunit = "u"\nlowest_celsius = 9\nhighest_celsius = 8', "below"),
        ('[units.u]\nprofile = "dayly"', "daily"),
        ('[power]\ndriver = "gpio"', "mains_pin"),
        ('[units."Not An Identifier"]\nlabel = "x"', "identifier"),
    ],
)
def test_settings_that_contradict_each_other_are_mistakes(tmp_path: Path, wrong: str, named: str) -> None:
    path = tmp_path / "device.toml"
    path.write_text(f'site = "menaka"\ndevice = "pi-1"\n{wrong}\n')
    with pytest.raises(BadSettings, match=named):
        load_settings(path)


@pytest.mark.parametrize("content", [None, b"= no toml", b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_one_clear_mistake(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "device.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadSettings, match=r"device\.toml"):
        load_settings(path)


def test_the_doctor_finds_nothing_wrong_where_nothing_is(box: Box, mosquitto: Mosquitto) -> None:
    box.tree.show(MILK, shown_value(4.0))
    box.write(port=mosquitto.port)
    code, said = box.run("doctor")
    assert code == 0
    assert "WRONG" not in said
    assert "accepts the device" in said


def test_the_doctor_names_each_trouble_of_the_probes_with_its_remedy(box: Box) -> None:
    box.tree.show(AIR, shown_value(4.0))
    (box.w1 / COPY / "ext_power").write_text("0\n")
    (box.w1 / "00-400000000000").mkdir()
    code, said = box.run("doctor")
    assert code == 1
    for words in (
        "cooler-1, milk: gone",
        "check that it is plugged in",
        f"{AIR} is on the bus and not sampled",
        "takes its power from the data line",
        "probably a copy",
        "00-400000000000, which no probe is",
        "nobody answers at 127.0.0.1",
    ):
        assert words in said


def test_the_doctor_tells_a_bus_that_is_not_enabled_from_one_without_probes(box: Box) -> None:
    _, said = box.run("doctor")
    assert "no thermometer answers" in said
    assert "dtoverlay" not in said
    box.w1.rmdir()
    _, said = box.run("doctor")
    assert "dtoverlay=w1-gpio" in said


def test_the_doctor_says_that_the_clock_is_not_known(box: Box) -> None:
    box.toml.write_text(box.toml.read_text().replace("has_rtc = true", ""))
    code, said = box.run("doctor")
    assert code == 1
    assert "DS3231" in said


def test_the_doctor_tells_a_refused_password_from_an_unknown_name_and_a_silent_port(
    box: Box, guarded_mosquitto: Mosquitto
) -> None:
    box.write(port=guarded_mosquitto.port)
    assert "refuses the device" in box.run("doctor")[1]
    box.write(host="no-such-host.invalid")
    assert "cannot be resolved" in box.run("doctor")[1]
    box.write(port=free_port())
    assert "nobody answers" in box.run("doctor")[1]
    box.write(port=guarded_mosquitto.port)
    (box.folder / "password").write_text(ADMIN_PASSWORD)
    box.toml.write_text(box.toml.read_text().replace("[mqtt]", f'[mqtt]\nusername = "{ADMIN}"'))
    assert "accepts the device" in box.run("doctor")[1]


@pytest.fixture
def running(box: Box, mosquitto: Mosquitto) -> Iterator[tuple[subprocess.Popen[bytes], StandInIngest]]:
    """`coldchain-device run` as its own process, and the server's end of the line."""
    box.tree.show(MILK, shown_value(4.0))
    box.write(port=mosquitto.port)
    server = StandInIngest(port=mosquitto.port)
    program = str(Path(sys.executable).with_name("coldchain-device"))
    with (box.folder / "log").open("wb") as log:
        process = subprocess.Popen([program, "--config", str(box.toml), "run"], stderr=log, env=os.environ)
    yield process, server
    process.kill()
    process.wait(10)
    server.close()


def statuses(server: StandInIngest) -> list[Status]:
    return [decode_message(payload, Status) for payload in server.of(Kind.STATUS)]


def test_run_samples_sends_and_says_goodbye(running: tuple[subprocess.Popen[bytes], StandInIngest]) -> None:
    process, server = running
    eventually(lambda: server.packs(Kind.LIVE), what="a pack", within=20)
    assert server.packs()[0].readings[0].value == 4.0
    process.send_signal(signal.SIGTERM)
    assert process.wait(15) == 0
    eventually(lambda: not statuses(server)[-1].online, what="offline is said")


def test_a_device_that_dies_is_offline_by_its_last_will_which_says_nothing_else(
    running: tuple[subprocess.Popen[bytes], StandInIngest],
) -> None:
    process, server = running
    eventually(lambda: statuses(server), what="a status", within=20)
    assert statuses(server)[0].online
    process.kill()
    eventually(lambda: not statuses(server)[-1].online, what="the last will")
    assert set(json.loads(server.of(Kind.STATUS)[-1])) == {"at_ms", "online"}


def test_the_agent_is_small_enough_for_the_smallest_pi(
    running: tuple[subprocess.Popen[bytes], StandInIngest],
) -> None:
    process, server = running
    eventually(lambda: server.packs(Kind.LIVE), what="a pack", within=20)
    memory = Path(f"/proc/{process.pid}/status").read_text()
    resident_kib = int(next(line.split()[1] for line in memory.splitlines() if line.startswith("VmRSS")))
    assert resident_kib < 48 * 1024


def test_a_missing_extra_is_named(tmp_path: Path) -> None:
    hide = "import sys; sys.modules['click'] = None; import coldchain_device.entry as e; e.main()"
    ran = subprocess.run([sys.executable, "-c", hide], capture_output=True, text=True, check=False)
    assert ran.returncode == 3
    assert "coldchain-device needs click" in ran.stderr
    assert "pip install 'coldchain[device]'" in ran.stderr
