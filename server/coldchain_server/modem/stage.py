"""What a modem's daemon leaves in its folders is taken up: texts, reports, failures, and its standing still."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import structlog

from coldchain_contract.clock import Clock
from coldchain_server.errors import ServerError
from coldchain_server.fleet.phones import MODEM
from coldchain_server.gateways.events import Report, Reported, Texted
from coldchain_server.gateways.modem import Came, Folders, came, id_of
from coldchain_server.gateways.settings import ModemSettings
from coldchain_server.modem.daemon import running

_KINDS = frozenset({MODEM})
_SETTLES_S = 2
_GIVEN_UP_S = 60
_ASK_EVERY_S = 60
_SENT_KEPT = 1000
_SET_ASIDE = "unread"
_REPORTS = {"delivered": Report.ARRIVED, "failed": Report.LOST}
_NOT_SENT = "the modem could not send it"

log = structlog.get_logger()


class Listener(Protocol):
    """What is told of the modem; each call is done for good when it returns, and again does nothing again."""

    def texted(self, text: Texted) -> None:
        """Take an SMS that somebody sent."""
        ...

    def reported(self, reported: Reported) -> None:
        """Take what became of a message."""
        ...

    def failed(self, kind: str, trouble: str) -> None:
        """Take it that nobody can be told by the modem."""
        ...

    def works(self, kind: str) -> None:
        """Take it that people can be told by the modem."""
        ...


class ModemUnreadable(ServerError):
    """gammu-smsd's folders cannot be read; trying again helps once they can."""

    again = True


class Modem:
    """Takes files out of gammu-smsd's folders, each only once what it says is durable elsewhere."""

    name = "modem"

    def __init__(
        self,
        settings: ModemSettings,
        *,
        listener: Listener,
        clock: Clock,
        runs: Callable[[str], bool] = running,
    ) -> None:
        self._settings, self._listener, self._clock, self._runs = settings, listener, clock, runs
        self._folders = Folders(Path(settings.folder))
        self._seen: dict[Path, tuple[tuple[int, int], int]] = {}  # how a file looks, and since when
        self._waiting_since: dict[str, int] = {}
        self._asked_ms: int | None = None
        self._runs_now = True
        self._trouble: str | None = None

    def step(self) -> bool:
        """Take up what lies there; `ModemUnreadable` where that cannot be read, and whatever the listener raises."""
        if missing := self._folders.missing():
            self._say(f"the folder has no {', '.join(missing)}")
            raise ModemUnreadable(f"gammu-smsd's folder {self._settings.folder} has no {', '.join(missing)}")
        try:
            for file, lain_s in self._settled():
                self._take_up(file, lain_s=lain_s)
            self._failures()
            self._forget_old()
            self._watch()
        except OSError as error:
            raise ModemUnreadable(f"gammu-smsd's folders cannot be read: {error.strerror or error}") from error
        return False

    def _settled(self) -> list[tuple[Path, int]]:
        """Return what came in and for how many seconds it has lain there unchanged, where that is a while.

        gammu-smsd writes its files where it keeps them.
        """
        now_ms, seen = self._clock.now_ms(), {}
        for file in sorted(self._folders.inbox.glob("IN*")):
            looks = file.stat().st_size, file.stat().st_mtime_ns
            before = self._seen.get(file)
            seen[file] = before if before is not None and before[0] == looks else (looks, now_ms)
        self._seen = seen
        lain = [(file, (now_ms - since_ms) // 1000) for file, (_, since_ms) in seen.items()]
        return [(file, lain_s) for file, lain_s in lain if lain_s >= _SETTLES_S]

    def _take_up(self, file: Path, *, lain_s: int) -> None:
        """Hear a file; one that says nothing may be half written on a disc that stands, and is given a minute."""
        try:
            said = came(file.read_text(encoding="utf-8", errors="replace"))
        except ValueError as error:
            if lain_s >= _GIVEN_UP_S:
                self._set_aside(file, str(error))
            return
        if said.is_report:
            self._report(said)
        else:
            self._listener.texted(Texted(sender=said.sender, body=said.text, id=said.name))
        file.unlink(missing_ok=True)

    def _report(self, said: Came) -> None:
        """Take a report for that of the oldest message to its number that has none: networks report in order."""
        report = _REPORTS.get(said.text.strip().lower())
        file = self._folders.unreported(said.sender)
        if report is None or file is None:
            return
        self._listener.reported(Reported(kinds=_KINDS, reference=id_of(file) or "", report=report))
        self._folders.mark_reported(file)

    def _failures(self) -> None:
        for file in sorted(self._folders.error.glob("OUT*")):
            if (reference := id_of(file)) is not None:
                self._listener.reported(Reported(kinds=_KINDS, reference=reference, report=Report.LOST, why=_NOT_SENT))
                file.unlink(missing_ok=True)

    def _forget_old(self) -> None:
        """Keep the last thousand sent messages: a message handed over again is known among them."""
        sent = list(self._folders.sent.glob("OUT*"))
        if len(sent) > _SENT_KEPT:
            for file in sorted(sent, key=lambda one: one.stat().st_mtime_ns)[:-_SENT_KEPT]:
                file.unlink(missing_ok=True)

    def _watch(self) -> None:
        self._say(self._stuck() or self._ended())

    def _say(self, trouble: str) -> None:
        """Tell the listener where it stands otherwise than before; it need not be told the same again."""
        if trouble != self._trouble:
            if trouble:
                self._listener.failed(MODEM, f"{MODEM}: {trouble}")
            else:
                self._listener.works(MODEM)
        self._trouble = trouble

    def _stuck(self) -> str:
        """Return what is wrong where a message has lain in the outbox for too long, by the server's clock."""
        now_ms = self._clock.now_ms()
        waiting = {file.name for file in self._folders.waiting()}
        self._waiting_since = {name: self._waiting_since.get(name, now_ms) for name in waiting}
        longest_ms = now_ms - min(self._waiting_since.values(), default=now_ms)
        return "a message lies in the outbox unsent" if longest_ms >= self._settings.stuck_after_s * 1000 else ""

    def _ended(self) -> str:
        """Return what is wrong where gammu-smsd itself says that it does not run; it is asked once a minute."""
        if self._settings.config is None:
            return ""
        now_ms = self._clock.now_ms()
        if self._asked_ms is None or not 0 <= now_ms - self._asked_ms < _ASK_EVERY_S * 1000:
            self._asked_ms = now_ms
            self._runs_now = self._runs(self._settings.config)
        return "" if self._runs_now else "gammu-smsd does not run"

    def _set_aside(self, file: Path, why: str) -> None:
        log.warning("a file of the modem's inbox is set aside", file=file.name[: len("IN20261123_120000")], because=why)
        aside = self._folders.inbox / _SET_ASIDE
        with suppress(FileExistsError):
            aside.mkdir()
        file.rename(aside / file.name)
