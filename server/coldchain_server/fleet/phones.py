"""Phone numbers: addresses that are one, and every number a person is known by."""

import re
from collections.abc import Iterable

from coldchain_server.fleet.model import Contact

MODEM = "gammu"
ATALK_SMS, ATALK_CALL, TWILIO_SMS, TWILIO_CALL = "atalk-sms", "atalk-call", "twilio-sms", "twilio-call"
SMS_KINDS = frozenset({MODEM, ATALK_SMS, TWILIO_SMS})
CALL_KINDS = frozenset({ATALK_CALL, TWILIO_CALL})
PHONE_KINDS = SMS_KINDS | CALL_KINDS
"""Kinds whose address is a phone number; what they are reached by is in the settings, once for all."""
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")


def number_in(address: str) -> str:
    """Return the number that an address such as `gammu:+22370000001` is; empty for any other address."""
    kind, _, number = address.partition(":")
    return number if kind.lower() in PHONE_KINDS and _NUMBER.fullmatch(number) else ""


def number_of(sender: str) -> str:
    """Return a sender's number as the fleet file spells it, `+` and digits, however a network wrote it."""
    digits = "".join(letter for letter in sender if letter.isdecimal())
    return f"+{digits.removeprefix('00')}"


def numbers_of(contact: Contact) -> tuple[str, ...]:
    """Return every number a person is known by, each once: those they text from, and those they are told at."""
    told = map(number_in, contact.channels)
    return tuple(dict.fromkeys(number for number in (contact.phone, *contact.phones, *told) if number))


def known_by(contacts: Iterable[Contact], number: str) -> tuple[Contact, ...]:
    """Return who has a number; several people may share a phone."""
    return tuple(contact for contact in contacts if number in numbers_of(contact))
