"""The uplink's loop: hear the server, send what is due, say how the device is."""

import threading
import time
from collections import deque
from collections.abc import Callable

import msgspec
import structlog

from coldchain_contract.errors import ContractError
from coldchain_contract.messages import Answer, LocalAlarm, Stored, decode_message, encode_message
from coldchain_contract.topics import Kind
from coldchain_device.clock import DeviceClock
from coldchain_device.errors import OutboxUnavailable
from coldchain_device.health import Health
from coldchain_device.milk.book import MilkBook
from coldchain_device.outbox import Outboxes
from coldchain_device.settings import DeviceSettings
from coldchain_device.uplink.connection import Connection
from coldchain_device.uplink.milk_telling import MilkTelling
from coldchain_device.uplink.sender import Sender
from coldchain_device.uplink.signs import Signs

_log = structlog.get_logger()
_TURN_S = 1.0
_MOST_ALARMS = 100
_SHORTEST_STATUS_S = 1.0  # real; where a run's spans take no time at all, status must not be all there is


class Uplink:
    """Runs in a thread of its own between `start` and `stop`; every other method may be called from any thread.

    `on_order` deals with a `config` or `request` message and may answer it, `on_time` is called when the server's time
    made the clock trusted, `report_s` says the interval of reports as it is now, `on_contested` hears that another box
    uses this device's name, and that it no longer does.
    """

    def __init__(
        self,
        settings: DeviceSettings,
        *,
        outboxes: Outboxes,
        clock: DeviceClock,
        health: Health,
        book: MilkBook,
        report_s: Callable[[], int],
        on_order: Callable[[Kind, bytes], Answer | None],
        on_time: Callable[[], None],
        on_contested: Callable[[bool], None] = lambda _contested: None,
    ) -> None:
        self._clock, self._health, self._status_s = clock, health, settings.status_s
        self._report_s, self._on_order, self._on_time = report_s, on_order, on_time
        self._wake, self._stopping, self._urgent = threading.Event(), threading.Event(), threading.Event()
        self._connection = Connection(
            settings.mqtt,
            site=settings.site,
            device=settings.device,
            last_will=self._farewell,
            on_change=self._wake.set,
            on_contested=on_contested,
            now=clock.certain,
        )
        self._sender = Sender(
            settings.mqtt,
            outboxes=outboxes,
            connection=self._connection,
            clock=clock,
            monotonic=time.monotonic,
            ask_time=self.say_status,
        )
        self._milk = MilkTelling(
            book, publish=self._connection.publish, confirm_s=settings.mqtt.confirm_s, monotonic=time.monotonic
        )
        self._alarms: deque[tuple[LocalAlarm, int]] = deque(maxlen=_MOST_ALARMS)
        """Each with its uptime, by which it is dated when it is told."""
        self._told: deque[tuple[tuple[LocalAlarm, int], Callable[[], bool]]] = deque()
        self._connections = 0
        self._unheard_since_s: float | None = time.monotonic()
        self._status_due_s = 0.0
        self._thread = threading.Thread(target=self._run, name="uplink", daemon=True)

    def start(self) -> None:
        self._connection.start()
        self._thread.start()

    def stop(self) -> None:
        """End the loop, and leave the broker with a status that says offline."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)
        self._connection.stop(self._farewell())

    def wake(self) -> None:
        """Have the loop look at what there is to do now."""
        self._wake.set()

    def send_now(self) -> None:
        """Have everything sent that waits, without waiting for the next report."""
        self._urgent.set()
        self._wake.set()

    def say_status(self) -> None:
        """Have the status sent now, because something in it changed."""
        self._status_due_s = 0.0
        self._wake.set()

    def tell(self, alarm: LocalAlarm) -> None:
        """Have an alarm of the box told; without a network the last hundred wait in memory."""
        self._alarms.append((alarm, self._clock.stamp().uptime_ms))
        self._wake.set()

    def signs(self) -> Signs:
        """Return what is known of the way to the server now."""
        return Signs(
            unheard_since_s=self._unheard_since_s,
            broker_answers=self._connection.connected or self._connection.reached,
        )

    def reconnect(self) -> None:
        """End the connection, if there is one, and make a new one at once."""
        self._connection.renew("the server has not confirmed anything for too long")

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait(_TURN_S)
            self._wake.clear()
            try:
                self.turn()
            except OutboxUnavailable as error:
                _log.error("outbox unavailable", why=error)
                self._stopping.wait(_TURN_S)
            except Exception:  # noqa: BLE001 - logged whole; the next turn must come
                _log.exception("a turn of the uplink failed")
                self._stopping.wait(_TURN_S)

    def turn(self) -> None:
        """Do once what the loop does."""
        for kind, payload in self._connection.received():
            self._hear(kind, payload)
        if self._connection.connections != self._connections:
            self._connections = self._connection.connections
            self._sender.reconnected()
            self._milk.reconnected()
            self._tell_again()
            self._status_due_s = 0.0
        self._connection.tend()
        if self._connection.connected:
            urgent = self._urgent.is_set()
            self._urgent.clear()
            self._sender.send(report_s=self._report_s(), urgent=urgent)
            if not self._sender.holding:
                self._tell_alarms()
                self._milk.send()
            self._say_status_when_due()
        elif self._urgent.is_set():
            self._connection.hurry()
        self._note_silence()

    def _note_silence(self) -> None:
        if self._connection.connected and not self._sender.waits():
            self._unheard_since_s = None
        elif self._unheard_since_s is None:
            self._unheard_since_s = time.monotonic()

    def _hear(self, kind: Kind, payload: bytes) -> None:
        try:
            if kind is Kind.STORED:
                self._unheard_since_s = None
                self._hear_stored(decode_message(payload, Stored))
                return
            answer = self._on_order(kind, payload)
        except ContractError as error:
            _log.warning("message from the server not understood", kind=kind.value, why=error)
            return
        if answer is not None:
            self._connection.publish(Kind.ANSWER, encode_message(answer))

    def _hear_stored(self, stored: Stored) -> None:
        if stored.milk:
            self._milk.confirmed(stored.milk)
        elif self._sender.stored(stored):
            self._on_time()

    def _tell_alarms(self) -> None:
        """Tell each alarm, in order; it is forgotten once the broker has it."""
        while self._told and self._told[0][1]():
            self._told.popleft()
        while self._alarms:
            taken = self._connection.publish(Kind.ALARM, encode_message(self._dated(*self._alarms[0])))
            if taken is None:
                return
            self._told.append((self._alarms.popleft(), taken))

    def _dated(self, alarm: LocalAlarm, uptime_ms: int) -> LocalAlarm:
        now = self._clock.stamp()
        at_ms = max(0, now.wall_ms - (now.uptime_ms - uptime_ms))
        since_ms = None if alarm.since_ms is None else max(0, at_ms - (alarm.at_ms - alarm.since_ms))
        return msgspec.structs.replace(alarm, at_ms=at_ms, since_ms=since_ms)

    def _tell_again(self) -> None:
        """Have told on a new connection what the last one did not deliver."""
        undelivered = [told for told, taken in self._told if not taken()]
        self._told.clear()
        self._alarms.extendleft(reversed(undelivered))

    def _say_status_when_due(self) -> None:
        now_s = time.monotonic()
        if now_s < self._status_due_s:
            return
        status = self._health.status()
        if self._connection.publish(Kind.STATUS, encode_message(status), retain=True):
            self._status_due_s = now_s + max(self._clock.wall_seconds(self._status_s), _SHORTEST_STATUS_S)
            self._sender.status_sent(status)

    def _farewell(self) -> bytes:
        return encode_message(self._health.offline())
