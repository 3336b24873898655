"""Posting a form to a gateway, within timeouts, and telling its failures from those of one number."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import msgspec
from urllib3 import PoolManager, Timeout
from urllib3.exceptions import HTTPError

from coldchain_server.notifications.errors import ChannelFailed

_NOBODY_KNOWN = frozenset({401, 403})
_LONGEST_ANSWER_BYTES = 65_536
_HEADERS = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}

Form = Sequence[tuple[str, str]]


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What a gateway answered: its status, and the fields of a JSON object; none where it sent no such thing."""

    status: int
    fields: Mapping[str, object]


class Poster:
    """Posts forms for channels of one kind. Any thread may use it; each post has a connection of its own."""

    def __init__(self, kind: str, *, connect_timeout_s: float, answer_timeout_s: float) -> None:
        self._kind = kind
        self._timeout = Timeout(connect=connect_timeout_s, read=answer_timeout_s)

    def post(self, url: str, form: Form, *, headers: Mapping[str, str]) -> Answered:
        """Post `form` and return the answer, whatever its status but one that refuses us.

        `ChannelFailed` where the gateway was not reached, does not know us, or has too much to do.
        """
        try:
            with PoolManager(timeout=self._timeout, retries=False) as pool:
                reply = pool.request(
                    "POST",
                    url,
                    body=urlencode(list(form)),
                    headers={**headers, **_HEADERS},
                    preload_content=False,
                    redirect=False,
                )
                body = reply.read(_LONGEST_ANSWER_BYTES)
                reply.release_conn()
        except (HTTPError, OSError) as error:
            raise ChannelFailed(f"{self._kind}: the gateway was not reached ({type(error).__name__})") from error
        if reply.status in _NOBODY_KNOWN:
            raise ChannelFailed(
                f"{self._kind}: the gateway refuses the account (it answered {reply.status}); see the settings",
                gateway=True,
            )
        if reply.status == 429 or reply.status >= 500:
            raise ChannelFailed(f"{self._kind}: the gateway answered {reply.status}")
        return Answered(status=reply.status, fields=_object(body))


def _object(body: bytes) -> Mapping[str, object]:
    try:
        return msgspec.json.decode(body, type=dict[str, object])
    except msgspec.MsgspecError:
        return {}
