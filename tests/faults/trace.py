"""What a process wrote, synced and sent, in the kernel's order, and what would be on the disk at each moment."""

import os
import re
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from servers.process import program

WATCHED = "pwrite64,ftruncate,fsync,fdatasync,sendto,recvfrom"
"""The system calls by which a Python process with SQLite and sockets touches disk and network."""

SENDING = ("sendto",)
_ALL = 1 << 30

_CALL = re.compile(r"^(\d+) +(\w+)\((.*)\) += (-?\d+|\?)")
_BEGUN = re.compile(r"^(\d+) +(\w+)\((.*) <unfinished \.\.\.>$")
_ENDED = re.compile(r"^(\d+) +<\.\.\. (\w+) resumed>(.*)\) += (-?\d+|\?)")
_FD = re.compile(r"^\d+<([^>]*)>")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One system call that succeeded: on which file or socket, with which bytes, at which offset."""

    name: str
    target: str
    data: bytes = b""
    offset: int = 0


@contextmanager
def traced(pid: int, log: Path) -> Iterator[None]:
    """Have every watched call of a running process written to `log`, until it ends or the block does."""
    command = [program("strace", "strace"), "-f", "-y", "-xx", "-s", "1000000", "-e", f"trace={WATCHED}"]
    tracing = subprocess.Popen(
        [*command, "-e", "signal=none", "-o", str(log), "-p", str(pid)], stderr=subprocess.PIPE, text=True
    )
    with tracing:
        assert tracing.stderr is not None
        said = tracing.stderr.readline()
        assert "attached" in said, f"strace: {said}"
        os.kill(pid, signal.SIGCONT)
        try:
            yield
        finally:
            tracing.terminate()  # it lets the process go on by itself
            tracing.stderr.read()


def calls(log: Path) -> Iterator[Call]:
    """Yield the calls of a log in the order in which they returned; those that send, in which they began."""
    begun: dict[tuple[str, str], str] = {}
    for line in log.read_text(errors="replace").splitlines():
        if found := _BEGUN.match(line):
            begun[found[1], found[2]] = found[3]
            if found[2] in SENDING and (call := _call(found[2], found[3], str(_ALL))):
                yield call  # it may have gone out before the call returned
            continue
        if found := _ENDED.match(line):
            name, arguments, result = found[2], begun.pop((found[1], found[2]), "") + found[3], found[4]
            if name in SENDING:
                continue
        elif found := _CALL.match(line):
            name, arguments, result = found[2], found[3], found[4]
        else:
            continue
        call = _call(name, arguments, result)
        if call is not None:
            yield call


def _call(name: str, arguments: str, result: str) -> Call | None:
    target = _FD.match(arguments)
    if target is None or not result.isdigit():
        return None
    text = _TEXT.search(arguments)
    data = bytes.fromhex(text[1].replace("\\x", "")) if text else b""
    last = arguments.rsplit(", ", 1)[-1]
    offset = int(last) if name in ("pwrite64", "ftruncate") and last.isdigit() else 0
    return Call(name=name, target=_plain(target[1]), data=data[: int(result)] if data else b"", offset=offset)


def _plain(target: str) -> str:
    """strace writes paths, too, in hexadecimal with -xx."""
    return bytes.fromhex(target.replace("\\x", "")).decode() if target.startswith("\\x") else target


class Disk:
    """The files of one SQLite database as a power cut would leave them: what was synced, and nothing else."""

    def __init__(self, database: Path) -> None:
        """Begin with the files as they are now; whoever writes them must be stopped, and have synced them."""
        self._names = {str(database): "", f"{database}-wal": "-wal"}
        self._synced = {suffix: Path(name).read_bytes() for name, suffix in self._names.items()}
        self._written = {suffix: bytearray(content) for suffix, content in self._synced.items()}
        self.syncs = 0

    def take(self, call: Call) -> None:
        """Follow one call, if it is about these files."""
        suffix = self._names.get(call.target)
        if suffix is None:
            return
        file = self._written[suffix]
        if call.name == "pwrite64":
            file.extend(bytes(max(0, call.offset + len(call.data) - len(file))))
            file[call.offset : call.offset + len(call.data)] = call.data
        elif call.name == "ftruncate":
            file[:] = file[: call.offset].ljust(call.offset, b"\0")
        elif call.name in ("fsync", "fdatasync"):
            self._synced[suffix] = bytes(file)
            self.syncs += 1

    def after_a_power_cut(self, folder: Path) -> sqlite3.Connection:
        """Return the database as it would be found, put into `folder`."""
        folder.mkdir(exist_ok=True)
        for suffix, content in self._synced.items():
            (folder / f"found{suffix}").write_bytes(content)
        (folder / "found-shm").unlink(missing_ok=True)
        return sqlite3.connect(folder / "found")
