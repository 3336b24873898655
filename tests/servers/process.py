"""Starting a server, waiting until it answers, ending it by its own pid."""

import contextlib
import random
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

START_SECONDS = 20.0
_NEVER_GIVEN_OUT = 15_000, 32_768
"""Below `net.ipv4.ip_local_port_range` as Linux has it."""
_given: set[int] = set()
"""A port is given once in a process: who has it may not listen yet, or be killed and be about to begin again."""


def free_port() -> int:
    """Return a TCP port on loopback that nothing has now, and none that the system gives to outgoing connections: a
    server that is killed is to find it free again."""
    while True:
        port = random.SystemRandom().randrange(*_NEVER_GIVEN_OUT)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            if port not in _given:
                _given.add(port)
                return port


def program(name: str, package: str, *, elsewhere: tuple[str, ...] = ()) -> str:
    """Return the path of an installed program; skip the test, naming Debian's package, where there is none."""
    for candidate in (name, f"/usr/sbin/{name}", *elsewhere):
        found = shutil.which(candidate)
        if found:
            return found
    pytest.skip(f"{name} is not installed (Debian package {package})")


def eventually(condition: Callable[[], object], *, within: float = 10.0, what: str = "") -> None:
    """Poll until `condition()` is true; fail with `what` after `within` seconds."""
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {within} s: {what or condition}")
        time.sleep(0.02)


def listening(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class ServerProcess:
    """A child process that listens on `port`; it can be stopped, killed and started again on the same folder."""

    def __init__(self, command: list[str], *, port: int, log: Path, env: Mapping[str, str] | None = None) -> None:
        self.command, self.port, self.log, self.env = command, port, log, env
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log, env=self.env)
        deadline = time.monotonic() + START_SECONDS
        while not listening(self.port):
            if self.process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"{self.command[0]} did not start:\n{self.log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.01)

    def stop(self) -> None:
        """End it politely; after ten seconds, by force."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
