"""Packs under way: sent, not yet confirmed as stored, and when each is to be sent again."""

import random

import msgspec

from coldchain_contract.sequences import Sequences

_LONGEST_WAIT_S = 3600.0
_ATTEMPTS_THAT_BLOCK = 3


class Flight(msgspec.Struct, frozen=True, kw_only=True):
    """One pack under way; `due_s` (monotonic seconds) is when it is sent again unless confirmed."""

    sequences: Sequences
    attempts: int
    due_s: float
    sent_uptime_ms: int


class Flights:
    """What is under way. One thread only.

    The wait doubles with each attempt, ± 20 %, up to an hour. After three attempts a pack no longer counts as in
    flight: one the server never confirms must not hold up the others.
    """

    def __init__(self, *, confirm_s: float, chance: random.Random) -> None:
        self._confirm_s, self._chance = confirm_s, chance
        self._flights: list[Flight] = []

    def __len__(self) -> int:
        return len(self._flights)

    def in_flight(self) -> int:
        """Return how many packs count against the bound."""
        return sum(flight.attempts <= _ATTEMPTS_THAT_BLOCK for flight in self._flights)

    def sequences(self) -> Sequences:
        """Return every number that is under way."""
        together = Sequences()
        for flight in self._flights:
            together |= flight.sequences
        return together

    def launch(self, sequences: Sequences, *, now_s: float, uptime_ms: int, attempts: int = 1) -> None:
        """Note that `sequences` were sent now."""
        wait = min(self._confirm_s * 2 ** (attempts - 1), max(_LONGEST_WAIT_S, self._confirm_s))
        due = now_s + wait * self._chance.uniform(0.8, 1.2)
        self._flights.append(Flight(sequences=sequences, attempts=attempts, due_s=due, sent_uptime_ms=uptime_ms))

    def take_due(self, now_s: float) -> list[Flight]:
        """Take out the flights that were not confirmed in time."""
        due = [flight for flight in self._flights if flight.due_s <= now_s]
        self._flights = [flight for flight in self._flights if flight.due_s > now_s]
        return due

    def settle(self, sequences: Sequences) -> int | None:
        """Take out what is confirmed; return the uptime at which the last of the flights concerned was sent, if any."""
        sent: list[int] = []
        left: list[Flight] = []
        for flight in self._flights:
            rest = flight.sequences - sequences
            if len(rest) < len(flight.sequences):
                sent.append(flight.sent_uptime_ms)
            if rest.ranges:
                left.append(msgspec.structs.replace(flight, sequences=rest))
        self._flights = left
        return max(sent, default=None)

    def grant(self, now_s: float) -> None:
        """Let each flight wait for its confirmation anew from `now_s` on."""
        flights, self._flights = self._flights, []
        for one in flights:
            self.launch(one.sequences, now_s=now_s, uptime_ms=one.sent_uptime_ms, attempts=one.attempts)
