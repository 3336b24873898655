"""Messages that have come and are not durable yet: what was just taken goes first, what piled up follows in slices."""

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice

import msgspec

from coldchain_contract.topics import Kind
from coldchain_server.ingest.session import Message

_BACKFILL = f"/{Kind.BACKFILL.value}"
_BACKFILL_AT_ONCE = 25
"""Packs of 200 readings: some twentieth of a second, for which news that comes meanwhile has to wait."""


class Came(msgspec.Struct, frozen=True, gc=False):
    """A message and when it came."""

    message: Message
    received_ms: int


class Waiting:
    """In memory only, so nothing of it is acknowledged before it is durable. One thread only.

    The broker is told in the order in which messages came, as MQTT has it (3.1.1, §4.6): news that overtook backlog is
    acknowledged after that.
    """

    def __init__(self) -> None:
        self._in_order: deque[Message] = deque()
        self._news: deque[Came] = deque()
        self._backlog: deque[Came] = deque()
        self._durable: set[int] = set()
        self._taken_from, self._taken = self._news, 0
        self.bytes = 0

    def __len__(self) -> int:
        """Return how many messages are held: those not durable yet, and those not acknowledged yet."""
        return len(self._in_order)

    def add(self, messages: Sequence[Message], *, received_ms: int) -> None:
        self._in_order.extend(messages)
        for message in messages:
            self.bytes += len(message.payload)
            (self._backlog if message.topic.endswith(_BACKFILL) else self._news).append(Came(message, received_ms))

    def next(self) -> list[Came]:
        """Return what is to become durable next: all the news there is, else a slice of the backlog."""
        self._taken_from = self._news or self._backlog
        self._taken = len(self._news) or min(len(self._backlog), _BACKFILL_AT_ONCE)
        return list(islice(self._taken_from, self._taken))

    def done(self) -> list[Message]:
        """Take out what `next` returned, as it is durable now; return what the broker may forget, in its order."""
        for _ in range(self._taken):
            self._durable.add(id(self._taken_from.popleft().message))
        self._taken = 0
        return list(self._acknowledged())

    def _acknowledged(self) -> Iterator[Message]:
        while self._in_order and id(self._in_order[0]) in self._durable:
            message = self._in_order.popleft()
            self._durable.discard(id(message))
            self.bytes -= len(message.payload)
            yield message
