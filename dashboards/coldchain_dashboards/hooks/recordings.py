"""Recordings that gateways play in calls: under addresses that are signed, and hold for an hour."""

from flask import Response, abort, current_app, url_for
from itsdangerous import BadSignature, URLSafeTimedSerializer

from coldchain_dashboards.hooks.blueprint import blueprint
from coldchain_dashboards.hooks.letting_in import base
from coldchain_dashboards.parts import parts
from coldchain_server.queries.speech import Passage

HOLDS_S = 3600


@blueprint.get("/recordings/<token>.wav")
def recording(token: str) -> Response:
    """Return what is said in a call as a WAV file; 404 where the address was not ours, or no longer holds."""
    try:
        message, passage = _signer().loads(token, max_age=HOLDS_S)
    except BadSignature:
        abort(404)
    sound = parts().queries.call_recording(message, Passage(passage))
    if sound is None:
        abort(404)
    return Response(sound, content_type="audio/wav")


def address_of_recording(message: str, passage: Passage) -> str:
    """Return where a gateway fetches a passage of the call that tells a message."""
    token = _signer().dumps([message, passage.value])
    return f"{base()}{url_for('hooks.recording', token=token)}"


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="recording of a call")
