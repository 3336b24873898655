"""What is sent next: fresh news first, what piled up behind it, nothing forgotten until the server has stored it."""

import random
from collections import defaultdict
from collections.abc import Callable, Sequence

import structlog

from coldchain_contract.messages import Stored
from coldchain_contract.sequences import Sequences
from coldchain_contract.topics import Kind
from coldchain_device.clock import DeviceClock
from coldchain_device.outbox import Kept, Outbox, Outboxes
from coldchain_device.outbox.outbox import END
from coldchain_device.uplink.connection import Connection
from coldchain_device.uplink.flights import Flights
from coldchain_device.uplink.packing import READINGS_A_PACK, packed

_log = structlog.get_logger()
_LATE_AFTER_MS = 300_000
_KEPT_FOR_LIVE = 2
_MOST_FLIGHTS = 200


class Sender:
    """Sends from the outbox over the connection. One thread only."""

    def __init__(
        self,
        *,
        outboxes: Outboxes,
        connection: Connection,
        clock: DeviceClock,
        in_flight: int,
        confirm_s: float,
        monotonic: Callable[[], float],
        ask_time: Callable[[], None],
    ) -> None:
        self._outboxes, self._connection, self._clock = outboxes, connection, clock
        self._in_flight, self._confirm_s, self._monotonic = in_flight, confirm_s, monotonic
        chance = random.Random()  # noqa: S311 - jitter, no secret
        self._flights = defaultdict[str, Flights](lambda: Flights(confirm_s=confirm_s, chance=chance))
        """By the outbox they are from, whose id may change while it is in use."""
        self._last_report_s = float("-inf")
        self._ask_time, self._time_asked_s = ask_time, float("-inf")
        self._status_sent_uptime_ms: int | None = None

    def reconnected(self) -> None:
        """Report at once on a new connection. paho itself sends again what the broker has not taken, so whatever is
        under way is given its time once more."""
        for flights in self._flights.values():
            flights.grant(self._monotonic())
        self._last_report_s = float("-inf")

    def send(self, *, report_s: int, urgent: bool) -> None:
        """Send whatever is due now, the live readings first."""
        now_s, stamp = self._monotonic(), self._clock.stamp()
        fresh_from = stamp.wall_ms - report_s * 1000 - _LATE_AFTER_MS if stamp.trusted else END
        self._send_again(now_s, fresh_from)
        if urgent or now_s - self._last_report_s >= self._clock.wall_seconds(report_s):
            self._last_report_s = now_s if self._send_live(fresh_from) else self._last_report_s
        self._send_backfill(fresh_from)
        if not stamp.trusted and now_s - self._time_asked_s >= self._confirm_s and not self._any_under_way():
            self._time_asked_s = now_s
            self._ask_time()

    def status_sent(self) -> None:
        """Note that the status has just been sent: the server answers it with its time, and nothing stored."""
        self._status_sent_uptime_ms = self._clock.stamp().uptime_ms

    def stored(self, message: Stored) -> bool:
        """Let the outbox go by what the server says; True where its time was of use to the clock."""
        outbox = self._outboxes.named(message.outbox)
        if outbox is None:
            _log.info("confirmation for another outbox ignored", outbox=message.outbox)
            return False
        stored = Sequences.parse(message.stored) if message.stored else Sequences()
        refused = Sequences.parse(message.refused) if message.refused else Sequences()
        now_ms = self._clock.now_ms()
        outbox.confirm(stored, now_ms=now_ms)
        if refused.ranges:
            outbox.confirm(refused, now_ms=now_ms, refused=message.reason)
            _log.warning("readings refused by the server", sequences=message.refused, why=message.reason)
        sent_uptime_ms = self._flights[message.outbox].settle(stored | refused)
        if not message.stored and not message.refused:
            sent_uptime_ms, self._status_sent_uptime_ms = self._status_sent_uptime_ms, None
        return sent_uptime_ms is not None and self._clock.learn(message.server_time_ms, sent_uptime_ms=sent_uptime_ms)

    def _any_under_way(self) -> bool:
        return any(map(len, self._flights.values()))

    def _send_again(self, now_s: float, fresh_from: int) -> None:
        outboxes = self._outboxes.all()
        for gone in self._flights.keys() - {str(outbox.id) for outbox in outboxes}:
            del self._flights[gone]
        for outbox in outboxes:
            for flight in self._flights[str(outbox.id)].take_due(now_s):
                readings = outbox.readings(flight.sequences)
                fresh = [kept for kept in readings if kept.reading.at_ms >= fresh_from]
                late = [kept for kept in readings if kept.reading.at_ms < fresh_from]
                self._launch(Kind.LIVE, fresh, outbox, attempts=flight.attempts + 1)
                self._launch(Kind.BACKFILL, late, outbox, attempts=flight.attempts + 1)

    def _send_live(self, fresh_from: int) -> bool:
        live = self._outboxes.live
        most = READINGS_A_PACK * self._in_flight
        under_way = self._flights[str(live.id)].sequences()
        return self._launch(Kind.LIVE, live.pending(most, from_ms=fresh_from, but_not=under_way), live)

    def _send_backfill(self, fresh_from: int) -> None:
        """Send what is old, and whatever a salvaged outbox holds: that is not news."""
        for outbox in self._outboxes.all():
            before_ms = fresh_from if outbox is self._outboxes.live else END
            while self._may_send_backfill():
                under_way = self._flights[str(outbox.id)].sequences()
                batch = outbox.pending(READINGS_A_PACK, before_ms=before_ms, but_not=under_way)
                if not self._launch(Kind.BACKFILL, batch, outbox):
                    break

    def _may_send_backfill(self) -> bool:
        flights = self._flights.values()
        return (
            sum(one.in_flight() for one in flights) < self._in_flight - _KEPT_FOR_LIVE + 1
            and sum(map(len, flights)) < _MOST_FLIGHTS
        )

    def _launch(self, kind: Kind, kept: Sequence[Kept], outbox: Outbox, *, attempts: int = 1) -> bool:
        """Send `kept` of `outbox` in as many packs as it takes; False where nothing was sent."""
        sent, flights = False, self._flights[str(outbox.id)]
        for part in packed(kept, outbox.id):
            if part.unsendable:
                _log.error("a reading cannot be sent", sequence=str(part.sequences), why=part.unsendable)
                outbox.confirm(part.sequences, now_ms=self._clock.now_ms(), refused=part.unsendable)
                continue
            uptime_ms = self._clock.stamp().uptime_ms
            if not self._connection.publish(kind, part.payload):
                return sent
            flights.launch(part.sequences, now_s=self._monotonic(), uptime_ms=uptime_ms, attempts=attempts)
            sent = True
        return sent
