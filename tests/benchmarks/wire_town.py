"""`python -m benchmarks.wire_town FOLDER MINUTES`: broker and server in town, a cable, and the field at its other end.

To be run in a network namespace of its own: nothing else then passes on the cable.
"""

import logging
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import structlog

from benchmarks.large_fleet import large_fleet
from benchmarks.wire_cable import FIELD, TOWN
from coldchain_app.app import App
from coldchain_app.demo.enrolling import enrol_all
from coldchain_app.real_clock import RealClock
from coldchain_app.server import Server
from coldchain_app.settings import ServerSettings
from coldchain_server.fleet.model import Fleet
from coldchain_server.ingest.settings import IngestSettings
from servers.certificates import certify
from servers.mosquitto import Mosquitto

PORT = 8883
_BEFORE_MS = 40 * 86_400_000
_SELDOM_S = 7200


def main(folder: Path, minutes: int) -> None:
    """Run the field's measurements, and let it say what they are."""
    field = subprocess.Popen(
        ["unshare", "--net", sys.executable, "-m", "benchmarks.wire_field", str(folder), str(minutes)],
        stdin=subprocess.PIPE,
    )
    try:
        TOWN.lay(FIELD, pid=_namespaced(field))
        _serve(folder, field)
    finally:
        field.kill()


def _namespaced(field: "subprocess.Popen[bytes]") -> int:
    """Wait until the child is in its own network, and return its pid: `unshare` becomes what it runs."""
    own = Path("/proc/self/ns/net").readlink()
    while Path(f"/proc/{field.pid}/ns/net").readlink() == own:
        time.sleep(0.01)
    return field.pid


def _serve(folder: Path, field: "subprocess.Popen[bytes]") -> None:
    certified = certify(folder, name=f"IP:{TOWN.address}")
    broker = Mosquitto(folder / "mosquitto", settings=f"listener {PORT} {TOWN.address}\n{certified.settings}")
    broker.server.start()
    from_ms = time.time_ns() // 1_000_000 - _BEFORE_MS
    settings = ServerSettings(data=str(folder / "server"), mqtt=IngestSettings(port=broker.port))
    app = App(settings, clock=RealClock(), fleet=_fleet(from_ms))
    enrol_all(app.fleet(), sessions=app.sessions(), at_ms=from_ms)
    server = Server(app, only=("ingest",))
    server.start()
    try:
        field.communicate(b"go\n")
        if field.returncode:
            sys.exit("the field could not measure")
    finally:
        server.stop()
        broker.server.stop()


def _fleet(from_ms: int) -> Fleet:
    """Return one device with its two coolers, told to report so seldom that no report of the measured ones is late."""
    fleet = large_fleet(1, from_ms=from_ms)
    devices = {name: msgspec.structs.replace(device, report_s=_SELDOM_S) for name, device in fleet.devices.items()}
    return msgspec.structs.replace(fleet, devices=devices)


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    main(Path(sys.argv[1]), int(sys.argv[2]))
