"""A real SMTP server, aiosmtpd, that keeps what it is sent; on request it lets nobody in without a password."""

import email
import email.policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from servers.process import free_port

USER, PASSWORD = "menaka", "dear-secret"


class MailServer:
    """Listens on loopback from construction on; `mails` are those it has taken, oldest first.

    `refuses` is the answer to whoever it is to be sent to, such as `550 no such user`; empty: it takes all.
    """

    def __init__(self, *, guarded: bool = False) -> None:
        self._guarded = guarded
        self.mails: list[EmailMessage] = []
        self.refuses = ""
        self.port = free_port()
        self._controller = Controller(
            self,
            hostname="127.0.0.1",
            port=self.port,
            auth_require_tls=False,
            authenticator=_known,
        )
        self._controller.start()

    async def handle_MAIL(  # the names are aiosmtpd's
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._guarded and not session.authenticated:
            return "530 authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 ok"

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.refuses:
            return self.refuses
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 kept"

    def close(self) -> None:
        self._controller.stop()


def _known(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: object) -> AuthResult:
    known = LoginPassword(login=USER.encode(), password=PASSWORD.encode())
    return AuthResult(success=given == known)
