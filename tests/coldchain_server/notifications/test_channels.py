"""The channels, against real servers on loopback: what arrives, and what a failure says."""

import logging
import socket
import time
from email.message import EmailMessage

import pytest
from structlog.testing import capture_logs

from coldchain_server.notifications.channels import Channel, Message, open_channel
from coldchain_server.notifications.errors import ChannelFailed
from coldchain_server.notifications.settings import NotificationSettings
from servers.process import free_port
from servers.smtp import PASSWORD, USER, MailServer
from servers.web_hook import WebHook

MESSAGE = Message(to="Aïchatou", title="coldchain 7-3", text="Frigo 1, Ménaka: trop chaud depuis ce matin 06:10.")


def channel(address: str) -> Channel:
    return open_channel(address, NotificationSettings(connect_timeout_s=0.3, answer_timeout_s=0.3))


def body_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain", "html"))
    assert part is not None
    return str(part.get_content())


def test_the_console_shows_the_message_in_the_log() -> None:
    with capture_logs() as logs:
        assert channel("console:").tell(MESSAGE).said == "shown"
    assert logs == [{"event": "message", "log_level": "info", "to": "Aïchatou", "text": MESSAGE.text}]


def test_an_email_arrives_with_its_title_and_text(mail: MailServer) -> None:
    address = f"mailto://127.0.0.1:{mail.port}?mode=insecure&from=a@example.org&to=b@example.org"
    assert channel(address).tell(MESSAGE).said == "taken"
    (arrived,) = mail.mails
    assert arrived["Subject"] == MESSAGE.title
    assert MESSAGE.text in body_of(arrived)


def test_a_web_hook_is_posted_title_and_text(hook: WebHook) -> None:
    assert channel(hook.url("path")).tell(MESSAGE).said == "taken"
    ((path, body),) = hook.posts
    assert (path, body["title"], body["message"]) == ("path", MESSAGE.title, MESSAGE.text)


def test_a_service_for_short_texts_gets_the_text_alone(hook: WebHook) -> None:
    channel(f"signal://127.0.0.1:{hook.port}/+22370000001/+22370000002").tell(MESSAGE)
    ((_, body),) = hook.posts
    assert body["message"] == MESSAGE.text


def test_a_refusal_says_what_was_answered(hook: WebHook) -> None:
    hook.status = 503
    with pytest.raises(ChannelFailed, match="json: the other side answered 503"):
        channel(hook.url()).tell(MESSAGE)


def test_nobody_there_is_not_reached() -> None:
    with pytest.raises(ChannelFailed, match="json: the other side was not reached"):
        channel(f"json://127.0.0.1:{free_port()}/").tell(MESSAGE)


@pytest.mark.parametrize("scheme", ["json", "mailto"])
def test_a_server_that_never_answers_is_given_up_at_the_timeout(scheme: str) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        query = "?mode=insecure&from=a@example.org&to=b@example.org" if scheme == "mailto" else ""
        started = time.monotonic()
        with pytest.raises(ChannelFailed):
            channel(f"{scheme}://127.0.0.1:{deaf.getsockname()[1]}/{query}").tell(MESSAGE)
        assert time.monotonic() - started < 3  # Apprise's own timeouts are 4 s and more


@pytest.mark.parametrize("address", ["tgram://dear-secret", "nothing://dear-secret", "dear-secret", "json://"])
def test_an_address_that_is_none_fails_as_a_channel_does(address: str) -> None:
    with pytest.raises(ChannelFailed, match="check-config") as caught:
        channel(address).tell(MESSAGE)
    assert "dear-secret" not in str(caught.value)


def test_neither_errors_nor_logs_ever_hold_the_address(hook: WebHook) -> None:
    written: list[str] = []
    everything = logging.Handler()
    everything.emit = lambda record: written.append(f"{record.name}: {record.getMessage()}")  # type: ignore[method-assign]
    logging.getLogger().addHandler(everything)
    hook.status = 401
    for address in (hook.url("secret-path"), f"json://user:dear-secret@127.0.0.1:{free_port()}/secret-path"):
        with pytest.raises(ChannelFailed) as caught:
            channel(address).tell(MESSAGE)
        written.append(str(caught.value))
    logging.getLogger().removeHandler(everything)
    assert not [line for line in written if "secret" in line or line.startswith("apprise")]


def test_an_email_arrives_at_a_server_that_wants_a_password() -> None:
    guarded = MailServer(guarded=True)
    where = f"127.0.0.1:{guarded.port}?mode=insecure&from=a@example.org&to=b@example.org"
    channel(f"mailto://{USER}:{PASSWORD}@{where}").tell(MESSAGE)
    with pytest.raises(ChannelFailed) as caught:
        channel(f"mailto://{USER}:wrong-secret@{where}").tell(MESSAGE)
    guarded.close()
    assert [arrived["To"] for arrived in guarded.mails] == ["b@example.org"]
    assert "secret" not in str(caught.value)


def test_an_email_that_the_server_does_not_take_has_not_been_told(mail: MailServer) -> None:
    mail.refuses = "550 no such user"
    address = f"mailto://127.0.0.1:{mail.port}?mode=insecure&from=a@example.org&to=b@example.org"
    with pytest.raises(ChannelFailed, match="mailto: the other side did not take it"):
        channel(address).tell(MESSAGE)
    assert mail.mails == []
