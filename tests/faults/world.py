"""A small world for faults: real broker, store, server and box as processes, and probes whose log is kept."""

import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import msgspec

from coldchain_contract.identifiers import urn_of_kernel_name
from coldchain_server.errors import ServerError
from coldchain_server.store.open import open_store
from coldchain_server.store.protocol import Store
from coldchain_server.store.settings import StoreKind, StoreSettings
from coldchain_simulator.reads import ReadWatch
from coldchain_simulator.w1_text import shown_value
from faults.box import Quartz
from faults.oracle import Log, Row, Tally, committed, taken, tally
from faults.relay import Relay
from invented.installed import PROBE, SERVER, Site
from servers.influxdb import Influxdb
from servers.mosquitto import Mosquitto
from servers.process import eventually

PROBES = (PROBE, urn_of_kernel_name("28-0000055eed02"))
_SECOND = f"""
[[placements]]
probe = "{PROBES[1]}"
unit = "menaka-1"
device = "menaka-pi"
place = "air"
from = 2026-01-01T00:00:00Z
"""
_PARTS = "ingest,writing,judging,incidents,notifications"
_HASTE = "confirm_s = 1\nanswer_s = 2\nlongest_reconnect_s = 1"
_PATIENCE = "confirm_s = 5\nanswer_s = 15\nlongest_reconnect_s = 1"
_LAST_RUNS = 8
_NEW_VALUE_EVERY_S = 0.05
_BOX = [sys.executable, "-m", "faults.box"]


class World:
    """Everything of one story, in one folder; each part can be struck and mended by itself. Use it as a context."""

    def __init__(
        self,
        folder: Path,
        *,
        chance: random.Random,
        quartz: Quartz | None = None,
        server_through_relay: bool = False,
    ) -> None:
        self.folder, self.chance = folder, chance
        self.log = Log()
        self._opened = ExitStack()
        self.broker = Mosquitto(folder / "broker", dynsec=True, settings="autosave_interval 1")
        self.influxdb = Influxdb(folder / "influxdb")
        self.server: subprocess.Popen[bytes] | None = None
        self.box = Box(self, "box")
        self._quartz, self._server_through_relay = quartz or Quartz(has_rtc=True), server_through_relay

    def __enter__(self) -> "World":
        with ExitStack() as opened:
            self.broker.server.start()
            opened.callback(self.broker.server.stop)
            self.influxdb.start()
            opened.callback(self.influxdb.server.stop)
            watch = ReadWatch(self.log.took)
            watch.start()
            opened.callback(watch.close)
            self._watch = watch
            self.site = Site(self.folder, self.broker, witness=watch, more_fleet=_SECOND, more_server=self._store_text)
            self.relay = Relay(self.broker.port)
            opened.callback(self.relay.close)
            if self._server_through_relay:
                self.server_relay = Relay(self.broker.port)
                opened.callback(self.server_relay.close)
                self._reroute_server()
            self._weather = Weather(self.site, random.Random(self.chance.random()))
            opened.callback(self._weather.stop)
            opened.callback(self.kill_server)
            self.begin_server()
            opened.callback(self.box.kill)
            self.box.install(self._quartz, port=self.relay.port)
            self.box.begin()
            eventually(self.box.committed, within=20, what=f"the box takes readings, see {self.box.folder}")
            self._opened = opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    @property
    def _store_text(self) -> str:
        return f'[store]\nkind = "influxdb"\nurl = "{self.influxdb.url}"\nbucket = "coldchain"\n'

    def _reroute_server(self) -> None:
        file = self.folder / "server.toml"
        file.write_text(file.read_text().replace(f"port = {self.broker.port}", f"port = {self.server_relay.port}"))

    def begin_server(self) -> None:
        self.server = self.site.run(SERVER, "run", "--only", _PARTS)

    def kill_server(self) -> None:
        if self.server is not None:
            self.server.kill()
            self.server.wait(10)

    def store(self) -> Store:
        settings = StoreSettings(kind=StoreKind.INFLUXDB, url=self.influxdb.url, bucket="coldchain")
        return open_store(settings, folder=self.folder)

    def live(self, seconds: float) -> None:
        """Let the world go on for so long."""
        time.sleep(seconds)

    def settled(self) -> Tally:
        """Return what became of everything taken so far; whatever is away counts as nothing stored."""
        store = self.store()
        try:
            self._watch.drain()
            truths, uncommitted = taken(self.box.committed(), self.log)
            return tally(truths, store, uncommitted=uncommitted)
        finally:
            store.close()

    def recovers(self, *, within: float) -> float:
        """Wait until all that was taken before now is stored; return how many seconds that took."""
        before, began = len(self.box.committed()), time.monotonic()

        def caught_up() -> bool:
            try:
                tally = self.settled()
            except ServerError:
                return False
            return tally.taken - tally.lost >= before

        eventually(caught_up, within=within, what=f"the {before} readings taken are stored")
        return time.monotonic() - began

    def finished(self, *, within: float = 60.0) -> Tally:
        """End the box once nothing is missing, and return what became of everything it ever took."""
        for _ in range(_LAST_RUNS):
            self.recovers(within=within)
            self.box.end()
            left = self.settled()
            if not left.lost:
                break
            self.box.begin()  # taken in the last moments: the next run sends it, and takes more
        return left


class Box:
    """A device: its folder is its card, which survives; its process, its boot and its clock do not."""

    def __init__(self, world: World, name: str) -> None:
        self._world, self.name = world, name
        self.folder = world.folder / name
        self._process: subprocess.Popen[bytes] | None = None
        self._boots = 0
        self._enter: Callable[[], None] | None = None

    def install(self, quartz: Quartz, *, port: int) -> None:
        """Write what enrolment and a technician put on the card."""
        self.folder.mkdir()
        written = (self._world.folder / "device.toml").read_text()
        written = written.replace("has_rtc = true\n", "")
        written = re.sub(r'data_folder = ".*"', f'data_folder = "{self.folder / "card"}"', written)
        written = re.sub(r"port = \d+", f"port = {port}\n{_HASTE}", written)
        (self.folder / "device.toml").write_text(written)
        self.reboot(quartz)

    def move(self, host: str, enter: Callable[[], None]) -> None:
        """Put the box into a slow network, where the broker is `host`; it is to be begun there."""
        file = self.folder / "device.toml"
        written = re.sub(r'host = ".*"', f'host = "{host}"', file.read_text())
        file.write_text(written.replace(_HASTE, _PATIENCE))
        self._enter = enter

    def reboot(self, quartz: Quartz) -> None:
        """Give the box another boot: a new identity of it, an uptime from zero, and the clock it wakes with."""
        self._boots += 1
        (self.folder / "boot_id").write_text(f"{self._world.chance.getrandbits(32):08x}-boot-{self._boots}\n")
        self.set_clock(msgspec.structs.replace(quartz, booted_s=time.clock_gettime(time.CLOCK_BOOTTIME) - 5))

    def set_clock(self, quartz: Quartz) -> None:
        self.quartz = quartz
        part = self.folder / "clock.part"
        part.write_bytes(msgspec.json.encode(quartz))
        part.replace(self.folder / "clock.json")

    def begin(self, *before: str) -> None:
        """Start the process; `before` is the program that starts it, such as one that watches."""
        command = [*before, *_BOX, str(self.folder)]
        with (self.folder / "box.log").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                cwd=_TESTS,
                preexec_fn=self._enter,  # noqa: PLW1509 - one system call, which takes no lock
            )

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)

    def end(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(20)

    @property
    def card(self) -> Path:
        return self.folder / "card" / "outbox.sqlite"

    def committed(self) -> list[Row]:
        """Return what the card holds, oldest first."""
        return committed(self.card) if self.card.exists() else []


_TESTS = Path(__file__).parents[1]


class Weather:
    """Has every probe show another value twenty times a second, none twice in a row."""

    def __init__(self, site: Site, chance: random.Random) -> None:
        self._site, self._chance = site, chance
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="weather", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        number = 0
        while not self._stopping.wait(_NEW_VALUE_EVERY_S):
            number += 1
            for place, probe in enumerate(PROBES):
                self._site.tree.show(probe, shown_value(2 + (number * 7 + place * 31) % 96 / 16))
