"""Node-RED with node-red-contrib-influxdb, tuned as its users do: persistent session, QoS 1, a second a write."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.backlog import Message
from benchmarks.ingesters.ingester import Ingester, Places
from benchmarks.ingesters.plain import plain
from coldchain_contract.pack import Pack

_PACKAGES = Path(__file__).with_name("package.json")
_INSTALL_S = 600
_TOPIC, _FILTER = "plain/{device}/live", "plain/+/live"
_BATCH_S = "1"
_SETTINGS = """
module.exports = {
    flowFile: "flows.json", flowFilePretty: false, credentialSecret: false,
    httpAdminRoot: false, httpNodeRoot: false, telemetry: {enabled: false, updateNotification: false},
    logging: {console: {level: "warn", metrics: false, audit: false}},
};
"""
_POINT_OF_A_BATCH = """
const it = msg.payload;
msg.payload = {
    measurement: "readings", timestamp: it.at_ms, tags: {probe: it.probe, quantity: it.quantity},
    fields: {value: it.value, quality: it.quality, sequence: it.sequence},
};
return msg;
"""
_POINT_ALONE = """
const it = msg.payload;
msg.payload = [
    {value: it.value, quality: it.quality, sequence: it.sequence, time: it.at_ms},
    {probe: it.probe, quantity: it.quantity},
];
return msg;
"""


def node_red(places: Places, *, batched: bool = True) -> Ingester:
    """Write its flow and return how to run it; not `batched`, it writes each message by itself, as flows begin.

    Installs it once, into this environment; skips, saying what is missing, where there is no npm.
    """
    home = installed()
    places.folder.mkdir(parents=True)
    (places.folder / "settings.js").write_text(_SETTINGS)
    (places.folder / "flows.json").write_text(json.dumps(_flow(places, batched=batched)))
    return Ingester(
        name="Node-RED" if batched else "Node-RED, unbatched",
        places=places,
        command=("node", str(home / "node_modules/node-red/red.js"), "--userDir", str(places.folder)),
        environment=os.environ,
        spelled=_spelled,
    )


def installed() -> Path:
    """Return the folder it is installed in, installing it now where it is not."""
    if not (shutil.which("npm") and shutil.which("node")):
        pytest.skip("npm is not installed (Debian package npm)")
    wanted = _PACKAGES.read_bytes()
    home = Path(sys.prefix) / "rivals" / f"node-red-{hashlib.sha256(wanted).hexdigest()[:12]}"
    if not (home / "installed").exists():
        home.mkdir(parents=True, exist_ok=True)
        (home / "package.json").write_bytes(wanted)
        command = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
        done = subprocess.run(command, cwd=home, capture_output=True, text=True, check=False, timeout=_INSTALL_S)
        if done.returncode:
            pytest.skip(f"npm could not install Node-RED: {done.stderr.strip()[-300:]}")
        (home / "installed").touch()
    return home


def _flow(places: Places, *, batched: bool) -> list[dict[str, Any]]:
    broker: dict[str, Any] = {
        "id": "the-broker",
        "type": "mqtt-broker",
        "broker": "127.0.0.1",
        "port": places.broker_port,
        "clientid": "node-red",
        "cleansession": False,
        "protocolVersion": "4",
        "keepalive": "60",
        "autoConnect": True,
    }
    influxdb: dict[str, Any] = {
        "id": "the-influxdb",
        "type": "influxdb",
        "hostname": "127.0.0.1",
        "port": places.influxdb_port,
        "database": places.database,
        "influxdbVersion": "1.x",
    }
    function = {"func": _POINT_OF_A_BATCH if batched else _POINT_ALONE, "outputs": 1}
    line: list[dict[str, Any]] = [
        {"type": "mqtt in", "topic": _FILTER, "qos": "1", "datatype": "utf8", "broker": "the-broker", "inputs": 0},
        {"type": "json", "property": "payload", "action": "obj"},
        {"type": "function", **function},
        *(_BATCHED if batched else _ALONE),
    ]
    return [{"id": "tab", "type": "tab"}, broker, influxdb, *_wired(line)]


_TO_INFLUXDB = {"influxdb": "the-influxdb", "precision": "ms", "retentionPolicy": ""}
_BATCHED: list[dict[str, Any]] = [
    {"type": "batch", "mode": "interval", "interval": _BATCH_S, "allowEmptySequence": False},
    {"type": "join", "mode": "auto"},
    {"type": "influxdb batch", **_TO_INFLUXDB},
]
_ALONE: list[dict[str, Any]] = [{"type": "influxdb out", "measurement": "readings", **_TO_INFLUXDB}]


def _wired(line: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the nodes one after the other."""
    last = len(line) - 1
    return [
        {"id": f"n{place}", "z": "tab", "wires": [] if place == last else [[f"n{place + 1}"]], **node}
        for place, node in enumerate(line)
    ]


def _spelled(device: int, pack: Pack) -> Message:
    return _TOPIC.format(device=f"pi-{device}"), json.dumps(plain(pack)).encode()
