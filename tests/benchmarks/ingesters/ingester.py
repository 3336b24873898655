"""One program that takes readings from a broker into InfluxDB: how to run it, and how it wants a reading spelled."""

import os
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from benchmarks import process_tree
from benchmarks.backlog import Message
from coldchain_contract.pack import Pack

_POLITE_S = 15


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Where its surroundings are: the broker, InfluxDB and a database there, and a folder of its own."""

    broker_port: int
    influxdb_port: int
    database: str
    folder: Path


class Ingester(msgspec.Struct, frozen=True, kw_only=True):
    """How to run it. `spelled` gives the message for a pack of one reading sent by the device of that number.

    Whatever its messages look like, it writes to the measurement `readings`, every point with a field `sequence`.
    """

    name: str
    places: Places
    command: tuple[str, ...]
    environment: Mapping[str, str]
    spelled: Callable[[int, Pack], Message]


class Running:
    """An ingester's processes: a group of their own, ended as such."""

    def __init__(self, ingester: Ingester) -> None:
        self.ingester = ingester
        self._process = self._started()

    @property
    def cpu_s(self) -> float:
        """Return the CPU seconds of its present processes."""
        return process_tree.cpu_s(self._process.pid)

    @property
    def cpu_s_by_thread(self) -> Counter[str]:
        """Return the CPU seconds of the threads of its present processes, by name."""
        return process_tree.cpu_s_by_thread(self._process.pid)

    @property
    def peak_mib(self) -> float:
        return process_tree.peak_mib(self._process.pid)

    def begin_anew(self) -> None:
        """Start it again after `kill`, on the same folder."""
        self._process = self._started()

    def stop(self) -> None:
        """End it politely, and by force what does not."""
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_POLITE_S)
        self.kill()

    def kill(self) -> None:
        """End it as a power cut would."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(_POLITE_S)

    def _started(self) -> subprocess.Popen[bytes]:
        folder = self.ingester.places.folder
        with (folder / "output.log").open("ab") as log:
            return subprocess.Popen(
                self.ingester.command,
                cwd=folder,
                env=self.ingester.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
