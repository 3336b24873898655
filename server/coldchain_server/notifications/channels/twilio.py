"""Twilio: SMS and calls, as its documentation of the Messages and Calls resources (2010-04-01) has them."""

from urllib3.util import make_headers

from coldchain_server.fleet.phones import TWILIO_CALL, TWILIO_SMS
from coldchain_server.gateways import hooks
from coldchain_server.gateways.settings import TwilioSettings
from coldchain_server.notifications.channels.posting import Answered, Form, Poster
from coldchain_server.notifications.channels.protocol import Message, Outcome
from coldchain_server.notifications.errors import ChannelFailed

_NUMBER_REFUSED = frozenset({13224, 21211, 21214, 21217, 21408, 21610, 21612, 21614, 21635})
"""No such number, not a mobile, a landline, a country that is not allowed, somebody who answered STOP."""
_ACCOUNT_REFUSED = frozenset({10001, 20003, 20005, 21210, 21212, 21213, 21603, 21606, 21660})
"""Not signed in, account closed, the sender or caller is not ours: they meet whoever is addressed."""
_RINGS_S = 40


class _Twilio:
    """What SMS and calls share: the account, and how an answer is read."""

    kind: str
    once = False  # Twilio keeps no name of ours for a message

    def __init__(self, number: str, settings: TwilioSettings, *, poster: Poster, public_url: str | None) -> None:
        self._number, self._settings = number, settings
        self._poster, self._public_url = poster, public_url

    def _asked(self, resource: str, form: Form) -> Outcome:
        account = self._settings.account_sid
        answered = self._poster.post(
            f"{self._settings.api}/2010-04-01/Accounts/{account}/{resource}.json",
            form,
            headers=make_headers(basic_auth=f"{account}:{self._settings.auth_token.reveal()}"),
        )
        sid = answered.fields.get("sid")
        if answered.status == 201 and isinstance(sid, str):
            return Outcome(said="taken", reference=sid)
        raise self._failure(answered)

    def _failure(self, answered: Answered) -> ChannelFailed:
        code = answered.fields.get("code")
        said = f"code {code}" if isinstance(code, int) else f"{answered.status}"
        return ChannelFailed(
            f"{self.kind}: the gateway answered {said}",
            permanent=code in _NUMBER_REFUSED,
            gateway=code in _ACCOUNT_REFUSED,
        )


class TwilioSms(_Twilio):
    """SMS to one number. A report of its delivery comes to our pages where their address is set."""

    kind = TWILIO_SMS

    def tell(self, message: Message) -> Outcome:
        if self._settings.sender is None:
            raise ChannelFailed(f"{self.kind}: [notifications.twilio] has no sender", gateway=True)
        form = [("To", self._number), ("From", self._settings.sender), ("Body", message.text)]
        if self._public_url is not None:
            form.append(("StatusCallback", f"{self._public_url}{hooks.SMS_REPORT}"))
        return self._asked("Messages", form)


class TwilioCall(_Twilio):
    """A call to one number. What is said is asked of our pages once somebody answers."""

    kind = TWILIO_CALL

    def tell(self, message: Message) -> Outcome:
        if self._settings.caller is None:
            raise ChannelFailed(f"{self.kind}: [notifications.twilio] has no caller", gateway=True)
        if self._public_url is None:
            raise ChannelFailed(f"{self.kind}: [notifications] has no public_url to ask what to say", gateway=True)
        form = [
            ("To", self._number),
            ("From", self._settings.caller),
            ("Url", f"{self._public_url}{hooks.call(message.id)}"),
            ("Method", "POST"),
            ("StatusCallback", f"{self._public_url}{hooks.CALL_REPORT}"),
            ("StatusCallbackEvent", "completed"),
            ("StatusCallbackMethod", "POST"),
            ("Timeout", str(_RINGS_S)),
        ]
        return self._asked("Calls", form)
