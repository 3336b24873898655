"""The modem's folders, filled by the real gammu-smsd: what comes in is heard once, what goes wrong is said."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from coldchain_contract.clock import SetClock
from coldchain_server.errors import LedgerUnavailable
from coldchain_server.gateways.events import Report, Reported, Texted
from coldchain_server.gateways.modem import Folders, came, id_of
from coldchain_server.gateways.settings import ModemSettings
from coldchain_server.modem.daemon import running
from coldchain_server.modem.stage import Modem, ModemUnreadable
from servers.gammu import GammuSmsd
from servers.process import eventually

NUMBER = "+22370000001"


class Kept:
    """A listener that keeps what it is told, or refuses it as a ledger that is away does."""

    def __init__(self) -> None:
        self.texts: list[Texted] = []
        self.reports: list[Reported] = []
        self.health: list[str] = []
        self.away = False

    def texted(self, text: Texted) -> None:
        if self.away:
            raise LedgerUnavailable("away")
        self.texts.append(text)

    def reported(self, reported: Reported) -> None:
        if self.away:
            raise LedgerUnavailable("away")
        self.reports.append(reported)

    def failed(self, kind: str, trouble: str) -> None:
        assert trouble.startswith(kind)
        self.health.append(trouble)

    def works(self, kind: str) -> None:
        self.health.append(f"{kind} works")


@pytest.fixture
def smsd(tmp_path: Path) -> Iterator[GammuSmsd]:
    daemon = GammuSmsd(tmp_path / "smsd")
    yield daemon
    daemon.stop()


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def clock() -> SetClock:
    return SetClock(1_790_000_000_000)


def stage(smsd: GammuSmsd, kept: Kept, clock: SetClock, *, monitored: bool = False) -> Modem:
    settings = ModemSettings(folder=str(smsd.folder), config=str(smsd.config) if monitored else None)
    return Modem(settings, listener=kept, clock=clock)


def take_up(modem: Modem, clock: SetClock, *, after_s: int = 2) -> None:
    """Step when something came in, and again when it has lain there for so long."""
    modem.step()
    clock.set(clock.now_ms() + after_s * 1000)
    modem.step()


def received(smsd: GammuSmsd) -> None:
    """Wait until the daemon has written what came in to its end."""
    eventually(lambda: any(is_whole(file) for file in inbox(smsd)), what=smsd.log())


def is_whole(file: Path) -> bool:
    try:
        came(file.read_text(errors="replace"))
    except ValueError:
        return False
    return True


def inbox(smsd: GammuSmsd) -> list[Path]:
    return sorted((smsd.folder / "inbox").glob("IN*"))


def put(smsd: GammuSmsd, id: str, *, number: str = NUMBER) -> Path:
    return Folders(smsd.folder).put(number, "lait", id=id, beyond_gsm=False)


def sent(smsd: GammuSmsd, *ids: str) -> None:
    for id in ids:
        file = put(smsd, id)
        file.rename(smsd.folder / "sent" / file.name)


def test_a_text_that_the_phone_received_is_heard_with_its_sender(smsd: GammuSmsd, kept: Kept, clock: SetClock) -> None:
    smsd.start()
    smsd.receives(NUMBER, "1")
    received(smsd)
    take_up(stage(smsd, kept, clock), clock)
    assert [(text.sender, text.body) for text in kept.texts] == [(NUMBER, "1")]
    assert inbox(smsd) == []


def test_the_parts_of_a_long_text_are_heard_as_one(smsd: GammuSmsd, kept: Kept, clock: SetClock) -> None:
    words = "Le lait est chaud. " * 20
    smsd.start()
    smsd.receives(NUMBER, words.strip())
    received(smsd)
    take_up(stage(smsd, kept, clock), clock)
    assert [text.body for text in kept.texts] == [words.strip()]


def test_a_text_in_any_script_is_heard_as_it_was_written(smsd: GammuSmsd, kept: Kept, clock: SetClock) -> None:
    smsd.start()
    smsd.receives(NUMBER, "الحليب ساخن جدا")
    received(smsd)
    take_up(stage(smsd, kept, clock), clock)
    assert [text.body for text in kept.texts] == ["الحليب ساخن جدا"]


def test_a_text_stays_in_the_inbox_until_the_ledger_has_it_and_has_the_same_name_then(
    smsd: GammuSmsd, kept: Kept, clock: SetClock
) -> None:
    smsd.start()
    smsd.receives(NUMBER, "1")
    received(smsd)
    modem = stage(smsd, kept, clock)
    kept.away = True
    with pytest.raises(LedgerUnavailable):
        take_up(modem, clock)
    (file,) = inbox(smsd)
    name = came(file.read_text(errors="replace")).name
    kept.away = False
    modem.step()
    assert [text.id for text in kept.texts] == [name]


def test_a_file_that_is_still_being_written_is_left_until_it_is_whole(
    smsd: GammuSmsd, kept: Kept, clock: SetClock
) -> None:
    smsd.start()
    smsd.receives(NUMBER, "Le lait est chaud. " * 20)
    received(smsd)
    smsd.stop()
    (file,) = inbox(smsd)
    whole, modem = file.read_bytes(), stage(smsd, kept, clock)
    for written in range(0, len(whole), len(whole) // 8):
        file.write_bytes(whole[:written])
        clock.set(clock.now_ms() + 1900)
        modem.step()
    assert (kept.texts, inbox(smsd)) == ([], [file])
    file.write_bytes(b"")
    take_up(modem, clock, after_s=59)  # the disc stands
    assert (kept.texts, inbox(smsd)) == ([], [file])
    file.write_bytes(whole)
    take_up(modem, clock)
    assert len(kept.texts) == 1


def test_a_report_is_of_the_oldest_message_to_that_number_that_has_none(
    smsd: GammuSmsd, kept: Kept, clock: SetClock
) -> None:
    smsd.start()
    for id in ("41", "42"):
        put(smsd, id)
        eventually((smsd.folder / "sent" / f"OUTA_{NUMBER}_{id}.smsbackup").exists, what=smsd.log())
    modem = stage(smsd, kept, clock)
    for word in ("Delivered", "Failed"):
        smsd.reports(NUMBER, word)
        received(smsd)
        take_up(modem, clock)
    assert [(said.reference, said.report) for said in kept.reports] == [("41", Report.ARRIVED), ("42", Report.LOST)]
    assert kept.texts == []


def test_a_report_on_nothing_of_ours_or_that_is_not_final_is_left_at_that(
    smsd: GammuSmsd, kept: Kept, clock: SetClock
) -> None:
    smsd.start()
    smsd.reports("+22399999999", "Delivered")
    received(smsd)
    take_up(stage(smsd, kept, clock), clock)
    assert (kept.reports, inbox(smsd)) == ([], [])


def test_what_the_modem_could_not_send_is_lost_once(smsd: GammuSmsd, kept: Kept, clock: SetClock) -> None:
    file = put(smsd, "42")
    file.rename(smsd.folder / "error" / file.name)
    modem = stage(smsd, kept, clock)
    for _ in range(2):
        modem.step()
    assert [(said.reference, said.report) for said in kept.reports] == [("42", Report.LOST)]


@pytest.mark.parametrize("content", ["", "Bonjour", "[SMSBackup000]\nPDU = Deliver\n", "[x", "\x00\xff"])
def test_a_file_that_is_no_message_is_set_aside_and_stops_no_other(
    smsd: GammuSmsd, kept: Kept, clock: SetClock, content: str
) -> None:
    (smsd.folder / "inbox" / "IN20261123_025427_00_+22370000009_00.txt").write_text(content)
    smsd.start()
    smsd.receives(NUMBER, "1")
    received(smsd)
    with capture_logs() as logs:
        take_up(stage(smsd, kept, clock), clock, after_s=60)
    assert [text.body for text in kept.texts] == ["1"]
    assert [entry["event"] for entry in logs] == ["a file of the modem's inbox is set aside"]
    assert "70000009" not in str(logs)
    assert len(list((smsd.folder / "inbox" / "unread").iterdir())) == 1


def test_a_message_that_lies_in_the_outbox_too_long_is_a_dead_modem_until_it_has_gone(
    smsd: GammuSmsd, kept: Kept, clock: SetClock
) -> None:
    modem = stage(smsd, kept, clock)
    file = put(smsd, "42")
    for seconds in (0, 599, 600, 601, 900):
        clock.set(1_790_000_000_000 + seconds * 1000)
        modem.step()
    assert kept.health == ["gammu works", "gammu: a message lies in the outbox unsent"]
    file.unlink()
    modem.step()
    assert kept.health[-1] == "gammu works"


def test_a_message_that_has_just_come_is_no_sign_of_a_dead_modem(smsd: GammuSmsd, kept: Kept, clock: SetClock) -> None:
    modem = stage(smsd, kept, clock)
    for number in range(5):
        put(smsd, str(number))
        clock.set(clock.now_ms() + 400_000)
        modem.step()
        (smsd.folder / "outbox" / f"OUTA_{NUMBER}_{number}.smsbackup").unlink()
    assert kept.health == ["gammu works"]


def test_a_daemon_that_does_not_run_is_a_dead_modem_until_it_does(smsd: GammuSmsd, kept: Kept, clock: SetClock) -> None:
    modem = stage(smsd, kept, clock, monitored=True)
    runs(smsd)
    modem.step()
    smsd.stop()
    modem.step()
    assert kept.health == ["gammu works"]  # asked within the same minute
    clock.set(clock.now_ms() + 60_000)
    modem.step()
    assert kept.health[-1] == "gammu: gammu-smsd does not run"
    runs(smsd)
    clock.set(clock.now_ms() + 60_000)
    modem.step()
    assert kept.health[-1] == "gammu works"


def runs(smsd: GammuSmsd) -> None:
    """Start the daemon and wait until its own monitor finds it."""
    smsd.start()
    eventually(lambda: running(str(smsd.config)), within=30, what=smsd.log())


def test_folders_that_are_gone_are_said_once_and_survived(tmp_path: Path, kept: Kept, clock: SetClock) -> None:
    modem = Modem(ModemSettings(folder=str(tmp_path)), listener=kept, clock=clock)
    for _ in range(2):
        with pytest.raises(ModemUnreadable, match="inbox, outbox, sent, error"):
            modem.step()
    assert len(kept.health) == 1


def test_the_last_thousand_sent_messages_are_kept(smsd: GammuSmsd, kept: Kept, clock: SetClock) -> None:
    folder = smsd.folder / "sent"
    for number in range(1005):
        (folder / f"OUTA_{NUMBER}_{number}.smsbackup").touch()
    stage(smsd, kept, clock).step()
    left = {id_of(file) for file in folder.iterdir()}
    assert len(left) == 1000
    assert "1004" in left
