"""Where gateways hand over SMS that people sent: a secret in the address lets them in, the reply is the answer."""

import hmac
from xml.sax.saxutils import escape

from flask import Blueprint, Response, abort, request

from coldchain_dashboards.parts import parts
from coldchain_server.actions import Text

_TWILIO = "MessageSid"
_SENDER, _BODY, _ID = ("from", "From"), ("text", "Body"), ("id", _TWILIO)
_LONGEST = 500

blueprint = Blueprint("hooks", __name__, url_prefix="/hooks")


@blueprint.post("/sms")
def sms() -> Response:
    """Take one SMS as Africa's Talking (`from`, `text`, `id`) or Twilio (`From`, `Body`, `MessageSid`) posts it.

    404 where no key is set, 403 for another key, 400 without sender or text. Whoever is not known is answered nothing.
    """
    key = parts().settings.sms_key
    if key is None:
        abort(404)
    if not hmac.compare_digest(request.args.get("key", "").encode(), key.reveal().encode()):
        abort(403)
    sender, body, name = (_field(names) for names in (_SENDER, _BODY, _ID))
    if not sender or body is None:
        abort(400)
    answer = parts().actions.answer_sms(Text(sender=sender, body=body, id=name or "")) or ""
    if _TWILIO not in request.form:
        return Response(answer, content_type="text/plain; charset=utf-8")
    said = f"<Message>{escape(answer)}</Message>" if answer else ""
    return Response(f'<?xml version="1.0" encoding="UTF-8"?><Response>{said}</Response>', content_type="text/xml")


def _field(names: tuple[str, ...]) -> str | None:
    return next((request.form[name][:_LONGEST] for name in names if name in request.form), None)
