"""A small world for faults: real broker, store, server and box as processes, and probes whose log is kept."""

import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterable
from contextlib import ExitStack, closing
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
from coldchain_simulator.w1tree import W1Tree
from faults.box import Quartz
from faults.oracle import Log, Row, Taken, Tally, committed, taken, tally
from faults.relay import Relay
from invented.installed import DEVICE, PROBE, SERVER, Site
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
_LOOK_EVERY_S = 0.1
_NEW_VALUE_EVERY_S = 0.05
_BOX = [sys.executable, "-m", "faults.box"]


class World:
    """Everything of one story, in one folder; each part can be struck and mended by itself. Use it as a context.

    `prepare` is called when all is there and the box was never begun.
    """

    def __init__(
        self,
        folder: Path,
        *,
        chance: random.Random,
        quartz: Quartz | None = None,
        server_through_relay: bool = False,
        prepare: Callable[["World"], None] = lambda _world: None,
    ) -> None:
        self.folder, self.chance = folder, chance
        self.log = Log()
        self._opened = ExitStack()
        self.broker = Mosquitto(folder / "broker", dynsec=True, settings="autosave_interval 1")
        self.influxdb = Influxdb(folder / "influxdb")
        self.server: subprocess.Popen[bytes] | None = None
        self.box = Box(self, "box")
        self._quartz, self._server_through_relay = quartz or Quartz(has_rtc=True), server_through_relay
        self._prepare = prepare

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
            self.weather = Weather(self.site.tree, random.Random(self.chance.random()))
            opened.callback(self.weather.stop)
            opened.callback(self.kill_server)
            self.begin_server()
            eventually(self._server_runs, within=60, what=f"the server runs, see {self.folder}")
            opened.callback(self.box.kill)
            self.box.install(self._quartz, port=self.relay.port)
            self._prepare(self)
            self.box.begin()
            eventually(self.box.committed, within=60, what=f"the box takes readings, see {self.box.folder}")
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

    def _server_runs(self) -> bool:
        return any("server runs" in log.read_text(errors="replace") for log in self.folder.glob("run-*.log"))

    @property
    def server_pid(self) -> int:
        assert self.server is not None, "the server was never begun"
        return self.server.pid

    def kill_server(self) -> None:
        if self.server is not None:
            self.server.kill()
            self.server.wait(60)

    def store(self) -> Store:
        settings = StoreSettings(kind=StoreKind.INFLUXDB, url=self.influxdb.url, bucket="coldchain")
        return open_store(settings, folder=self.folder)

    def live(self, seconds: float) -> None:
        """Let the world go on for so long."""
        time.sleep(seconds)

    def takes_more_than(self, readings: int) -> None:
        """Wait until the box has taken more than so many."""
        eventually(
            lambda: len(self.box.committed()) > readings, within=60, what=f"it takes readings, see {self.box.folder}"
        )

    def settled(self) -> Tally:
        """Return what became of everything taken so far; whatever is away counts as nothing stored."""
        truths, uncommitted = self.truths()
        with closing(self.store()) as store:
            return tally(truths, store, uncommitted=uncommitted)

    def truths(self) -> tuple[list[Taken], int]:
        """Return the truth about everything taken so far, and how many looks at a probe nobody committed."""
        rows = self.box.committed()
        self._watch.drain()  # not before: a row committed since would have no look yet
        return taken(rows, self.log)

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
        """Have the box take nothing more, wait until nothing is missing, and return what became of all it ever took."""
        self.recovers(within=within)
        self.box.end()
        self.box.begin(resting=True)
        deadline = time.monotonic() + within
        while (left := self.settled()).lost and time.monotonic() < deadline:
            self.live(_LOOK_EVERY_S)
        self.box.end()
        return left if left.lost else self.settled()


class Box:
    """A device: its folder is its card, which survives; its process, its boot and its clock do not."""

    def __init__(self, world: World, name: str) -> None:
        self._world, self.name = world, name
        self.folder = world.folder / name
        self._process: subprocess.Popen[bytes] | None = None
        self._boots = 0
        self._rows: dict[tuple[str, int], Row] = {}
        self._enter: Callable[[], None] | None = None

    def install(self, quartz: Quartz, *, port: int) -> None:
        """Write what enrolment and a technician put on the card."""
        self.folder.mkdir(exist_ok=True)
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
        self.set_clock(msgspec.structs.replace(quartz, booted_s=time.clock_gettime(time.CLOCK_BOOTTIME)))

    def set_clock(self, quartz: Quartz) -> None:
        self.quartz = quartz
        part = self.folder / "clock.part"
        part.write_bytes(msgspec.json.encode(quartz))
        part.replace(self.folder / "clock.json")
        synchronized = self.folder / "synchronized"
        if quartz.synchronized:  # systemd-timesyncd leaves a file, dated by the clock it has just set
            part.touch()
            os.utime(part, times=(time.time() + quartz.ahead_s,) * 2)
            part.replace(synchronized)
        else:
            synchronized.unlink(missing_ok=True)

    def begin(self, *before: str, resting: bool = False) -> None:
        """Start the process; `before` is the program that starts it, such as one that watches. One that is `resting`
        only sends what there is."""
        command = [*before, *_BOX, str(self.folder), *(["resting"] if resting else [])]
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
            self._process.wait(60)

    def end(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(60)

    @property
    def card(self) -> Path:
        return self.folder / "card" / "outbox.sqlite"

    @property
    def pid(self) -> int:
        assert self._process is not None, "the box was never begun"
        return self._process.pid

    def committed(self) -> list[Row]:
        """Return what was ever found on the card, oldest first; what it has lost or forgotten since was taken, too."""
        if self.card.exists():
            self.remember(committed(self.card))
        return list(self._rows.values())

    def remember(self, rows: Iterable[Row]) -> None:
        """Count `rows` as taken."""
        self._rows.update(((row.outbox, row.sequence), row) for row in rows)

    def forget(self, outbox: str, sequences: Collection[int]) -> None:
        """Count these as taken no more: the card is known to have lost them."""
        for sequence in sequences:
            self._rows.pop((outbox, sequence), None)

    def say(self, *words: str) -> str:
        """Return what `coldchain-device` prints, run beside the box."""
        command = [*DEVICE, "--config", str(self.folder / "device.toml"), *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def said(self) -> str:
        """Return what the box's processes have logged."""
        return (self.folder / "box.log").read_text(errors="replace")


_TESTS = Path(__file__).parents[1]


class Weather:
    """Has every probe show another value twenty times a second, none twice in a row: 2 to 8 °C and `warmer_by`."""

    def __init__(self, tree: W1Tree, chance: random.Random) -> None:
        self._tree, self._chance = tree, chance
        self.warmer_by = 0.0
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
                self._tree.show(probe, shown_value(2 + self.warmer_by + (number * 7 + place * 31) % 96 / 16))
