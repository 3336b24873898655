"""Channels: one file each; adding one is a file and a line here."""

from collections.abc import Callable

from coldchain_server.fleet.addresses import CONSOLE, kind_of
from coldchain_server.fleet.phones import (
    ATALK_CALL,
    ATALK_SMS,
    MODEM,
    PHONE_KINDS,
    TWILIO_CALL,
    TWILIO_SMS,
    number_in,
)
from coldchain_server.notifications.channels.africas_talking import AfricasTalkingCall, AfricasTalkingSms
from coldchain_server.notifications.channels.apprise import AppriseChannel
from coldchain_server.notifications.channels.console import ConsoleChannel
from coldchain_server.notifications.channels.gammu import GammuChannel
from coldchain_server.notifications.channels.posting import Poster
from coldchain_server.notifications.channels.protocol import Channel, Message, Outcome
from coldchain_server.notifications.channels.twilio import TwilioCall, TwilioSms
from coldchain_server.notifications.errors import ChannelFailed
from coldchain_server.notifications.settings import NotificationSettings

__all__ = ["ONCE", "Channel", "Message", "Outcome", "open_channel", "section_of"]

ONCE = frozenset({MODEM})
"""Kinds of channels that deliver a message once by its id, however often it is handed over."""


def open_channel(address: str, settings: NotificationSettings) -> Channel:
    """Return the channel behind an address of a contact.

    `ChannelFailed` where it is a phone number, and the settings do not say what it is reached by.
    """
    kind = kind_of(address)
    if kind == CONSOLE:
        return ConsoleChannel()
    if kind in PHONE_KINDS:
        return _PHONES[kind](number_in(address), settings)
    return AppriseChannel(
        address, connect_timeout_s=settings.connect_timeout_s, answer_timeout_s=settings.answer_timeout_s
    )


def section_of(kind: str) -> str:
    """Return the section of the settings that channels of a kind need; empty where they need none."""
    sections = {MODEM: "modem", ATALK_SMS: "africas_talking", ATALK_CALL: "africas_talking"}
    return sections.get(kind, "twilio" if kind in PHONE_KINDS else "")


def _modem(number: str, settings: NotificationSettings) -> Channel:
    if settings.modem is None:
        raise _unset(MODEM)
    return GammuChannel(number, settings.modem)


def _atalk_sms(number: str, settings: NotificationSettings) -> Channel:
    if settings.africas_talking is None:
        raise _unset(ATALK_SMS)
    return AfricasTalkingSms(number, settings.africas_talking, poster=_poster(ATALK_SMS, settings))


def _atalk_call(number: str, settings: NotificationSettings) -> Channel:
    if settings.africas_talking is None:
        raise _unset(ATALK_CALL)
    return AfricasTalkingCall(number, settings.africas_talking, poster=_poster(ATALK_CALL, settings))


def _twilio_sms(number: str, settings: NotificationSettings) -> Channel:
    if settings.twilio is None:
        raise _unset(TWILIO_SMS)
    poster = _poster(TWILIO_SMS, settings)
    return TwilioSms(number, settings.twilio, poster=poster, public_url=settings.public_url)


def _twilio_call(number: str, settings: NotificationSettings) -> Channel:
    if settings.twilio is None:
        raise _unset(TWILIO_CALL)
    poster = _poster(TWILIO_CALL, settings)
    return TwilioCall(number, settings.twilio, poster=poster, public_url=settings.public_url)


_PHONES: dict[str, Callable[[str, NotificationSettings], Channel]] = {
    MODEM: _modem,
    ATALK_SMS: _atalk_sms,
    ATALK_CALL: _atalk_call,
    TWILIO_SMS: _twilio_sms,
    TWILIO_CALL: _twilio_call,
}


def _poster(kind: str, settings: NotificationSettings) -> Poster:
    return Poster(kind, connect_timeout_s=settings.connect_timeout_s, answer_timeout_s=settings.answer_timeout_s)


def _unset(kind: str) -> ChannelFailed:
    return ChannelFailed(f"{kind}: the settings have no [notifications.{section_of(kind)}]", gateway=True)
