"""What was told of the milk goes to the server until that says that it has it, and survives whatever comes between."""

from pathlib import Path

from coldchain_contract.clock import SetClock
from coldchain_contract.identifiers import UnitId
from coldchain_contract.messages import MilkTold, decode_message
from coldchain_contract.topics import Kind
from coldchain_device.card import CardFile
from coldchain_device.clock import GivenClock
from coldchain_device.milk.book import MilkBook
from coldchain_device.milk.told import MOST_KEPT, SLIP_MS, Said, Words
from coldchain_device.uplink.milk_telling import MilkTelling

COOLER, TANK = UnitId("cooler-1"), UnitId("tank-1")
NOON = 1_772_539_200_000


class Box:
    """A book on a card, and a way to the broker that is there or not."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock, self.connected, self.now_s = folder, SetClock(NOON), True, 0.0
        self.sent: list[MilkTold] = []
        self.start()

    def start(self) -> None:
        kept = CardFile(self.folder / "milk.json", Words)
        self.book = MilkBook(kept, clock=GivenClock(self.clock), instant_of=lambda _boot, _uptime: None)
        self.telling = MilkTelling(self.book, publish=self._publish, confirm_s=60.0, monotonic=lambda: self.now_s)

    def send(self, *, after_s: float = 0.0) -> list[str]:
        """Send what is due, after a while, and return what was said."""
        self.now_s += after_s
        self.sent.clear()
        self.telling.send()
        return [one.milked or one.kind for one in self.sent]

    def wait(self, ms: int) -> None:
        self.clock.set(self.clock.now_ms() + ms)

    def _publish(self, kind: Kind, payload: bytes) -> object | None:
        assert kind is Kind.MILK
        if not self.connected:
            return None
        self.sent.append(decode_message(payload, MilkTold))
        return object()


def test_a_word_is_sent_ever_more_rarely_until_the_server_has_it(tmp_path: Path) -> None:
    box = Box(tmp_path)
    box.book.tell(COOLER, Said.JUST_MILKED)
    assert box.send() == ["just-milked"]
    assert box.sent[0].at_ms == NOON
    waits = (59.0, 1.0, 119.0, 1.0, 240.0)
    assert [box.send(after_s=wait_s) for wait_s in waits] == [[], ["just-milked"], [], ["just-milked"], ["just-milked"]]
    box.telling.confirmed((box.sent[0].id,))
    assert box.send(after_s=9e9) == []


def test_a_new_connection_and_a_new_start_send_what_the_server_does_not_have(tmp_path: Path) -> None:
    box = Box(tmp_path)
    box.connected = False
    box.book.tell(COOLER, Said.THIS_MORNING)
    box.book.tell(TANK, Said.EMPTIED)
    assert box.send() == []
    box.connected = True
    assert box.send() == ["this-morning", "emptied"]
    box.telling.confirmed((box.sent[0].id,))
    assert box.send() == []
    box.telling.reconnected()
    assert box.send() == ["emptied"]
    before = box.sent[0]
    box.start()
    assert box.send() == ["emptied"]
    assert box.sent[0].id == before.id


def test_what_was_corrected_before_it_could_be_sent_is_not_sent(tmp_path: Path) -> None:
    box = Box(tmp_path)
    box.connected = False
    box.book.tell(COOLER, Said.JUST_MILKED)
    box.wait(SLIP_MS)
    box.book.tell(COOLER, Said.OLDER)
    box.connected = True
    assert box.send() == ["older-or-unknown"]
    box.wait(SLIP_MS + 1)
    box.book.tell(COOLER, Said.EMPTIED)
    assert box.send() == ["emptied"]
    assert box.sent[0].corrects is None


def test_the_card_keeps_what_waits_and_the_last_of_what_does_not(tmp_path: Path) -> None:
    box = Box(tmp_path)
    for _ in range(MOST_KEPT + 30):
        box.wait(3_600_000)
        box.book.tell(COOLER, Said.EMPTIED)
        box.send()
        box.telling.confirmed(tuple(one.id for one in box.sent))
    assert len(box.book.words()) == MOST_KEPT + 1
    box.connected = False
    for _ in range(MOST_KEPT + 30):
        box.wait(3_600_000)
        box.book.tell(COOLER, Said.OLDER)
    assert len(box.book.waiting()) == MOST_KEPT + 30
