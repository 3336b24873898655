"""What Twilio posts to us, how that is signed, and what it is answered, as its documentation has them."""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from xml.etree.ElementTree import Element

from coldchain_contract.settings import Secret
from coldchain_server.fleet.phones import TWILIO_SMS
from coldchain_server.gateways import xml
from coldchain_server.gateways.events import Called, Report, Reported, Texted
from coldchain_server.gateways.speech import Speech

_MESSAGE_REPORTS = {"delivered": Report.ARRIVED, "undelivered": Report.LOST, "failed": Report.LOST}
_ENDED = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
_LANGUAGES = {"fr": "fr-FR", "en": "en-GB"}
_WAITS_S = "8"
REJECT = xml.response(xml.element("Reject", {"reason": "busy"}))
NOTHING = xml.response()


def signature(url: str, fields: Iterable[tuple[str, str]], token: Secret) -> str:
    """Return the `X-Twilio-Signature` of a form posted to `url`, which is the whole address with its query."""
    text = url + "".join(f"{name}{value}" for name, value in sorted(fields))
    made = hmac.new(token.reveal().encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(made).decode()


def texted(form: Mapping[str, str]) -> Texted | None:
    """Return the SMS that a form hands over; None where it is none."""
    if not form.get("From") or "Body" not in form:
        return None
    return Texted(sender=form["From"], body=form["Body"], id=form.get("MessageSid", ""))


def reported(form: Mapping[str, str]) -> Reported | None:
    """Return a delivery report; None where the message is still on its way."""
    report = _MESSAGE_REPORTS.get(form.get("MessageStatus", ""))
    if report is None or not form.get("MessageSid"):
        return None
    code = form.get("ErrorCode", "")
    why = f"code {code}" if code.isdecimal() else ""
    return Reported(kinds=frozenset({TWILIO_SMS}), reference=form["MessageSid"], report=report, why=why)


def called(form: Mapping[str, str]) -> Called | None:
    """Return an event of a call; None where the form is none."""
    if not form.get("CallSid") or "CallStatus" not in form:
        return None
    incoming = form.get("Direction") == "inbound"
    return Called(
        id=form["CallSid"],
        caller=form.get("From", ""),
        line=form.get("To", ""),
        incoming=incoming,
        ended=form["CallStatus"] in _ENDED,
        answered=form["CallStatus"] == "completed",
        digits=form.get("Digits", ""),
    )


def replies(text: str) -> str:
    """Return the answer to an SMS, which Twilio sends on; nothing is answered where `text` is empty."""
    return xml.response(*([xml.element("Message", {}, text=text)] if text else []))


def asks(speech: Speech, *, key_to: str) -> str:
    """Return the answer that says something, and takes one key to `key_to`; said again where none is pressed."""
    keys = {"input": "dtmf", "numDigits": "1", "timeout": _WAITS_S, "action": key_to, "method": "POST"}
    return xml.response(*[xml.element("Gather", keys, [_said(speech)]) for _ in range(2)])


def says(speech: Speech) -> str:
    """Return the answer that says something and hangs up."""
    return xml.response(_said(speech))


def _said(speech: Speech) -> Element:
    if speech.recording:
        return xml.element("Play", {}, text=speech.recording)
    return xml.element("Say", {"language": _LANGUAGES.get(speech.language, "fr-FR")}, text=speech.text)
