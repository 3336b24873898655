"""A stand-in for Twilio: it takes what its documentation asks for, and refuses anything else.

Resources, parameters, authentication and answers: www.twilio.com/docs, "Messages resource" and "Call resource" of the
API 2010-04-01; the signature of what it posts: "Security", "Validating requests".
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from stand_ins.http import Asked, Refused, Reply
from stand_ins.listening import Listening

ACCOUNT, TOKEN = f"AC{'0a' * 16}", "dear-secret-token"
SENDER, CALLER = "+15005550006", "+15005550007"
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_MESSAGE = {"To", "From", "Body", "StatusCallback"}
_CALL = {"To", "From", "Url", "Method", "StatusCallback", "StatusCallbackEvent", "StatusCallbackMethod", "Timeout"}


class Twilio(Listening):
    """Keeps the messages and calls it took. `refuses` is the code of the error that the next ones meet."""

    def __init__(self) -> None:
        self.messages: list[dict[str, str]] = []
        self.calls: list[dict[str, str]] = []
        self.refuses: int | None = None
        super().__init__()

    def replied(self, asked: Asked) -> Reply:
        try:
            form = self._form(asked)
            if asked.path == f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json":
                return self._take(form, self.messages, allowed=_MESSAGE, wanted={"Body"}, sender=SENDER, prefix="SM")
            if asked.path == f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json":
                return self._take(form, self.calls, allowed=_CALL, wanted={"Url"}, sender=CALLER, prefix="CA")
            raise _refused(404, 20404)
        except Refused as refused:
            return refused.reply

    def _form(self, asked: Asked) -> dict[str, str]:
        if asked.method != "POST":
            raise _refused(405, 20004)
        known = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        if asked.headers.get("authorization") != f"Basic {known}":
            raise _refused(401, 20003)
        if asked.headers.get("content-type") != "application/x-www-form-urlencoded":
            raise _refused(415, 20001)
        return dict(parse_qsl(asked.body.decode(), keep_blank_values=True, strict_parsing=True))

    def _take(
        self,
        form: dict[str, str],
        kept: list[dict[str, str]],
        *,
        allowed: set[str],
        wanted: set[str],
        sender: str,
        prefix: str,
    ) -> Reply:
        if self.refuses is not None:
            raise _refused(400, self.refuses)
        if not {"To", "From"} | wanted <= form.keys() <= allowed:
            raise _refused(400, 20001)
        if not _NUMBER.fullmatch(form["To"]):
            raise _refused(400, 21211)
        if form["From"] != sender:
            raise _refused(400, 21606)
        if not all(form[name].startswith("http") for name in form.keys() & {"Url", "StatusCallback"}):
            raise _refused(400, 21205)
        kept.append(form)
        return Reply(status=201, body={"sid": f"{prefix}{len(kept):032x}", "status": "queued", "to": form["To"]})


def signed(url: str, form: Mapping[str, str], *, token: str = TOKEN) -> dict[str, str]:
    """Return the header with which Twilio posts `form` to `url`."""
    text = url + "".join(f"{name}{form[name]}" for name in sorted(form))
    made = hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()
    return {"X-Twilio-Signature": base64.b64encode(made).decode()}


def _refused(status: int, code: int) -> Refused:
    return Refused(status, {"code": code, "message": "refused", "status": status})
