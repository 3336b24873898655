"""Africa's Talking: SMS and calls, as its documentation of `/version1/messaging` and of `/call` has them."""

import msgspec

from coldchain_server.fleet.phones import ATALK_CALL, ATALK_SMS
from coldchain_server.gateways.settings import AfricasTalkingSettings
from coldchain_server.notifications.channels.posting import Answered, Poster
from coldchain_server.notifications.channels.protocol import Message, Outcome
from coldchain_server.notifications.errors import ChannelFailed

_TAKEN = frozenset({100, 101, 102})
_NUMBER_REFUSED = frozenset({403, 404, 406, 407, 409})
"""InvalidPhoneNumber, UnsupportedNumberType, UserInBlacklist, CouldNotRoute, DoNotDisturbRejection."""
_ACCOUNT_REFUSED = frozenset({401, 402, 405})
"""RiskHold, InvalidSenderId, InsufficientBalance: they meet whoever is addressed."""
_CALL_TAKEN = "Queued"
_CALL_REFUSED = frozenset({"InvalidPhoneNumber", "DestinationNotSupported"})
_CALL_ACCOUNT_REFUSED = frozenset({"InsufficientBalance"})


class _Recipient(msgspec.Struct, frozen=True):
    statusCode: int
    messageId: str = ""


class _Entry(msgspec.Struct, frozen=True):
    status: str
    sessionId: str = ""


class AfricasTalkingSms:
    """SMS to one number. The service has no name of ours for a message, so one handed over again is sent again."""

    kind, once = ATALK_SMS, False

    def __init__(self, number: str, settings: AfricasTalkingSettings, *, poster: Poster) -> None:
        self._number, self._settings, self._poster = number, settings, poster

    def tell(self, message: Message) -> Outcome:
        form = [
            ("username", self._settings.username),
            ("to", self._number),
            ("message", message.text),
            ("bulkSMSMode", "1"),
        ]
        if self._settings.sender is not None:
            form.append(("from", self._settings.sender))
        answered = self._poster.post(f"{self._settings.api}/version1/messaging", form, headers=_headers(self._settings))
        said = _recipient(answered)
        if said.statusCode in _TAKEN:
            return Outcome(said=f"taken ({said.statusCode})", reference=said.messageId)
        raise ChannelFailed(
            f"{self.kind}: the gateway said {said.statusCode}",
            permanent=said.statusCode in _NUMBER_REFUSED,
            gateway=said.statusCode in _ACCOUNT_REFUSED,
        )


class AfricasTalkingCall:
    """A call to one number. What is said is asked of our pages once somebody answers, by the message's id."""

    kind, once = ATALK_CALL, False

    def __init__(self, number: str, settings: AfricasTalkingSettings, *, poster: Poster) -> None:
        self._number, self._settings, self._poster = number, settings, poster

    def tell(self, message: Message) -> Outcome:
        if self._settings.caller is None:
            raise ChannelFailed(f"{self.kind}: [notifications.africas_talking] has no caller", gateway=True)
        form = [
            ("username", self._settings.username),
            ("from", self._settings.caller),
            ("to", self._number),
            ("clientRequestId", message.id),
        ]
        answered = self._poster.post(f"{self._settings.voice_api}/call", form, headers=_headers(self._settings))
        said = _entry(answered)
        if said.status == _CALL_TAKEN:
            return Outcome(said="the call is queued", reference=said.sessionId)
        known = said.status if said.status in _CALL_REFUSED | _CALL_ACCOUNT_REFUSED else "something else"
        raise ChannelFailed(
            f"{self.kind}: the gateway said {known}",
            permanent=said.status in _CALL_REFUSED,
            gateway=said.status in _CALL_ACCOUNT_REFUSED,
        )


def _headers(settings: AfricasTalkingSettings) -> dict[str, str]:
    return {"apiKey": settings.api_key.reveal()}


def _recipient(answered: Answered) -> _Recipient:
    """Return what was said of the one number; no recipient at all is a refusal of the sender (InvalidSenderId)."""
    data = answered.fields.get("SMSMessageData")
    recipients = data.get("Recipients") if isinstance(data, dict) else None
    if recipients == []:
        return _Recipient(statusCode=402)
    try:
        return msgspec.convert(recipients, tuple[_Recipient, ...])[0]
    except (msgspec.ValidationError, IndexError, TypeError) as error:
        raise ChannelFailed(f"{ATALK_SMS}: the gateway's answer ({answered.status}) cannot be read") from error


def _entry(answered: Answered) -> _Entry:
    try:
        return msgspec.convert(answered.fields.get("entries"), tuple[_Entry, ...])[0]
    except (msgspec.ValidationError, IndexError) as error:
        raise ChannelFailed(f"{ATALK_CALL}: the gateway's answer ({answered.status}) cannot be read") from error
