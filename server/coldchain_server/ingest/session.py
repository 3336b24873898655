"""The session with the broker: paho-mqtt, driven by whoever calls, acknowledged only by hand."""

import select
import time
from collections.abc import Iterable, Sequence
from typing import Any

import structlog
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from coldchain_contract.clock import Clock
from coldchain_server.errors import BrokerRefused, BrokerUnavailable
from coldchain_server.ingest.arrival import Arrival
from coldchain_server.ingest.buffered_socket import BufferedSocket
from coldchain_server.ingest.hurried_client import ANSWER_SECONDS, hurried_client
from coldchain_server.ingest.settings import IngestSettings
from coldchain_server.ingest.sharing import Filter, Part, part_of

log = structlog.get_logger()

_LULL_SECONDS = 0.005
"""A batch costs a commit and an answer to each device, so it is worth waiting for what is on its way; not for longer:
a broker that has sent all it may before the next acknowledgement sends nothing more."""
_MOST_UNSENT_BYTES = 1024 * 1024


class BrokerSession:
    """A persistent session, used from one thread. Nothing is read from the socket but in `open` and `gather`.

    That is what bounds memory: the broker's own window does not (Mosquitto 2.0 releases a whole further window with
    each acknowledgement). Whatever was not acknowledged when the connection is lost comes again.
    """

    def __init__(
        self, settings: IngestSettings, *, clock: Clock, part: Part | None = None, keeps_session: bool = True
    ) -> None:
        """Listen to what `part` names, by default to all; without `keeps_session`, a kept one ends with `open`."""
        self._settings, self._clock, self._part = settings, clock, part or part_of(1, settings)
        self._client = hurried_client(settings, self._hear, client_id=self._part.client_id, keeps_session=keeps_session)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_disconnect = self._on_disconnect
        self._client.on_socket_open = self._on_socket_open
        self._client.on_socket_close = self._on_socket_close
        self._socket: BufferedSocket | None = None
        self._arrived: list[Arrival] = []
        self._arrived_bytes, self._arriving_ms = 0, 0
        self._refusal = ""
        self.connected = False

    def open(self) -> None:
        """Connect and ask for every topic; messages from before are forgotten.

        `BrokerUnavailable` where the broker does not answer, `BrokerRefused` where it says no.
        """
        self._arrived, self._arrived_bytes, self._refusal = [], 0, ""
        try:
            self._client.connect(self._settings.host, self._settings.port, self._settings.keepalive)
        except (OSError, ValueError) as error:
            raise BrokerUnavailable(f"the broker at {self._where} did not answer: {error}") from error
        deadline = time.monotonic() + ANSWER_SECONDS
        while not self.connected:
            self._turn(0.1)
            if time.monotonic() > deadline:
                raise BrokerUnavailable(f"the broker at {self._where} did not answer within {ANSWER_SECONDS:.0f} s")
        if wanted := [*self._part.filters, *self._part.further]:
            self._client.subscribe(wanted)
        if self._part.left:  # after that, so that nothing falls between the two
            self._client.unsubscribe(list(self._part.left))

    def gather(self, *, wait: bool = True) -> list[Arrival]:
        """Return what has arrived, waiting up to `batch_seconds` for the first message, or not at all.

        Ends with the first lull, and at `batch_messages` or `batch_bytes`. `BrokerUnavailable` where the connection is
        lost and `BrokerRefused` where the server may not listen; what had arrived comes again after the next `open`.
        """
        deadline = time.monotonic() + self._settings.batch_seconds
        wait_s = self._settings.batch_seconds if wait else 0.0
        while self._turn(wait_s) and self._has_room() and (left_s := deadline - time.monotonic()) > 0:
            wait_s = min(left_s, _LULL_SECONDS if self._arrived else left_s) if wait else 0.0
        arrived, self._arrived, self._arrived_bytes = self._arrived, [], 0
        return arrived

    def acknowledge(self, arrivals: Iterable[Arrival]) -> None:
        """Tell the broker that it may forget `arrivals`; they must be durable by now, and have come since `open`."""
        for arrival in arrivals:
            if arrival.qos:
                self._client.ack(arrival.mid, arrival.qos)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Hand one message to the broker, QoS 1; it goes out with the next `send`."""
        self._client.publish(topic, payload, qos=1, retain=retain)

    def send(self) -> None:
        """Send acknowledgements and messages; what the broker does not take now goes out while others are gathered."""
        self._check(self._client.loop_write())
        if self._socket is not None:
            self._flush(self._socket)

    def close(self) -> None:
        """Disconnect; the broker keeps the session and what is meant for it."""
        if self.connected:
            self._leave()

    @property
    def _where(self) -> str:
        return f"{self._settings.host}:{self._settings.port}"

    def _has_room(self) -> bool:
        return len(self._arrived) < self._settings.batch_messages and self._arrived_bytes < self._settings.batch_bytes

    def _turn(self, seconds: float) -> bool:
        """Send what waits, read what has come, and keep the connection alive; False where nothing had come."""
        self.send()
        has_come = self._socket is not None and self._has_come(self._socket, seconds)
        if has_come and self._socket is not None:
            self._read(self._socket)
        self._check(self._client.loop_misc())
        return has_come

    def _has_come(self, connection: BufferedSocket, seconds: float) -> bool:
        """Wait until there is something to read."""
        if connection.pending():
            return True
        # Whoever does not take our acknowledgements is not read from either: what waits is bounded.
        listening = [connection] if connection.unsent < _MOST_UNSENT_BYTES else []
        sending = [connection] if connection.unsent else []
        try:
            readable, writable, _ = select.select(listening, sending, [], seconds)
        except (OSError, ValueError) as error:  # ValueError: it was closed, and has no number any more
            raise self._lost(str(error)) from error
        if writable:
            self._flush(connection)
        return bool(readable)

    def _flush(self, connection: BufferedSocket) -> None:
        try:
            connection.flush()
        except OSError as error:
            raise self._lost(str(error)) from error

    def _read(self, connection: BufferedSocket) -> None:
        """Let paho read packets until the socket's buffer is empty or the batch is full.

        paho reads one packet more at a time for each of the server's own messages that the broker has not
        acknowledged yet.
        """
        self._arriving_ms = self._clock.now_ms()
        self._check(self._client.loop_read())
        while connection.pending() and self._has_room():
            self._check(self._client.loop_read())

    def _check(self, result: MQTTErrorCode) -> None:
        if self._refusal:
            self._leave()
            raise BrokerRefused(
                f"the broker at {self._where} refused {self._settings.username!r}: {self._refusal}; "
                "`coldchain-server enrol --server` lets the server in"
            )
        if result != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise self._lost(result.name)

    def _leave(self) -> None:
        self._client.disconnect()
        self._client.loop_write()  # paho closes the socket once its last packet is written
        self.connected = False

    def _lost(self, why: str) -> BrokerUnavailable:
        self.connected = False
        return BrokerUnavailable(f"the connection to the broker at {self._where} was lost: {why}")

    def _on_connect(
        self, _client: Client, _userdata: Any, _flags: ConnectFlags, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        self.connected = not reason.is_failure
        self._refusal = str(reason) if reason.is_failure else ""

    def _on_subscribe(
        self, _client: Client, _userdata: Any, _mid: int, reasons: list[ReasonCode], _properties: Properties | None
    ) -> None:
        own, further = self._part.filters, self._part.further
        if refused := _refused(own, reasons[: len(own)]):
            self._refusal = f"it may not listen to {', '.join(refused)}"
        if refused := _refused(further, reasons[len(own) :]):
            log.error("the broker lets the server hear less than its sources publish; enrol them", topics=refused)

    def _on_disconnect(
        self,
        _client: Client,
        _userdata: Any,
        _flags: DisconnectFlags,
        _reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self.connected = False

    def _hear(self, message: MQTTMessage) -> None:
        # Only kept: an exception here would end paho's reading, and the message would come again for ever.
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = ""
        payload = bytes(message.payload)
        arrival = Arrival(
            topic=topic,
            payload=payload,
            received_ms=self._arriving_ms,
            retained=message.retain,
            mid=message.mid,
            qos=message.qos,
        )
        self._arrived.append(arrival)
        self._arrived_bytes += len(payload)

    def _on_socket_open(self, _client: Client, _userdata: Any, opened: Any) -> None:
        self._socket = opened

    def _on_socket_close(self, _client: Client, _userdata: Any, _closed: Any) -> None:
        self._socket = None


def _refused(filters: Sequence[Filter], reasons: Sequence[ReasonCode]) -> list[str]:
    return [topic for (topic, _), reason in zip(filters, reasons, strict=False) if reason.is_failure]
