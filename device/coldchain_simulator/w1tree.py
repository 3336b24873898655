"""A folder that looks like `/sys/bus/w1/devices`: one directory and one `w1_slave` for each probe on the bus."""

import itertools
import threading
from pathlib import Path
from typing import Protocol

from coldchain_contract.identifiers import ProbeUrn, kernel_name_of_urn
from coldchain_simulator.w1_text import Shown

SLAVE = "w1_slave"


class Witness(Protocol):
    """Sees who reads the files of a tree."""

    def watch(self, file: Path, *, probe: ProbeUrn, shown: Shown) -> None:
        """Report every later reading of this very file, wherever it is moved; it is never written again."""
        ...


class W1Tree:
    """Shows each probe's text so that a reader finds either the old file or the new one, never a part.

    New files are made in `staging`, on the same filesystem as `base` but outside it, and renamed into place. Threads
    may share a tree. The files `resolution` (12) and `ext_power` (1) stand beside `w1_slave`, as three wires have them;
    `temperature` is not shown.
    """

    def __init__(self, base: Path, *, staging: Path, witness: Witness | None = None) -> None:
        self.base, self._staging, self._witness = base, staging, witness
        self._texts: dict[ProbeUrn, str] = {}
        self._lock = threading.Lock()
        self._names = itertools.count()
        base.mkdir(parents=True, exist_ok=True)
        staging.mkdir(parents=True, exist_ok=True)

    def show(self, probe: ProbeUrn, shown: Shown) -> None:
        """Let `probe` show this text from now on; it joins the bus where it was not on it."""
        with self._lock:
            present = self._texts.get(probe)
            if present == shown.text:
                return
            file = self._staged(probe, shown)
            home = self.base / kernel_name_of_urn(probe)
            if present is None:
                self._join(home, file)
            else:
                file.replace(home / SLAVE)
            self._texts[probe] = shown.text

    def vanish(self, probe: ProbeUrn) -> None:
        """Take `probe` off the bus, directory and all; nothing happens where it is not on it."""
        with self._lock:
            if self._texts.pop(probe, None) is None:
                return
            leaving = self._fresh_name()
            (self.base / kernel_name_of_urn(probe)).rename(leaving)
            _remove(leaving)

    def _staged(self, probe: ProbeUrn, shown: Shown) -> Path:
        file = self._fresh_name()
        file.write_text(shown.text, encoding="ascii")
        if self._witness is not None:
            self._witness.watch(file, probe=probe, shown=shown)
        return file

    def _join(self, home: Path, file: Path) -> None:
        if home.exists():  # left by an earlier run in the same folder
            leaving = self._fresh_name()
            home.rename(leaving)
            _remove(leaving)
        coming = self._fresh_name()
        coming.mkdir()
        (coming / "resolution").write_text("12\n", encoding="ascii")
        (coming / "ext_power").write_text("1\n", encoding="ascii")
        file.rename(coming / SLAVE)
        coming.rename(home)

    def _fresh_name(self) -> Path:
        return self._staging / f"{self.base.parent.name}-{next(self._names)}"


def _remove(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
