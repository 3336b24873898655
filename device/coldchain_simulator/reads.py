"""Every reading of a probe, by whomever, seen through inotify: the oracle that says how many readings were taken."""

import os
import select
import threading
from collections.abc import Callable
from pathlib import Path

from coldchain_contract.identifiers import ProbeUrn
from coldchain_simulator.errors import MissingExtra
from coldchain_simulator.w1_text import Shown

try:
    from inotify_simple import INotify, flags
except ImportError as error:
    raise MissingExtra("seeing who reads a probe needs inotify_simple: pip install 'coldchain[embedded]'") from error


class ReadWatch:
    """Calls `on_read` once for each time a watched file was opened, read and closed, with what that file showed.

    It watches files, not directories: each text has a file of its own, so what a reader found is known even where the
    next text took its place while it read. Exact as long as no two read the same probe at the same instant (equal
    events next to each other become one) and `lost` is false (the kernel's queue holds 16,384 events).
    """

    def __init__(self, on_read: Callable[[ProbeUrn, Shown], None]) -> None:
        self._on_read = on_read
        self._inotify = INotify()
        self._watched: dict[int, tuple[ProbeUrn, Shown]] = {}
        self._lock = threading.Lock()
        self._wake, self._woken = os.pipe()[::-1]
        self._thread = threading.Thread(target=self._run, name="read-watch", daemon=True)
        self.lost = False

    def watch(self, file: Path, *, probe: ProbeUrn, shown: Shown) -> None:
        """Watch a file that nobody else can have opened yet."""
        with self._lock:
            # Opening is watched too: it stands between two closings, which would become one event otherwise.
            descriptor = self._inotify.add_watch(file, flags.OPEN | flags.CLOSE_NOWRITE)
            self._watched[descriptor] = (probe, shown)

    @property
    def watching(self) -> int:
        """How many files are watched now: those on show, and those still being read after they were replaced."""
        return len(self._watched)

    def start(self) -> None:
        self._thread.start()

    def drain(self) -> None:
        """Report every reading that ended before this call."""
        with self._lock:
            for event in self._inotify.read(timeout=0):
                self._take(event.wd, event.mask)

    def close(self) -> None:
        """Report what is left and stop."""
        if self._thread.is_alive():
            os.write(self._wake, b"x")
            self._thread.join()
        if not self._inotify.closed:
            self.drain()
            self._inotify.close()
            os.close(self._wake)
            os.close(self._woken)

    def _take(self, descriptor: int, mask: int) -> None:
        if mask & flags.Q_OVERFLOW:
            self.lost = True
        elif mask & flags.IGNORED:
            self._watched.pop(descriptor, None)
        elif mask & flags.CLOSE_NOWRITE:
            self._on_read(*self._watched[descriptor])

    def _run(self) -> None:
        while True:
            ready, _, _ = select.select([self._inotify.fileno(), self._woken], [], [])
            self.drain()
            if self._woken in ready:
                return
