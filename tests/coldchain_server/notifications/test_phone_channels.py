"""Channels to phones: what reaches a modem and the gateways, what is no fault of a number, and what stays secret."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from coldchain_contract.settings import Secret
from coldchain_server.fleet.addresses import fault_of
from coldchain_server.fleet.phones import PHONE_KINDS
from coldchain_server.gateways.settings import AfricasTalkingSettings, ModemSettings, TwilioSettings
from coldchain_server.notifications.channels import ONCE, Message, open_channel
from coldchain_server.notifications.errors import ChannelFailed
from coldchain_server.notifications.settings import NotificationSettings
from servers.gammu import GammuSmsd
from servers.process import eventually, free_port
from stand_ins import africas_talking, twilio
from stand_ins.africas_talking import AfricasTalking
from stand_ins.twilio import Twilio

NUMBER = "+22370000001"
FRENCH = "Frigo 1, Ménaka: trop chaud depuis ce matin 06:10. Gardez fermé."
MESSAGE = Message(to="Aïchatou", title="coldchain 7-42", text=FRENCH, id="42")
PAGES = "https://lait.example.org"


@pytest.fixture
def atalk() -> Iterator[AfricasTalking]:
    server = AfricasTalking()
    yield server
    server.close()


@pytest.fixture
def twilio_server() -> Iterator[Twilio]:
    server = Twilio()
    yield server
    server.close()


@pytest.fixture
def smsd(tmp_path: Path) -> Iterator[GammuSmsd]:
    daemon = GammuSmsd(tmp_path / "smsd")
    yield daemon
    daemon.stop()


def with_atalk(url: str, *, key: str = africas_talking.KEY, sender: str | None = None) -> NotificationSettings:
    account = AfricasTalkingSettings(
        username=africas_talking.USERNAME,
        api_key=Secret(key),
        sender=sender,
        caller=africas_talking.CALLER,
        api=url,
        voice_api=url,
    )
    return NotificationSettings(connect_timeout_s=0.3, answer_timeout_s=0.3, africas_talking=account)


def with_twilio(url: str, *, token: str = twilio.TOKEN, public_url: str | None = PAGES) -> NotificationSettings:
    account = TwilioSettings(
        account_sid=twilio.ACCOUNT, auth_token=Secret(token), sender=twilio.SENDER, caller=twilio.CALLER, api=url
    )
    return NotificationSettings(connect_timeout_s=0.3, answer_timeout_s=0.3, twilio=account, public_url=public_url)


def with_modem(smsd: GammuSmsd) -> NotificationSettings:
    return NotificationSettings(modem=ModemSettings(folder=str(smsd.folder), config=str(smsd.config)))


def failure(address: str, settings: NotificationSettings) -> ChannelFailed:
    with pytest.raises(ChannelFailed) as caught:
        open_channel(address, settings).tell(MESSAGE)
    return caught.value


def test_africas_talking_takes_an_sms_and_says_what_it_calls_it(atalk: AfricasTalking) -> None:
    outcome = open_channel(f"atalk-sms:{NUMBER}", with_atalk(atalk.url, sender=africas_talking.SENDER)).tell(MESSAGE)
    assert outcome.reference == "ATXid_1"
    (taken,) = atalk.sms
    assert (taken["to"], taken["message"], taken["from"]) == (NUMBER, FRENCH, africas_talking.SENDER)


def test_africas_talking_is_asked_to_call_and_given_the_message_s_id(atalk: AfricasTalking) -> None:
    outcome = open_channel(f"atalk-call:{NUMBER}", with_atalk(atalk.url)).tell(MESSAGE)
    assert outcome.reference == "ATVId_1"
    (taken,) = atalk.calls
    assert (taken["to"], taken["from"], taken["clientRequestId"]) == (NUMBER, africas_talking.CALLER, "42")


def test_twilio_takes_an_sms_and_is_told_where_to_report(twilio_server: Twilio) -> None:
    outcome = open_channel(f"twilio-sms:{NUMBER}", with_twilio(twilio_server.url)).tell(MESSAGE)
    assert outcome.reference.startswith("SM")
    (taken,) = twilio_server.messages
    assert (taken["To"], taken["Body"]) == (NUMBER, FRENCH)
    assert taken["StatusCallback"] == f"{PAGES}/hooks/sms/report"


def test_twilio_takes_an_sms_where_the_pages_cannot_be_reached_and_reports_nowhere(twilio_server: Twilio) -> None:
    open_channel(f"twilio-sms:{NUMBER}", with_twilio(twilio_server.url, public_url=None)).tell(MESSAGE)
    assert "StatusCallback" not in twilio_server.messages[0]


def test_twilio_is_asked_to_call_and_told_where_to_ask_what_to_say(twilio_server: Twilio) -> None:
    outcome = open_channel(f"twilio-call:{NUMBER}", with_twilio(twilio_server.url)).tell(MESSAGE)
    assert outcome.reference.startswith("CA")
    (taken,) = twilio_server.calls
    assert (taken["Url"], taken["StatusCallback"]) == (f"{PAGES}/hooks/call/42", f"{PAGES}/hooks/call/report")


def test_a_call_without_pages_to_ask_is_nobody_s_number_s_fault(twilio_server: Twilio) -> None:
    failed = failure(f"twilio-call:{NUMBER}", with_twilio(twilio_server.url, public_url=None))
    assert (failed.permanent, failed.gateway) == (False, True)
    assert "public_url" in str(failed)


@pytest.mark.parametrize(
    ("status", "permanent", "gateway"), [(403, True, False), (405, False, True), (501, False, False)]
)
def test_africas_talking_refusals_of_sms_say_whose_fault_they_are(
    atalk: AfricasTalking, status: int, permanent: bool, gateway: bool
) -> None:
    atalk.sms_status = status
    failed = failure(f"atalk-sms:{NUMBER}", with_atalk(atalk.url))
    assert (failed.permanent, failed.gateway) == (permanent, gateway)


@pytest.mark.parametrize(
    ("status", "permanent", "gateway"),
    [("InvalidPhoneNumber", True, False), ("InsufficientBalance", False, True), ("+22370000001", False, False)],
)
def test_africas_talking_refusals_of_calls_say_whose_fault_they_are(
    atalk: AfricasTalking, status: str, permanent: bool, gateway: bool
) -> None:
    atalk.call_status = status
    failed = failure(f"atalk-call:{NUMBER}", with_atalk(atalk.url))
    assert (failed.permanent, failed.gateway) == (permanent, gateway)
    assert NUMBER not in str(failed)


def test_a_sender_that_africas_talking_does_not_know_is_the_settings_fault(atalk: AfricasTalking) -> None:
    assert failure(f"atalk-sms:{NUMBER}", with_atalk(atalk.url, sender="SOMEBODY")).gateway


@pytest.mark.parametrize(
    ("code", "permanent", "gateway"), [(21211, True, False), (21606, False, True), (30001, False, False)]
)
@pytest.mark.parametrize("kind", ["twilio-sms", "twilio-call"])
def test_twilio_refusals_say_whose_fault_they_are(
    twilio_server: Twilio, kind: str, code: int, permanent: bool, gateway: bool
) -> None:
    twilio_server.refuses = code
    failed = failure(f"{kind}:{NUMBER}", with_twilio(twilio_server.url))
    assert (failed.permanent, failed.gateway) == (permanent, gateway)
    assert f"code {code}" in str(failed)


def test_refused_credentials_are_the_gateway_s_failure_and_are_not_shown(
    atalk: AfricasTalking, twilio_server: Twilio
) -> None:
    wrong = [
        (f"atalk-sms:{NUMBER}", with_atalk(atalk.url, key="wrong-secret")),
        (f"atalk-call:{NUMBER}", with_atalk(atalk.url, key="wrong-secret")),
        (f"twilio-sms:{NUMBER}", with_twilio(twilio_server.url, token="wrong-secret")),
        (f"twilio-call:{NUMBER}", with_twilio(twilio_server.url, token="wrong-secret")),
    ]
    for address, settings in wrong:
        failed = failure(address, settings)
        assert (failed.gateway, failed.permanent) == (True, False)
        assert "secret" not in str(failed)
        assert NUMBER not in str(failed)


@pytest.mark.parametrize("kind", sorted(PHONE_KINDS))
def test_what_is_not_set_up_says_which_section_is_missing(kind: str) -> None:
    failed = failure(f"{kind}:{NUMBER}", NotificationSettings())
    assert failed.gateway
    assert "[notifications." in str(failed)


@pytest.mark.parametrize("kind", ["atalk-sms", "twilio-call"])
def test_a_gateway_that_is_away_or_deaf_is_given_up_at_the_timeout(kind: str) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        for port in (deaf.getsockname()[1], free_port()):
            url = f"http://127.0.0.1:{port}"
            started = time.monotonic()
            failed = failure(f"{kind}:{NUMBER}", with_atalk(url) if kind == "atalk-sms" else with_twilio(url))
            assert "was not reached" in str(failed)
            assert not failed.permanent
            assert time.monotonic() - started < 2


def test_the_modem_s_daemon_sends_what_is_left_for_it(smsd: GammuSmsd) -> None:
    smsd.start()
    outcome = open_channel(f"gammu:{NUMBER}", with_modem(smsd)).tell(MESSAGE)
    assert outcome.reference == "42"
    eventually(lambda: list((smsd.folder / "sent").iterdir()), what=smsd.log())
    assert "7 bit SMS" in smsd.log()
    assert f'Recipient number "{NUMBER}"' in smsd.log()
    assert FRENCH in smsd.log()


@pytest.mark.parametrize(
    ("text", "sent_as"), [("é" * 160, "7 bit SMS, length 140, 160"), ("ݣلبن" * 17, "Unicode SMS, length 68")]
)
def test_one_sms_is_sent_as_one_whatever_its_letters(smsd: GammuSmsd, text: str, sent_as: str) -> None:
    smsd.start()
    open_channel(f"gammu:{NUMBER}", with_modem(smsd)).tell(Message(to="A", title="", text=text, id="7"))
    eventually(lambda: "Transmitted" in smsd.log(), what=smsd.log())
    assert sent_as in smsd.log()
    assert "(total: 1)" in smsd.log()


def test_a_message_handed_over_again_is_sent_once(smsd: GammuSmsd) -> None:
    channel = open_channel(f"gammu:{NUMBER}", with_modem(smsd))
    assert channel.once
    assert channel.kind in ONCE
    for _ in range(2):
        channel.tell(MESSAGE)
    assert len(list((smsd.folder / "outbox").iterdir())) == 1
    smsd.start()
    eventually(lambda: list((smsd.folder / "sent").iterdir()), what=smsd.log())
    assert channel.tell(MESSAGE).said == "lies in the sent folder already"
    assert not list((smsd.folder / "outbox").iterdir())


def test_a_message_that_the_modem_could_not_send_is_sent_by_the_next_attempt(smsd: GammuSmsd) -> None:
    channel = open_channel(f"gammu:{NUMBER}", with_modem(smsd))
    channel.tell(MESSAGE)
    (file,) = (smsd.folder / "outbox").iterdir()
    file.rename(smsd.folder / "error" / file.name)
    channel.tell(MESSAGE)
    assert [path.name for path in (smsd.folder / "outbox").iterdir()] == [file.name]
    assert not list((smsd.folder / "error").iterdir())


def test_folders_that_are_not_there_are_the_modem_s_failure(tmp_path: Path) -> None:
    failed = failure(f"gammu:{NUMBER}", NotificationSettings(modem=ModemSettings(folder=str(tmp_path))))
    assert failed.gateway
    assert "inbox, outbox, sent, error" in str(failed)


@pytest.mark.parametrize("kind", sorted(PHONE_KINDS))
def test_an_address_with_a_number_is_none_without_it(kind: str) -> None:
    assert fault_of(f"{kind}:{NUMBER}") is None
    for wrong in ("", "22370000001", "+223 70", f"//{NUMBER}"):
        fault = fault_of(f"{kind}:{wrong}")
        assert fault is not None
        assert wrong not in fault[0] or not wrong
