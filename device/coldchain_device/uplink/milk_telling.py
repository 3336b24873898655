"""What was told of the milk at the box, sent until the server says that it has it."""

from collections.abc import Callable

import msgspec

from coldchain_contract.messages import encode_message
from coldchain_contract.topics import Kind
from coldchain_device.milk.book import MilkBook

_LONGEST_WAIT_S = 3600.0


class _Sent(msgspec.Struct, frozen=True):
    """How often a word was sent, and when it is due again."""

    attempts: int
    due_s: float


class MilkTelling:
    """One thread only. Each word is sent at once, again after twice as long each time, and on every new connection.

    `publish` returns None where there is no connection to send a message on.
    """

    def __init__(
        self,
        book: MilkBook,
        *,
        publish: Callable[[Kind, bytes], object | None],
        confirm_s: float,
        monotonic: Callable[[], float],
    ) -> None:
        self._book, self._publish = book, publish
        self._confirm_s, self._monotonic = confirm_s, monotonic
        self._sent: dict[str, _Sent] = {}

    def reconnected(self) -> None:
        """Have everything sent again: what the last connection took may be lost with it."""
        self._sent.clear()

    def confirmed(self, ids: tuple[str, ...]) -> None:
        """Send no more of what the server has."""
        self._book.confirm(ids)
        for known in ids:
            self._sent.pop(known, None)

    def send(self) -> None:
        """Send what is due now."""
        now_s = self._monotonic()
        for told in self._book.waiting():
            sent, message = self._sent.get(told.id), told.message()
            if message is None or (sent is not None and now_s < sent.due_s):
                continue
            if self._publish(Kind.MILK, encode_message(message)) is None:
                return
            attempts = 1 if sent is None else sent.attempts + 1
            wait_s = min(self._confirm_s * 2 ** (attempts - 1), _LONGEST_WAIT_S)
            self._sent[told.id] = _Sent(attempts=attempts, due_s=now_s + wait_s)
