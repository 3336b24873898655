"""Whom hooks believe: Twilio by its signature, any other gateway by the key in the address it posts to."""

import hmac
from urllib.parse import quote

from flask import abort, request

from coldchain_dashboards.parts import parts
from coldchain_server.gateways import twilio

_OF_TWILIO = ("MessageSid", "CallSid")
_SIGNATURE = "X-Twilio-Signature"


def is_twilio() -> bool:
    """Return whether a request is in Twilio's shape."""
    return any(name in request.form for name in _OF_TWILIO)


def let_in() -> None:
    """End a request of somebody who is not believed: 404 where no gateway is set up, else 403."""
    account = parts().gateways.twilio
    if account is not None and is_twilio():
        wanted = twilio.signature(_asked_address(), request.form.items(multi=True), account.auth_token)
        if not hmac.compare_digest(request.headers.get(_SIGNATURE, "").encode(), wanted.encode()):
            abort(403)
        return
    key = parts().settings.sms_key
    if key is None:
        abort(404)
    if not hmac.compare_digest(request.args.get("key", "").encode(), key.reveal().encode()):
        abort(403)


def address_of(path: str) -> str:
    """Return where the gateway that asks now posts to next: on the pages' public address, with the key it came with."""
    key = request.args.get("key")
    return f"{base()}{path}" + (f"?key={quote(key)}" if key is not None else "")


def _asked_address() -> str:
    query = request.query_string.decode()
    return f"{base()}{quote(request.path)}" + (f"?{query}" if query else "")


def base() -> str:
    """Return the pages' address as gateways know it."""
    return parts().gateways.public_url or request.host_url.rstrip("/")
