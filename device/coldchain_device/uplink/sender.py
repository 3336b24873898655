"""What is sent next: fresh news first, what piled up behind it, nothing forgotten until the server has stored it."""

import random
from collections.abc import Callable, Sequence

import structlog

from coldchain_contract.messages import Status, Stored
from coldchain_contract.sequences import Sequences
from coldchain_contract.topics import Kind
from coldchain_device.clock import DeviceClock
from coldchain_device.outbox import Kept, Outbox, Outboxes
from coldchain_device.outbox.model import END
from coldchain_device.settings import MqttSettings
from coldchain_device.uplink.asking import TimeAsking
from coldchain_device.uplink.connection import Connection
from coldchain_device.uplink.flights import Flight, Flights
from coldchain_device.uplink.packing import READINGS_A_PACK, Packed, packed
from coldchain_device.uplink.undated import Undated

_log = structlog.get_logger()
_LATE_AFTER_MS = 300_000
_KEPT_FOR_LIVE = 2
_MOST_FLIGHTS = 200
_MOST_UNHEARD = 30
"""Urgent packs that wait in the broker while the server is away. A broker at its defaults keeps a thousand messages for
all devices together; what it drops is sent again."""


class Sender:
    """Sends from the outboxes over the connection. One thread only. `holding`: what has a date waits for the server's
    time."""

    def __init__(
        self,
        settings: MqttSettings,
        *,
        outboxes: Outboxes,
        connection: Connection,
        clock: DeviceClock,
        monotonic: Callable[[], float],
        ask_time: Callable[[], None],
    ) -> None:
        self._settings, self._outboxes, self._connection, self._clock = settings, outboxes, connection, clock
        self._monotonic = monotonic
        self._flights = Flights(confirm_s=settings.confirm_s, chance=random.Random())  # noqa: S311 - jitter, no secret
        self._last_report_s = float("-inf")
        self._undated = Undated(connection)
        self.holding = True
        self._asking = TimeAsking(clock=clock, confirm_s=settings.confirm_s, monotonic=monotonic, ask=ask_time)

    def waits(self) -> bool:
        """Return whether anything was sent that the server has not confirmed."""
        return len(self._flights) > 0

    def reconnected(self) -> None:
        """Report at once on a new connection; what the last one did not deliver is sent anew."""
        self._flights.reconnected(self._monotonic())
        self._last_report_s = float("-inf")

    def send(self, *, report_s: int, urgent: bool) -> None:
        """Send whatever is due now, the live readings first."""
        now_s, stamp = self._monotonic(), self._clock.stamp()
        due = now_s - self._last_report_s >= self._clock.wall_seconds(report_s)
        if not stamp.trusted and (urgent or due):
            fresh_ms = report_s * 1000 + _LATE_AFTER_MS
            self._last_report_s = (
                now_s if self._undated.send(self._outboxes.live, stamp, fresh_ms=fresh_ms) else self._last_report_s
            )
        self.holding = self._asking.holds()
        if self.holding:
            return
        fresh_from = stamp.wall_ms - report_s * 1000 - _LATE_AFTER_MS if stamp.trusted else END
        self._flights.keep_only(frozenset(str(outbox.id) for outbox in self._outboxes.all()))
        self._send_again(now_s, fresh_from)
        if self._may_send_live(urgent, due=due):
            self._last_report_s = now_s if self._send_live(fresh_from) else self._last_report_s
        self._send_backfill(fresh_from)

    def status_sent(self, status: Status) -> None:
        """Note that a status has just been sent: the server answers it with its time."""
        self._asking.asked(status.question)

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
        sent_uptime_ms = self._flights.settle(message.outbox, stored | refused, now_s=self._monotonic())
        if self._asking.is_answered(message.question):
            sent_uptime_ms = max(message.question, sent_uptime_ms or 0)
        return sent_uptime_ms is not None and self._clock.learn(message.server_time_ms, sent_uptime_ms=sent_uptime_ms)

    def _may_send_live(self, urgent: bool, *, due: bool) -> bool:
        """While the server confirms nothing, reports wait; what is urgent goes to the broker, within bounds."""
        if self._flights.unheard:
            return urgent and len(self._flights) < _MOST_UNHEARD
        return urgent or due

    def _send_again(self, now_s: float, fresh_from: int) -> None:
        for flight in self._flights.take_due(now_s):
            outbox = self._outboxes.named(flight.outbox)
            if outbox is not None:
                readings = outbox.readings(flight.sequences)
                fresh = [kept for kept in readings if kept.reading.at_ms >= fresh_from]
                late = [kept for kept in readings if kept.reading.at_ms < fresh_from]
                self._launch(Kind.LIVE, fresh, outbox, attempts=flight.attempts + 1)
                self._launch(Kind.BACKFILL, late, outbox, attempts=flight.attempts + 1)

    def _send_live(self, fresh_from: int) -> bool:
        live = self._outboxes.live
        most = READINGS_A_PACK * self._settings.in_flight
        under_way = self._flights.sequences(str(live.id))
        return self._launch(Kind.LIVE, live.pending(most, from_ms=fresh_from, but_not=under_way), live)

    def _send_backfill(self, fresh_from: int) -> None:
        """Send what is old, and whatever a salvaged outbox holds: that is not news."""
        for outbox in self._outboxes.all():
            before_ms = fresh_from if outbox is self._outboxes.live else END
            while self._may_send_backfill():
                under_way = self._flights.sequences(str(outbox.id))
                batch = outbox.pending(READINGS_A_PACK, before_ms=before_ms, but_not=under_way)
                if not self._launch(Kind.BACKFILL, batch, outbox):
                    break

    def _may_send_backfill(self) -> bool:
        """Bound what fresh news would have to wait behind, in packs and in bytes: on GPRS these take five seconds."""
        return (
            not self._flights.unheard
            and self._flights.in_flight() < self._settings.in_flight - _KEPT_FOR_LIVE + 1
            and self._flights.bytes_in_flight() < self._settings.in_flight_bytes
            and len(self._flights) < _MOST_FLIGHTS
        )

    def _launch(self, kind: Kind, kept: Sequence[Kept], outbox: Outbox, *, attempts: int = 1) -> bool:
        """Send `kept` of `outbox` in as many packs as it takes; False where nothing was sent."""
        sent = False
        for part in packed(kept, outbox.id):
            if part.unsendable:
                _log.error("a reading cannot be sent", sequence=str(part.sequences), why=part.unsendable)
                outbox.confirm(part.sequences, now_ms=self._clock.now_ms(), refused=part.unsendable)
            elif self._publish(kind, part, outbox, attempts):
                sent = True
            else:
                return sent
        return sent

    def _publish(self, kind: Kind, part: Packed, outbox: Outbox, attempts: int) -> bool:
        uptime_ms = self._clock.stamp().uptime_ms
        taken = self._connection.publish(kind, part.payload)
        if taken is None:
            return False
        self._flights.launch(
            Flight(
                outbox=str(outbox.id),
                sequences=part.sequences,
                size=len(part.payload),
                taken=taken,
                sent_s=self._monotonic(),
                sent_uptime_ms=uptime_ms,
                attempts=attempts,
            )
        )
        return True
