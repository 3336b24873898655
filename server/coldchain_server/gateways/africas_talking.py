"""What Africa's Talking posts to us, and what it is answered, as its documentation has them.

It signs nothing: the address it posts to is the secret. The answer to an SMS is not sent on.
"""

from collections.abc import Mapping
from xml.etree.ElementTree import Element

from coldchain_server.fleet.phones import ATALK_SMS
from coldchain_server.gateways import xml
from coldchain_server.gateways.events import Called, Report, Reported, Texted
from coldchain_server.gateways.speech import Speech

_REPORTS = {"Success": Report.ARRIVED, "Failed": Report.LOST, "Rejected": Report.LOST}
_WAITS_S = "8"
REJECT = xml.response(xml.element("Reject", {}))
NOTHING = xml.response()


def texted(form: Mapping[str, str]) -> Texted | None:
    """Return the SMS that a form hands over; None where it is none."""
    if not form.get("from") or "text" not in form:
        return None
    return Texted(sender=form["from"], body=form["text"], id=form.get("id", ""))


def reported(form: Mapping[str, str]) -> Reported | None:
    """Return a delivery report; None where the message is still on its way."""
    report = _REPORTS.get(form.get("status", ""))
    if report is None or not form.get("id"):
        return None
    return Reported(
        kinds=frozenset({ATALK_SMS}), reference=form["id"], report=report, why=form.get("failureReason", "")
    )


def called(form: Mapping[str, str]) -> Called | None:
    """Return an event of a call; None where the form is none."""
    if not form.get("sessionId") or "isActive" not in form:
        return None
    ended = form["isActive"] != "1"
    return Called(
        id=form["sessionId"],
        caller=form.get("callerNumber", ""),
        line=form.get("destinationNumber", ""),
        incoming=form.get("direction", "").lower() == "inbound",
        ended=ended,
        answered=ended and form.get("durationInSeconds", "0") not in ("", "0"),
        digits=form.get("dtmfDigits", ""),
        message=form.get("clientRequestId", ""),
    )


def asks(speech: Speech, *, key_to: str) -> str:
    """Return the answer that says something, and takes one key to `key_to`; said again where none is pressed."""
    asked = [xml.element("GetDigits", _keys(key_to), [_said(speech)]) for _ in range(2)]
    return xml.response(*asked)


def says(speech: Speech) -> str:
    """Return the answer that says something and hangs up."""
    return xml.response(_said(speech))


def _keys(key_to: str) -> dict[str, str]:
    return {"numDigits": "1", "timeout": _WAITS_S, "callbackUrl": key_to}


def _said(speech: Speech) -> Element:
    if speech.recording:
        return xml.element("Play", {"url": speech.recording})
    return xml.element("Say", {"voice": "woman"}, text=speech.text)
