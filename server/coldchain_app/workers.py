"""Ingest in several processes: the first starts the others, starts again what has ended, and empties what is left."""

import os
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from coldchain_server.errors import ServerError

_POLITE_S = 30.0

Command = Callable[[int], Sequence[str]]
"""What to start for the worker of a number."""


class WorkerEnded(ServerError):
    """A process that takes messages from the broker has ended; it is started again."""


class WorkerProcesses:
    """A stage that keeps the workers running from the second on. Each ends by itself where this process does."""

    name = "ingest workers"

    def __init__(self, command: Command, *, workers: int) -> None:
        self._command = command
        self._running: dict[int, subprocess.Popen[bytes] | None] = dict.fromkeys(range(2, workers + 1))

    def step(self) -> bool:
        """Start who does not run; `WorkerEnded` names who ended, and the next step starts those again."""
        ended = [
            f"worker {number} with {process.poll()}"
            for number, process in self._running.items()
            if process is not None and process.poll() is not None
        ]
        for number, process in self._running.items():
            if process is not None and process.poll() is not None:
                self._let_go(number)
            elif process is None:
                self._running[number] = self._started(number)
        if ended:
            raise WorkerEnded(f"ended by itself: {', '.join(ended)}; its own log says why")
        return False

    def close(self) -> None:
        """Tell all to finish their step, and wait for that; who takes over half a minute is ended."""
        for process in self._running.values():
            if process is not None:
                process.terminate()
        for number, process in self._running.items():
            if process is not None:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_POLITE_S)
                self._let_go(number)

    def _started(self, number: int) -> subprocess.Popen[bytes]:
        # It reads nothing; the pipe closes with this process, however that ends. systemd hears of this one only.
        environment = {name: value for name, value in os.environ.items() if name != "NOTIFY_SOCKET"}
        return subprocess.Popen(self._command(number), stdin=subprocess.PIPE, env=environment)

    def _let_go(self, number: int) -> None:
        process, self._running[number] = self._running[number], None
        if process is not None:
            process.kill()
            process.wait()
            if process.stdin is not None:
                process.stdin.close()


class WorkerRoll:
    """The highest number of a worker whose session the broker may still have, kept in the data folder."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "ingest-workers"

    def highest(self) -> int:
        with suppress(OSError, ValueError):
            return int(self._file.read_text())
        return 1

    def note(self, number: int) -> None:
        """Keep `number`; to be done before its session is made, and after others have ended."""
        if number != self.highest():
            self._file.write_text(f"{number}\n")
