"""Somebody is told in their own language from the moment that it may be used, and not before."""

from pathlib import Path

from coldchain_contract.clock import SetClock
from coldchain_server.fleet.model import Fleet, Role
from coldchain_server.notifications.catalogue import FIRST, Part, every_key, part_of, written
from coldchain_server.notifications.channels import Channel, Message, Outcome
from coldchain_server.notifications.settings import NotificationSettings
from coldchain_server.notifications.stage import Notifications
from coldchain_server.words.checks import Check, Kind, digest_of
from coldchain_server.words.lexicons import Lexicons
from coldchain_server.words.recordings import Recordings
from coldchain_server.words.rows import put_check, put_text
from coldchain_server.words.spoken import in_calls
from invented.incident_ledger import MINUTE, NOON, Ledger, fleet_of_contacts, person
from invented.sound import record, tone


class Taking:
    """A channel that takes whatever it is given."""

    kind, once = "console", False

    def __init__(self, told: list[Message]) -> None:
        self._told = told

    def tell(self, message: Message) -> Outcome:
        self._told.append(message)
        return Outcome(said="taken")


class Village:
    """One person who knows Tamajaq alone, told by one channel."""

    def __init__(self, ledger: Ledger, channel: str, folder: Path) -> None:
        self.ledger, self.clock = ledger, SetClock(NOON)
        self.fleet: Fleet = fleet_of_contacts(person("fati", Role.COOPERATIVE, channel, language="ttq"))
        self._lexicons = Lexicons(self.fleet, Recordings(folder))

    def opens(self, minute: int) -> Message:
        """Let an incident open and return what she was told."""
        self.clock.set(NOON + minute * MINUTE)
        self.ledger.opens(at=self.clock.now_ms())
        told: list[Message] = []

        def opener(_address: str, _settings: NotificationSettings) -> Channel:
            return Taking(told)

        stage = Notifications(
            sessions=self.ledger.sessions,
            fleet=self.fleet,
            clock=self.clock,
            settings=NotificationSettings(),
            opener=opener,
            lexicons=self._lexicons.now,
        )
        while stage.step():
            pass
        assert len(told) == 1
        return told[0]

    def checked(self, kind: Kind, key: str, content: str | bytes, listener: str) -> None:
        with self.ledger.sessions.begin() as session:
            check = Check(language="ttq", key=key, kind=kind, digest=digest_of(content), listener=listener)
            put_check(session, check, at_ms=1, who="moussa")


def test_a_text_is_in_her_language_once_two_listeners_have_checked_every_alarm(
    sqlite_ledger: Ledger, tmp_path: Path
) -> None:
    village = Village(sqlite_ledger, "console:", tmp_path)
    texts = {key: f"t {written(FIRST)[key]}" for key in every_key() if part_of(key) is Part.ALARMS}
    for key, text in texts.items():
        with sqlite_ledger.sessions.begin() as session:
            put_text(session, "ttq", key, text, at_ms=1, who="moussa")
        village.checked(Kind.TEXT, key, text, "Fati")
    assert village.opens(0).language == FIRST
    for key, text in texts.items():
        village.checked(Kind.TEXT, key, text, "Mina")
    told = village.opens(60)
    assert told.language == "ttq"
    assert "t trop chaud" in told.text
    assert [row.counts for row in sqlite_ledger.rows()][-1]
    assert not sqlite_ledger.rows()[0].counts


def test_a_call_is_in_her_language_once_all_it_says_is_recorded_and_checked(
    sqlite_ledger: Ledger, tmp_path: Path
) -> None:
    village = Village(sqlite_ledger, "twilio-call:+22370000001", tmp_path)
    for clip in in_calls(village.fleet):
        for listener in ("Fati", "Mina"):
            village.checked(Kind.RECORDING, clip, tone(), listener)
    assert village.opens(0).language == FIRST
    for clip in in_calls(village.fleet):
        record(tmp_path, "ttq", clip)
    assert village.opens(60).language == "ttq"
    assert [row.counts for row in sqlite_ledger.rows()][-1]
    assert not sqlite_ledger.rows()[0].counts
