"""Calls: what is said in those that tell somebody, which key was pressed, and missed calls, which answer for free."""

from flask import Response, abort, request

from coldchain_dashboards.hooks.blueprint import blueprint
from coldchain_dashboards.hooks.letting_in import address_of, is_twilio, let_in
from coldchain_dashboards.hooks.recordings import address_of_recording
from coldchain_dashboards.parts import parts
from coldchain_server.answers.keys import REPEAT
from coldchain_server.fleet.phones import ATALK_SMS, CALL_KINDS, TWILIO_SMS
from coldchain_server.gateways import africas_talking, hooks, twilio
from coldchain_server.gateways.events import Called, Report, Reported
from coldchain_server.gateways.protocol import Gateway
from coldchain_server.gateways.speech import Speech
from coldchain_server.queries.speech import Passage


@blueprint.post("/call")
def call() -> Response:
    """Take an event of a call where one address serves a whole number.

    A call that comes in is rejected unanswered, which costs its caller nothing, and is an answer to what the caller was
    told last. Of a call that we asked for, Africa's Talking asks here what to say.
    """
    let_in()
    event = _event()
    if event.incoming:
        return _missed(event)
    return _of_ours(event.message, event)


@blueprint.post("/call/<message>")
def call_of_message(message: str) -> Response:
    """Say the message, and ask for a key; 404 where there is no such message."""
    let_in()
    return _of_ours(message, _event())


@blueprint.post("/call/<message>/key")
def call_key(message: str) -> Response:
    """Do what the pressed key says and say so; the key for repeating has the message said again.

    So has any other, once it is said that it was not understood.
    """
    let_in()
    return _of_ours(message, _event())


@blueprint.post("/call/report")
def call_report() -> Response:
    """Take how a call went."""
    let_in()
    _report(_event())
    return _answer(_gateway().NOTHING)


def _of_ours(message: str, event: Called) -> Response:
    if event.ended:
        _report(event)
        return _answer(_gateway().NOTHING)
    digits = event.digits.strip("*# ")
    if digits and digits != REPEAT:
        said = parts().actions.answer_key(message, digits, call=event.id)
        if said is not None:
            return _answer(_gateway().says(_spoken(message, Passage.THANKS, said)))
        return _asked(message, Passage.AGAIN)
    return _asked(message, Passage.MESSAGE)


def _asked(message: str, passage: Passage) -> Response:
    speech = parts().queries.call_speech(message)
    sorry = speech.sorry if passage is Passage.AGAIN else ""
    said = _spoken(message, passage, f"{sorry} {speech.text} {speech.menu}".strip())
    return _answer(_gateway().asks(said, key_to=address_of(hooks.key(message))))


def _spoken(message: str, passage: Passage, text: str) -> Speech:
    """Return a passage of a call: recorded where all of the call is, so that one voice speaks throughout."""
    speech = parts().queries.call_speech(message)
    recording = address_of_recording(message, passage) if speech.recorded else ""
    return Speech(text=text, language=speech.language, recording=recording)


def _missed(event: Called) -> Response:
    if event.ended:
        return _answer(_gateway().NOTHING)
    answer = parts().gateways.answer_of(event.line)
    parts().actions.answer_missed_call(event.caller, answer, call=event.id, by=_confirmed_by())
    return _answer(_gateway().REJECT)


def _confirmed_by() -> str:
    """Return the kind of channel by which a missed call is confirmed; empty where that gateway sends no SMS for us."""
    gateways = parts().gateways
    if is_twilio():
        return TWILIO_SMS if gateways.twilio is not None and gateways.twilio.sender is not None else ""
    return ATALK_SMS if gateways.africas_talking is not None else ""


def _report(event: Called) -> None:
    if event.ended:
        report = Report.ARRIVED if event.answered else Report.LOST
        why = "" if event.answered else "nobody answered"
        parts().actions.report(Reported(kinds=CALL_KINDS, reference=event.id, report=report, why=why))


def _event() -> Called:
    event = _gateway().called(request.form)
    if event is None:
        abort(400)
    return event


def _gateway() -> Gateway:
    return twilio if is_twilio() else africas_talking


def _answer(text: str) -> Response:
    return Response(text, content_type="text/xml")
