"""mqtt2influxdb, installed from PyPI into an environment of its own, in front of it what it needs of InfluxDB 3."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.backlog import Message
from benchmarks.ingesters.ingester import Ingester, Places
from benchmarks.ingesters.plain import plain
from coldchain_contract.pack import Pack

_VERSION = "2.0.6"
_INSTALL_S = 600
_TOPIC, _FILTER = "seconds/{device}/live", "seconds/+/live"


def mqtt2influxdb(places: Places, *, front_port: int) -> Ingester:
    """Write its configuration and return how to run it; skips where it cannot be installed."""
    program = installed()
    places.folder.mkdir(parents=True)
    # YAML, of which JSON is a part.
    (places.folder / "bridge.yaml").write_text(json.dumps(_configuration(places, front_port)))
    return Ingester(
        name="mqtt2influxdb",
        places=places,
        command=(str(program), "--config", "bridge.yaml", "--daemon"),
        environment=os.environ,
        spelled=_spelled,
    )


def installed() -> Path:
    """Return the program, installing it now where it is not."""
    home = Path(sys.prefix) / "rivals" / f"mqtt2influxdb-{_VERSION}"
    program = home / "bin" / "mqtt2influxdb"
    if not program.exists():
        for command in (
            [sys.executable, "-m", "venv", str(home)],
            [str(home / "bin" / "python"), "-m", "pip", "install", "--quiet", f"mqtt2influxdb=={_VERSION}"],
        ):
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_INSTALL_S)
            if done.returncode:
                pytest.skip(f"mqtt2influxdb could not be installed: {done.stderr.strip()[-300:]}")
    return program


def _configuration(places: Places, front_port: int) -> dict[str, Any]:
    of = {name: f"$.payload.{name}" for name in ("probe", "quantity", "quality", "sequence", "value")}
    return {
        "mqtt": {"host": "127.0.0.1", "port": places.broker_port},
        "influxdb": {
            "host": "http://127.0.0.1",
            "port": front_port,
            "token": "none-is-asked-for",
            "org": "none",
            "bucket": places.database,
        },
        "points": [
            {
                "measurement": "readings",
                "topic": _FILTER,
                "qos": 1,
                "tags": {name: of[name] for name in ("probe", "quantity")},
                "fields": {name: of[name] for name in ("value", "quality", "sequence")},
            }
        ],
    }


def _spelled(device: int, pack: Pack) -> Message:
    """Spell a reading; the instant has to be in seconds and of this name."""
    (reading,) = pack.readings
    return _TOPIC.format(device=f"pi-{device}"), json.dumps(plain(pack) | {"timestamp": reading.at_ms / 1000}).encode()
