"""What a process and its children spend, as the kernel counts it: CPU seconds, by thread too, and memory."""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
_USER, _SYSTEM, _OF_ENDED_CHILDREN = slice(11, 12), slice(12, 13), slice(13, 15)


def tree(pid: int) -> list[int]:
    """Return `pid` and its descendants that live."""
    found = [pid]
    for one in found:  # grows while it is read
        found += _children(one)
    return found


def cpu_s(pid: int) -> float:
    """Return the CPU seconds of `pid` and its descendants, of those that have ended too where they were waited for."""
    return sum(_spent(_PROC / str(one), _USER, _SYSTEM, _OF_ENDED_CHILDREN) for one in tree(pid))


def cpu_s_by_thread(pid: int) -> Counter[str]:
    """Return the CPU seconds of the living threads of `pid` and its descendants, by the first 15 letters of a name."""
    by_name: Counter[str] = Counter()
    for one in tree(pid):
        for thread in _threads(one):
            with suppress(OSError):
                by_name[(thread / "comm").read_text().strip()] += _spent(thread, _USER, _SYSTEM)  # type: ignore[assignment]
    return by_name


def peak_mib(pid: int) -> float:
    """Return the most memory that was resident in `pid` and its descendants, each at its own peak."""
    lines = [line for one in tree(pid) for line in (_PROC / str(one) / "status").read_text().splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def _children(pid: int) -> Iterator[int]:
    for thread in _threads(pid):
        with suppress(OSError):
            yield from map(int, (thread / "children").read_text().split())


def _threads(pid: int) -> list[Path]:
    with suppress(OSError):
        return list((_PROC / str(pid) / "task").iterdir())
    return []


def _spent(folder: Path, *which: slice) -> float:
    # The name stands in brackets and may hold anything, brackets too.
    fields = (folder / "stat").read_text().rpartition(")")[2].split()
    return sum(int(ticks) for one in which for ticks in fields[one]) / _TICKS_A_SECOND
