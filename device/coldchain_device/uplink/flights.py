"""Packs under way: sent, not yet confirmed as stored, and when each is to be sent again."""

import random
from collections.abc import Callable

import msgspec

from coldchain_contract.sequences import Sequences

_LONGEST_WAIT_S = 3600.0
_LONGEST_SILENCE_S = 900.0
_ATTEMPTS_THAT_BLOCK = 3
_NEVER = float("inf")


class Flight(msgspec.Struct, frozen=True, kw_only=True):
    """One pack under way; `due_s` (monotonic seconds) is when it is sent again unless confirmed.

    `taken` tells whether the broker has it. What it has, it hands to the server once that is there.
    """

    outbox: str
    sequences: Sequences
    size: int
    taken: Callable[[], bool]
    sent_s: float
    sent_uptime_ms: int
    attempts: int = 1
    due_s: float = _NEVER


class Flights:
    """What is under way, of all outboxes. One thread only.

    The wait for a confirmation doubles with each attempt, ± 20 %, up to an hour. After three attempts a pack no longer
    counts as in flight: one the server never confirms must not hold up the others.

    Where nothing at all is confirmed, the server is away, not the pack: then one pack is sent again as a question, ever
    less often up to every 15 minutes, and the others wait. The first confirmation ends that.
    """

    def __init__(self, *, confirm_s: float, chance: random.Random) -> None:
        self._confirm_s, self._chance = confirm_s, chance
        self._flights: list[Flight] = []
        self._lost: list[Flight] = []
        self._confirmed_s = float("-inf")
        self._unheard = 0

    def __len__(self) -> int:
        return len(self._flights)

    @property
    def unheard(self) -> bool:
        """Whether the server confirms nothing of what is under way."""
        return self._unheard > 0 and bool(self._flights)

    def in_flight(self) -> int:
        """Return how many packs count against the bound."""
        return sum(flight.attempts <= _ATTEMPTS_THAT_BLOCK for flight in self._flights)

    def bytes_in_flight(self) -> int:
        """Return how many bytes of packs count against the bound."""
        return sum(flight.size for flight in self._flights if flight.attempts <= _ATTEMPTS_THAT_BLOCK)

    def sequences(self, outbox: str) -> Sequences:
        """Return every number of `outbox` that is under way."""
        return Sequences.joined(
            spanned for flight in self._flights if flight.outbox == outbox for spanned in flight.sequences.ranges
        )

    def launch(self, flight: Flight) -> None:
        """Note that `flight` was sent; when it is due is for us to say.

        A confirmation may answer the first sending of its readings, so that is the uptime which is kept.
        """
        longest_s = _LONGEST_SILENCE_S if self._unheard else _LONGEST_WAIT_S
        wait_s = min(self._confirm_s * 2 ** min(flight.attempts - 1, 20), max(longest_s, self._confirm_s))
        due_s = flight.sent_s + wait_s * self._chance.uniform(0.8, 1.2)
        earlier = [lost.sent_uptime_ms for lost in self._lost if _concerned(lost, flight.outbox, flight.sequences)]
        sent_uptime_ms = min(earlier, default=flight.sent_uptime_ms)
        self._lost = _rest(self._lost, flight.outbox, flight.sequences)
        self._flights.append(msgspec.structs.replace(flight, due_s=due_s, sent_uptime_ms=sent_uptime_ms))

    def take_due(self, now_s: float) -> list[Flight]:
        """Take out the flights that are to be sent again now."""
        due = [flight for flight in self._flights if flight.due_s <= now_s]
        if due and self._confirmed_s < max(flight.sent_s for flight in due):
            return self._question(max(due, key=lambda flight: flight.sent_s))
        self._flights = [flight for flight in self._flights if flight.due_s > now_s]
        self._lost += due
        return due

    def _question(self, newest: Flight) -> list[Flight]:
        self._unheard += 1
        self._flights = [
            msgspec.structs.replace(flight, due_s=_NEVER) for flight in self._flights if flight is not newest
        ]
        self._lost.append(newest)
        return [newest]

    def settle(self, outbox: str, sequences: Sequences, *, now_s: float) -> int | None:
        """Take out what is confirmed; return the uptime at which the last of the flights concerned was sent, if any."""
        sent = [flight.sent_uptime_ms for flight in self._flights if _concerned(flight, outbox, sequences)]
        self._flights = _rest(self._flights, outbox, sequences)
        self._lost = _rest(self._lost, outbox, sequences)
        if sent:
            self._heard(now_s)
        return max(sent, default=None)

    def _heard(self, now_s: float) -> None:
        self._confirmed_s = now_s
        if self._unheard:
            self._unheard = 0
            self._wait_anew(self._flights, now_s)

    def reconnected(self, now_s: float) -> None:
        """Forget what the last connection did not deliver, so that it is sent anew, the freshest first; what the broker
        has taken is waited for."""
        self._unheard = 0
        self._lost += [flight for flight in self._flights if not flight.taken()]
        self._wait_anew([flight for flight in self._flights if flight.taken()], now_s)

    def keep_only(self, outboxes: frozenset[str]) -> None:
        """Forget what is under way of outboxes that are no longer there."""
        self._flights = [flight for flight in self._flights if flight.outbox in outboxes]
        self._lost = [flight for flight in self._lost if flight.outbox in outboxes]

    def _wait_anew(self, flights: list[Flight], now_s: float) -> None:
        """Let each of `flights` wait for its confirmation from `now_s` on."""
        self._flights = []
        for flight in flights:
            wait_s = self._confirm_s * self._chance.uniform(0.8, 1.2)
            self._flights.append(msgspec.structs.replace(flight, due_s=now_s + wait_s))


def _concerned(flight: Flight, outbox: str, sequences: Sequences) -> bool:
    return flight.outbox == outbox and bool((flight.sequences & sequences).ranges)


def _rest(flights: list[Flight], outbox: str, sequences: Sequences) -> list[Flight]:
    """Return what is left of `flights` once `sequences` of `outbox` are settled."""
    left = []
    for flight in flights:
        rest = flight.sequences - sequences if flight.outbox == outbox else flight.sequences
        if rest.ranges:
            left.append(msgspec.structs.replace(flight, sequences=rest))
    return left
