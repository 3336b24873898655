"""SMS that people sent, and reports on those they were sent, as gateways post them."""

from flask import Response, abort, request

from coldchain_dashboards.hooks.blueprint import blueprint
from coldchain_dashboards.hooks.letting_in import is_twilio, let_in
from coldchain_dashboards.parts import parts
from coldchain_server.actions import Text
from coldchain_server.fleet.phones import ATALK_SMS
from coldchain_server.gateways import africas_talking, twilio

_LONGEST = 500


@blueprint.post("/sms")
def sms() -> Response:
    """Take one SMS as Africa's Talking (`from`, `text`, `id`) or Twilio (`From`, `Body`, `MessageSid`) posts it.

    400 without sender or text. Whoever is not known is answered nothing. Twilio sends the answer on as the reply; for
    Africa's Talking, which does not, the reply leaves as an SMS of its own.
    """
    let_in()
    of_twilio = is_twilio()
    texted = (twilio if of_twilio else africas_talking).texted(request.form)
    if texted is None:
        abort(400)
    by = ATALK_SMS if not of_twilio and parts().gateways.africas_talking is not None else ""
    text = Text(sender=texted.sender[:_LONGEST], body=texted.body[:_LONGEST], id=texted.id[:_LONGEST], by=by)
    answer = parts().actions.answer_sms(text) or ""
    if of_twilio:
        return Response(twilio.replies(answer), content_type="text/xml")
    return Response(answer, content_type="text/plain; charset=utf-8")


@blueprint.post("/sms/report")
def sms_report() -> tuple[str, int]:
    """Take a delivery report; what is still on its way, or no message of ours, is taken and left at that."""
    let_in()
    reported = (twilio if is_twilio() else africas_talking).reported(request.form)
    if reported is not None:
        parts().actions.report(reported)
    return "", 204
