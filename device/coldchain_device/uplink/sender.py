"""What is sent next: fresh news first, what piled up behind it, nothing forgotten until the server has stored it."""

import random
from collections.abc import Callable, Sequence

import structlog

from coldchain_contract.messages import Stored
from coldchain_contract.sequences import Sequences
from coldchain_contract.topics import Kind
from coldchain_device.clock import DeviceClock
from coldchain_device.outbox import Kept, Outbox
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
        outbox: Outbox,
        connection: Connection,
        clock: DeviceClock,
        in_flight: int,
        confirm_s: float,
        monotonic: Callable[[], float],
        ask_time: Callable[[], None],
    ) -> None:
        self._outbox, self._connection, self._clock = outbox, connection, clock
        self._in_flight, self._confirm_s, self._monotonic = in_flight, confirm_s, monotonic
        self._flights = Flights(confirm_s=confirm_s, chance=random.Random())  # noqa: S311 - jitter, no secret
        self._last_report_s = float("-inf")
        self._ask_time, self._time_asked_s = ask_time, float("-inf")
        self._status_sent_uptime_ms: int | None = None

    def reconnected(self) -> None:
        """Report at once on a new connection. paho itself sends again what the broker has not taken, so whatever is
        under way is given its time once more."""
        self._flights.grant(self._monotonic())
        self._last_report_s = float("-inf")

    def send(self, *, report_s: int, urgent: bool) -> None:
        """Send whatever is due now, the live readings first."""
        now_s, stamp = self._monotonic(), self._clock.stamp()
        fresh_from = stamp.wall_ms - report_s * 1000 - _LATE_AFTER_MS if stamp.trusted else END
        self._send_again(now_s, fresh_from)
        if urgent or now_s - self._last_report_s >= self._clock.wall_seconds(report_s):
            self._last_report_s = now_s if self._send_live(fresh_from) else self._last_report_s
        self._send_backfill(fresh_from)
        if not stamp.trusted and now_s - self._time_asked_s >= self._confirm_s and not len(self._flights):
            self._time_asked_s = now_s
            self._ask_time()

    def status_sent(self) -> None:
        """Note that the status has just been sent: the server answers it with its time, and nothing stored."""
        self._status_sent_uptime_ms = self._clock.stamp().uptime_ms

    def stored(self, message: Stored) -> bool:
        """Let the outbox go by what the server says; True where its time was of use to the clock."""
        if message.outbox != str(self._outbox.id):
            _log.info("confirmation for another outbox ignored", outbox=message.outbox)
            return False
        stored = Sequences.parse(message.stored) if message.stored else Sequences()
        refused = Sequences.parse(message.refused) if message.refused else Sequences()
        now_ms = self._clock.now_ms()
        self._outbox.confirm(stored, now_ms=now_ms)
        if refused.ranges:
            self._outbox.confirm(refused, now_ms=now_ms, refused=message.reason)
            _log.warning("readings refused by the server", sequences=message.refused, why=message.reason)
        sent_uptime_ms = self._flights.settle(stored | refused)
        if not message.stored and not message.refused:
            sent_uptime_ms, self._status_sent_uptime_ms = self._status_sent_uptime_ms, None
        return sent_uptime_ms is not None and self._clock.learn(message.server_time_ms, sent_uptime_ms=sent_uptime_ms)

    def _send_again(self, now_s: float, fresh_from: int) -> None:
        for flight in self._flights.take_due(now_s):
            readings = self._outbox.readings(flight.sequences)
            fresh = [kept for kept in readings if kept.reading.at_ms >= fresh_from]
            late = [kept for kept in readings if kept.reading.at_ms < fresh_from]
            self._launch(Kind.LIVE, fresh, attempts=flight.attempts + 1)
            self._launch(Kind.BACKFILL, late, attempts=flight.attempts + 1)

    def _send_live(self, fresh_from: int) -> bool:
        most = READINGS_A_PACK * self._in_flight
        under_way = self._flights.sequences()
        live = self._outbox.pending(most, from_ms=fresh_from, but_not=under_way)
        return self._launch(Kind.LIVE, live)

    def _send_backfill(self, fresh_from: int) -> None:
        while self._flights.in_flight() < self._in_flight - _KEPT_FOR_LIVE + 1 and len(self._flights) < _MOST_FLIGHTS:
            under_way = self._flights.sequences()
            batch = self._outbox.pending(READINGS_A_PACK, before_ms=fresh_from, but_not=under_way)
            if not self._launch(Kind.BACKFILL, batch):
                return

    def _launch(self, kind: Kind, kept: Sequence[Kept], *, attempts: int = 1) -> bool:
        """Send `kept` in as many packs as it takes; False where nothing was sent."""
        sent = False
        for part in packed(kept, self._outbox.id):
            if part.unsendable:
                _log.error("a reading cannot be sent", sequence=str(part.sequences), why=part.unsendable)
                self._outbox.confirm(part.sequences, now_ms=self._clock.now_ms(), refused=part.unsendable)
                continue
            uptime_ms = self._clock.stamp().uptime_ms
            if not self._connection.publish(kind, part.payload):
                return sent
            self._flights.launch(part.sequences, now_s=self._monotonic(), uptime_ms=uptime_ms, attempts=attempts)
            sent = True
        return sent
