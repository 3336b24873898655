"""The outboxes of a device: the one that is added to, and those salvaged from damaged files, which are only sent."""

import threading
from pathlib import Path

import structlog

from coldchain_device.clock import Stamp
from coldchain_device.errors import NothingSalvaged, OutboxCorrupted, OutboxUnavailable
from coldchain_device.outbox.aside import beside, files_salvaged, files_set_aside, origin_of, remove, salvage_of
from coldchain_device.outbox.outbox import MOST_BYTES, Outbox
from coldchain_device.outbox.reserve import RESERVE_BYTES, Reserve
from coldchain_device.outbox.settled import DAY_MS

_log = structlog.get_logger()


class Outboxes:
    """The live outbox first, then the salvaged ones, each under its own identity. Thread-safe.

    What could be read of a damaged file is an outbox beside it; the damaged one goes once all of that is confirmed, and
    the salvaged one when a live one would have forgotten it too.
    """

    def __init__(self, path: Path, *, most_bytes: int = MOST_BYTES, reserve_bytes: int = RESERVE_BYTES) -> None:
        self._path, self._most_bytes = path, most_bytes
        self.reserve = Reserve(beside(path, ".reserve"), size=reserve_bytes)
        self._lock, self._salvaging = threading.RLock(), threading.Lock()
        self.live = Outbox(path, most_bytes=most_bytes, reserve=self.reserve)
        self._salvaged: dict[Path, Outbox] = {}
        self._hopeless: set[Path] = set()
        self._put_off: set[Path] = set()
        self._closed = False
        for file in files_salvaged(path):
            self._open(file)
        self.reserve.hold_again()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            for outbox in (self.live, *self._salvaged.values()):
                outbox.close()
            self._salvaged.clear()

    def all(self) -> tuple[Outbox, ...]:
        with self._lock:
            return (self.live, *(outbox for outbox in self._salvaged.values() if not outbox.damaged))

    def named(self, identity: str) -> Outbox | None:
        """Return the one whose id is `identity`, if it is on the card."""
        return next((one for one in self.all() if str(one.id) == identity), None)

    def repair(self, stamp: Stamp) -> int:
        """Date what can be dated by `stamp` in each of them; return how many readings."""
        return sum(outbox.repair(stamp) for outbox in self.all())

    def has_undated(self) -> bool:
        """Return whether the instant of any reading is not known yet."""
        return any(outbox.has_undated() for outbox in self.all())

    def needs_salvage(self) -> bool:
        """Return whether there is a damaged file that nobody has looked into, or a salvaged one that was damaged."""
        with self._lock:
            return bool(self._unsalvaged()) or any(outbox.damaged for outbox in self._salvaged.values())

    def salvage(self) -> None:
        """Salvage what there is to salvage: minutes for a large file. Ends at once where it goes on already."""
        if not self._salvaging.acquire(blocking=False):
            return
        try:
            self._drop_damaged()
            for aside in self._unsalvaged():
                self._salvage(aside)
        finally:
            self._salvaging.release()

    def _salvage(self, aside: Path) -> None:
        try:
            from coldchain_device.outbox.salvage import salvage  # noqa: PLC0415 - the agent holds it only when needed

            found = salvage(aside, salvage_of(aside))
        except NothingSalvaged as error:
            _log.error("nothing can be salvaged", why=error)
            self._hopeless.add(aside)
        except OutboxUnavailable as error:
            _log.error("salvage put off for some hours", why=error)
            self._put_off.add(aside)
        else:
            _log.warning("salvaged", outbox=str(found.id), readings=found.readings, lost=str(found.lost) or "none")
            self._open(salvage_of(aside))

    def _open(self, file: Path) -> None:
        with self._lock:
            if self._closed:
                return
            try:
                self._salvaged[file] = Outbox(file, most_bytes=self._most_bytes, reserve=self.reserve, sealed=True)
            except OutboxCorrupted:
                remove(file)

    def _drop_damaged(self) -> None:
        with self._lock:
            for file, outbox in tuple(self._salvaged.items()):
                if outbox.damaged:
                    self._forget(file)

    def _unsalvaged(self) -> list[Path]:
        return [
            aside
            for aside in files_set_aside(self._path)
            if aside not in self._hopeless | self._put_off and salvage_of(aside) not in self._salvaged
        ]

    def prune(self, *, now_ms: int, keep_days: int) -> None:
        """Delete what was confirmed and taken more than `keep_days` ago, and salvaged outboxes with nothing left."""
        self.live.prune(now_ms=now_ms, keep_days=keep_days)
        with self._lock:
            self._put_off.clear()
            for file, outbox in tuple(self._salvaged.items()):
                if outbox.damaged or outbox.depth():
                    continue
                remove(origin_of(file))
                if not outbox.dated(from_ms=now_ms - keep_days * DAY_MS).ranges:
                    self._forget(file)

    def make_room(self, rows: int, *, lost_before_ms: int | None) -> str:
        """Free some room on the card and return what it cost; empty where nothing may go.

        First go files nothing can be read of, then salvaged outboxes whose readings are all confirmed, then the oldest
        `rows` confirmed readings, and last the oldest unconfirmed ones taken before `lost_before_ms`.
        """
        with self._lock:
            if self._hopeless:
                aside = min(self._hopeless)
                self._hopeless.remove(aside)
                remove(aside)
                return f"{aside.name}, of which nothing could be read"
            for file, outbox in self._salvaged.items():
                if not outbox.damaged and not outbox.depth():
                    remove(origin_of(file))
                    self._forget(file)
                    return f"{file.name}, all of it stored by the server"
        if freed := self.live.make_room(rows):
            return f"{freed} readings, stored by the server"
        lost = self.live.give_up(rows, taken_before_ms=lost_before_ms) if lost_before_ms is not None else None
        return f"readings {lost}, which the server does not have" if lost else ""

    def _forget(self, file: Path) -> None:
        self._salvaged.pop(file).close()
        remove(file)
