"""Where on our pages gateways post: the paths, said once for who asks a gateway and for who answers it."""

from urllib.parse import quote

PREFIX = "/hooks"
SMS = f"{PREFIX}/sms"
SMS_REPORT = f"{PREFIX}/sms/report"
CALLS = f"{PREFIX}/call"
"""Every event of a call where one address serves a whole number: calls that come in, and Africa's Talking's own."""

CALL_REPORT = f"{CALLS}/report"


def call(message: str) -> str:
    """Return where a gateway asks what to say in the call that tells a message."""
    return f"{CALLS}/{quote(message, safe='')}"


def key(message: str) -> str:
    """Return where a gateway posts which key was pressed in that call."""
    return f"{call(message)}/key"
