"""What deploy/ ships: units systemd accepts, a configuration real Mosquitto runs, scripts that install."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from servers.mosquitto import ADMIN, ADMIN_PASSWORD
from servers.process import ServerProcess, free_port, program

_DEPLOY = Path(__file__).parents[2] / "deploy"
_UNITS = sorted((_DEPLOY / "systemd").glob("*.service"))


@pytest.mark.parametrize("unit", _UNITS, ids=lambda unit: unit.name)
def test_systemd_accepts_the_unit(unit: Path, tmp_path: Path) -> None:
    analyze = program("systemd-analyze", "systemd")
    text = re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", unit.read_text()).replace("User=coldchain", "User=root")
    text = text.replace("Group=coldchain", "Group=root")
    copy = tmp_path / unit.name
    copy.write_text(text)
    verified = subprocess.run([analyze, "verify", "--man=no", copy], capture_output=True, text=True, check=False)
    assert unit.name not in verified.stderr, verified.stderr


def test_the_device_s_hardware_watchdog_stays_below_what_a_pi_can_do() -> None:
    seconds = re.search(r"RuntimeWatchdogSec=(\d+)", (_DEPLOY / "systemd" / "watchdog.conf").read_text())
    assert seconds is not None
    assert int(seconds[1]) < 15


def test_mosquitto_runs_with_the_configuration_we_ship(tmp_path: Path) -> None:
    plugin = next(Path("/usr/lib").glob("*/mosquitto_dynamic_security.so"), None)
    if plugin is None:
        pytest.skip("mosquitto is not installed (Debian package mosquitto)")
    port, state = free_port(), tmp_path / "dynsec.json"
    control = program("mosquitto_ctrl", "mosquitto")
    subprocess.run([control, "dynsec", "init", state, ADMIN, ADMIN_PASSWORD], check=True, capture_output=True)
    text = (_DEPLOY / "mosquitto" / "coldchain.conf").read_text()
    text = text.replace("@DYNSEC_PLUGIN@", str(plugin)).replace("listener 1883", f"listener {port}")
    text = text.replace("/var/lib/mosquitto/dynamic-security.json", str(state))
    configuration = tmp_path / "coldchain.conf"
    configuration.write_text(f"{text}\nuser root\npersistence_location {tmp_path}/\n")
    log = tmp_path / "mosquitto.log"
    broker = ServerProcess([program("mosquitto", "mosquitto"), "-c", str(configuration)], port=port, log=log)
    broker.start()
    stranger = [program("mosquitto_pub", "mosquitto-clients"), "-h", "127.0.0.1", "-p", str(port), "-t", "a", "-m", "b"]
    refused = subprocess.run(stranger, capture_output=True, text=True, check=False)
    broker.stop()
    assert refused.returncode != 0
    complaints = [line for line in log.read_text().splitlines() if "Warning" in line or "Error" in line]
    assert all("run as root" in line for line in complaints), complaints


def test_the_container_s_broker_has_the_same_rules_as_debian_s() -> None:
    def rules(name: str) -> set[str]:
        lines = (_DEPLOY / "mosquitto" / name).read_text().splitlines()
        rules = {line for line in lines if line and not line.startswith("#")}
        return {rule for rule in rules if rule.split()[0] not in ("listener", "plugin", "plugin_opt_config_file")}

    assert rules("container.conf") - rules("coldchain.conf") == {"persistence_location /mosquitto/data/"}
    assert rules("coldchain.conf") <= rules("container.conf")


def test_compose_pins_every_image_and_mounts_only_what_is_there() -> None:
    compose = yaml.safe_load((_DEPLOY / "compose.yaml").read_text())
    assert set(compose["services"]) == {"mosquitto", "influxdb", "server", "grafana"}
    for service in compose["services"].values():
        assert "build" in service or re.fullmatch(r"[\w./-]+:\d+\.\d+\.\d+", service["image"])
        for volume in service["volumes"]:
            source = volume.split(":")[0]
            if source.startswith("."):
                assert (_DEPLOY / source).exists(), volume
            elif not source.startswith("$"):
                assert source in compose["volumes"], volume


def test_every_variable_compose_asks_for_is_in_its_example() -> None:
    asked = set(re.findall(r"\$\{(\w+)", (_DEPLOY / "compose.yaml").read_text()))
    offered = set(re.findall(r"(?m)^(\w+)=", (_DEPLOY / "compose.env.example").read_text()))
    assert asked == offered


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("script", "command"), [("server", "coldchain-server"), ("device", "coldchain-device")])
def test_the_script_installs_below_another_root_and_can_run_twice(script: str, command: str, tmp_path: Path) -> None:
    if shutil.which("apt-get") is None:
        pytest.skip("the install scripts are for Debian")
    boot = tmp_path / "boot" / "firmware" / "config.txt"
    boot.parent.mkdir(parents=True)
    boot.write_text("arm_64bit=1\n")
    for _ in range(2):
        subprocess.run(
            ["/bin/sh", _DEPLOY / f"install-{script}.sh", "--without-systemd"],
            check=True,
            capture_output=True,
            env=os.environ | {"COLDCHAIN_ROOT": str(tmp_path)},
        )
    installed = tmp_path / "opt" / "coldchain" / "venv" / "bin" / command
    assert "Usage:" in subprocess.run([installed, "--help"], check=True, capture_output=True, text=True).stdout
    assert (tmp_path / "etc" / "systemd" / "system" / f"{command}.service").exists()
    if script == "device":
        assert boot.read_text().count("dtoverlay=w1-gpio") == 1
