"""Replies to what people said back: sent on by the way it came, once, while anybody waits for them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from coldchain_contract.clock import SetClock
from coldchain_contract.settings import Secret
from coldchain_server.answers.rows import Reply, Way, name_of
from coldchain_server.fleet.model import Fleet, Role
from coldchain_server.gateways.settings import AfricasTalkingSettings, ModemSettings
from coldchain_server.ledger.tables import HeardRow
from coldchain_server.notifications.channels import Channel, Message, Outcome, open_channel
from coldchain_server.notifications.replies import EXPIRES_S, Replies
from coldchain_server.notifications.settings import NotificationSettings
from invented.incident_ledger import NOON, Ledger, fleet_of_contacts, person
from stand_ins import africas_talking
from stand_ins.africas_talking import AfricasTalking

NUMBERS = "+22370000001", "+22390000001"


class PowerCut(BaseException):
    """Nothing in the product catches it, as nothing survives a power cut."""


class CutAfterTaken:
    """A real channel; the power fails the instant after its first message was taken."""

    def __init__(self) -> None:
        self.cut = False

    def __call__(self, address: str, settings: NotificationSettings) -> Channel:
        self._real = open_channel(address, settings)
        self.kind, self.once = self._real.kind, self._real.once
        return self

    def tell(self, message: Message) -> Outcome:
        outcome = self._real.tell(message)
        if not self.cut:
            self.cut = True
            raise PowerCut
        return outcome


@pytest.fixture
def atalk() -> Iterator[AfricasTalking]:
    server = AfricasTalking()
    yield server
    server.close()


@pytest.fixture
def settings(atalk: AfricasTalking, tmp_path: Path) -> NotificationSettings:
    for name in ("inbox", "outbox", "sent", "error"):
        (tmp_path / "modem" / name).mkdir(parents=True)
    account = AfricasTalkingSettings(
        username=africas_talking.USERNAME, api_key=Secret(africas_talking.KEY), api=atalk.url
    )
    return NotificationSettings(
        connect_timeout_s=0.3,
        answer_timeout_s=0.3,
        africas_talking=account,
        modem=ModemSettings(folder=str(tmp_path / "modem")),
    )


@pytest.fixture
def fleet() -> Fleet:
    return fleet_of_contacts(person("aminata", Role.COOPERATIVE, *(f"gammu:{number}" for number in NUMBERS)))


def heard(ledger: Ledger, name: str, *, by: str = "atalk-sms", contact: str = "aminata", phone: int = 0) -> str:
    row = HeardRow(
        id=name_of(Way.SMS, name),
        way="sms",
        contact=contact,
        phone=phone,
        at_ms=NOON,
        said="heard",
        incidents="[]",
        reply=f"compris {name}",
        channel_kind=by,
        state=Reply.PENDING.value,
        attempts=0,
        next_ms=NOON,
        outcome="",
    )
    with ledger.sessions.begin() as session:
        session.add(row)
    return row.id


def states(ledger: Ledger) -> list[str]:
    with ledger.sessions() as session:
        return [row.state for row in session.scalars(select(HeardRow).order_by(HeardRow.reply))]


def all_sent(replies: Replies) -> None:
    while replies.step():
        pass


def test_a_reply_goes_to_the_number_and_by_the_way_the_text_came(
    *,
    ledger: Ledger,
    fleet: Fleet,
    clock: SetClock,
    settings: NotificationSettings,
    atalk: AfricasTalking,
    tmp_path: Path,
) -> None:
    heard(ledger, "1", phone=1)
    heard(ledger, "2", by="gammu", phone=0)
    all_sent(Replies(sessions=ledger.sessions, fleet=fleet, clock=clock, settings=settings))
    assert [(sms["to"], sms["message"]) for sms in atalk.sms] == [(NUMBERS[1], "compris 1")]
    (left,) = (tmp_path / "modem" / "outbox").iterdir()
    assert left.name.startswith(f"OUTA_{NUMBERS[0]}_reply-")
    assert states(ledger) == ["sent", "sent"]


def test_a_gateway_that_is_away_is_tried_again_and_given_up_when_nobody_waits_any_more(
    ledger: Ledger, fleet: Fleet, clock: SetClock, settings: NotificationSettings, atalk: AfricasTalking
) -> None:
    atalk.sms_status = 501
    heard(ledger, "1")
    replies = Replies(sessions=ledger.sessions, fleet=fleet, clock=clock, settings=settings)
    tried = []
    for second in range(0, EXPIRES_S + 120, 30):
        clock.set(NOON + second * 1000)
        before = len(atalk.asked)
        all_sent(replies)
        if len(atalk.asked) > before:
            tried.append(second)
    assert tried == [0, 30, 90, 210, 450, 930]
    assert states(ledger) == ["failed"]


def test_a_number_that_is_refused_is_not_tried_again(
    ledger: Ledger, fleet: Fleet, clock: SetClock, settings: NotificationSettings, atalk: AfricasTalking
) -> None:
    atalk.sms_status = 403
    heard(ledger, "1")
    all_sent(Replies(sessions=ledger.sessions, fleet=fleet, clock=clock, settings=settings))
    assert states(ledger) == ["failed"]


@pytest.mark.parametrize(("contact", "phone"), [("gone", 0), ("aminata", 7)])
def test_a_reply_to_who_is_not_in_the_fleet_file_any_more_is_given_up_and_holds_up_no_other(
    *, ledger: Ledger, fleet: Fleet, clock: SetClock, settings: NotificationSettings, contact: str, phone: int
) -> None:
    heard(ledger, "1", contact=contact, phone=phone)
    heard(ledger, "2")
    all_sent(Replies(sessions=ledger.sessions, fleet=fleet, clock=clock, settings=settings))
    assert states(ledger) == ["failed", "sent"]


@pytest.mark.parametrize(("by", "state", "told"), [("atalk-sms", "unknown", 1), ("gammu", "sent", 1)])
def test_a_stop_while_sending_doubles_nothing_and_loses_nothing_that_goes_out_once(
    *,
    ledger: Ledger,
    fleet: Fleet,
    clock: SetClock,
    settings: NotificationSettings,
    atalk: AfricasTalking,
    tmp_path: Path,
    by: str,
    state: str,
    told: int,
) -> None:
    heard(ledger, "1", by=by)
    opener = CutAfterTaken()
    with pytest.raises(PowerCut):
        Replies(sessions=ledger.sessions, fleet=fleet, clock=clock, settings=settings, opener=opener).step()
    again = Replies(sessions=ledger.sessions, fleet=fleet, clock=clock, settings=settings)
    all_sent(again)
    assert states(ledger) == ["sending"]
    clock.set(NOON + 600_000)
    all_sent(again)
    assert states(ledger) == [state]
    assert len(atalk.sms) + len(list((tmp_path / "modem" / "outbox").iterdir())) == told
