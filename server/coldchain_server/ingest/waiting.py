"""Messages that have come and are not durable yet: what was just taken goes first, what piled up follows in slices."""

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice

import msgspec

from coldchain_contract.topics import Kind
from coldchain_server.ingest.arrival import Arrival

_BACKFILL = f"/{Kind.BACKFILL.value}"
_BACKFILL_AT_ONCE = 25
"""Packs of 200 readings: some twentieth of a second, for which news that comes meanwhile has to wait."""


class Waiting:
    """In memory only, so nothing of it is acknowledged before it is durable. One thread only.

    The broker is told in the order in which messages came, as MQTT has it (3.1.1, §4.6): news that overtook backlog is
    acknowledged after that.
    """

    def __init__(self) -> None:
        self._in_order: deque[Arrival] = deque()
        self._news: deque[Arrival] = deque()
        self._backlog: deque[Arrival] = deque()
        self._durable: set[int] = set()
        self._taken_from, self._taken = self._news, 0
        self.bytes = 0

    def __len__(self) -> int:
        """Return how many messages are held: those not durable yet, and those not acknowledged yet."""
        return len(self._in_order)

    def add(self, arrivals: Sequence[Arrival]) -> None:
        self._in_order.extend(arrivals)
        for arrival in arrivals:
            self.bytes += len(arrival.payload)
            (self._backlog if arrival.topic.endswith(_BACKFILL) else self._news).append(arrival)

    def next(self) -> list[Arrival]:
        """Return what is to become durable next: all the news there is, else a slice of the backlog."""
        self._taken_from = self._news or self._backlog
        self._taken = len(self._news) or min(len(self._backlog), _BACKFILL_AT_ONCE)
        return list(islice(self._taken_from, self._taken))

    def done(self) -> list[Arrival]:
        """Take out what `next` returned, as it is durable now; return what the broker may forget, in its order."""
        if self._taken == len(self._in_order):  # nothing has overtaken anything
            return self._all_done()
        for _ in range(self._taken):
            self._durable.add(id(self._taken_from.popleft()))
        self._taken = 0
        return list(self._acknowledged())

    def unnumber(self) -> None:
        """Have none of them acknowledged: the connection they came by is lost, and another counts anew.

        What the broker still has comes again; a broker that has lost it does not send it again, so it is kept here.
        """
        kept = [arrival for arrival in self._in_order if id(arrival) not in self._durable]
        for held in (self._in_order, self._news, self._backlog, self._durable):
            held.clear()
        self._taken, self.bytes = 0, 0
        self.add([msgspec.structs.replace(arrival, mid=0, qos=0) for arrival in kept])

    def _all_done(self) -> list[Arrival]:
        done = list(self._in_order)
        self._in_order.clear()
        self._taken_from.clear()
        self._taken, self.bytes = 0, 0
        return done

    def _acknowledged(self) -> Iterator[Arrival]:
        while self._in_order and id(self._in_order[0]) in self._durable:
            arrival = self._in_order.popleft()
            self._durable.discard(id(arrival))
            self.bytes -= len(arrival.payload)
            yield arrival
