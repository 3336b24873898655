"""The opened parts of one server: settings, fleet, ledger, spool, store, each opened once and closed in reverse."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar

from coldchain_app.real_clock import RealClock
from coldchain_app.settings import ServerSettings
from coldchain_contract.clock import Clock
from coldchain_server.fleet import edits, offsets
from coldchain_server.fleet.load import load_fleet
from coldchain_server.fleet.model import Fleet
from coldchain_server.ledger.database import Sessions, open_ledger, sessions_of
from coldchain_server.ledger.migrate import upgrade
from coldchain_server.spool.spool import Spool
from coldchain_server.store.open import open_store
from coldchain_server.store.protocol import Store
from coldchain_server.words.recordings import Recordings

P = TypeVar("P")


class App:
    """What commands and stages are given. Asking twice gives the same part; `close` ends all that was opened."""

    def __init__(self, settings: ServerSettings, *, clock: Clock | None = None, fleet: Fleet | None = None) -> None:
        self.settings, self.clock = settings, clock or RealClock()
        self._fleet = fleet
        self._opened: dict[str, Any] = {}
        self._closing = ExitStack()

    @property
    def data(self) -> Path:
        """Return the data folder, created where it was not there."""
        folder = Path(self.settings.data)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def fleet(self) -> Fleet:
        """Return the fleet with its limits as edited last and the offsets in force; `BadSettings` with every mistake.

        Its file is read once in a process: mistakes made in it since stop nothing that runs.
        """
        return self._once("fleet", self._edited_fleet)

    def newest_edit(self) -> tuple[int, int]:
        """Return the numbers of the newest edit of limits and of the newest offset, as the ledger says now."""
        with self.sessions()() as session:
            return edits.newest(session), offsets.newest(session)

    def sessions(self) -> Sessions:
        """Return what opens units of work on the ledger, its tables brought up to date."""
        return self._once("sessions", self._open_ledger)

    def spool(self) -> Spool:
        return self._once("spool", self._open_spool)

    def store(self) -> Store:
        return self._once("store", self._open_store)

    def recordings(self) -> Recordings:
        """Return the folder of recordings, which need not be there."""
        return Recordings(self.data / self.settings.words.recordings)

    def close(self) -> None:
        self._closing.close()
        self._opened.clear()

    def _once(self, name: str, opened: Callable[[], P]) -> P:
        if name not in self._opened:
            self._opened[name] = opened()
        return self._opened[name]  # type: ignore[no-any-return]

    def _edited_fleet(self) -> Fleet:
        self._fleet = self._fleet or load_fleet(Path(self.settings.fleet))
        with self.sessions()() as session:
            return offsets.applied(session, edits.edited(session, self._fleet))

    def _open_ledger(self) -> Sessions:
        url = self.settings.ledger.url
        engine = open_ledger(url.reveal() if url else f"sqlite:///{self.data / 'ledger.sqlite'}")
        self._closing.callback(engine.dispose)
        upgrade(engine)
        return sessions_of(engine)

    def _open_spool(self) -> Spool:
        settings = self.settings.spool
        spool = Spool(self.data / "spool.sqlite", quota=settings.quota(), reserve_bytes=settings.reserve_bytes)
        self._closing.callback(spool.close)
        return spool

    def _open_store(self) -> Store:
        store = open_store(self.settings.store, folder=self.data)
        self._closing.callback(store.close)
        return store
