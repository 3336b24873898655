"""The session with the broker: paho-mqtt, driven by whoever calls, acknowledged only by hand."""

import time
from collections.abc import Iterable, Sequence
from typing import Any

import structlog
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from coldchain_contract.topics import ALL
from coldchain_server.certificates import check_certificate
from coldchain_server.errors import BrokerRefused, BrokerUnavailable
from coldchain_server.ingest.settings import IngestSettings

log = structlog.get_logger()

_ANSWER_SECONDS = 10.0
_MOST_IN_FLIGHT = 1000


class BrokerSession:
    """A persistent session, used from one thread. Nothing is read from the socket but in `open` and `gather`.

    That is what bounds memory: the broker's own window does not (Mosquitto 2.0 releases a whole further window with
    each acknowledgement). Whatever was not acknowledged when the connection is lost comes again.
    """

    def __init__(self, settings: IngestSettings, *, further: Sequence[tuple[str, int]] = ()) -> None:
        """Listen to all of ours, and to each of `further`: a topic and its quality of service."""
        self._settings, self._further = settings, tuple(further)
        self._client = _client(settings)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message
        self._arrived: list[MQTTMessage] = []
        self._arrived_bytes = 0
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
        deadline = time.monotonic() + _ANSWER_SECONDS
        while not self.connected:
            self._turn(0.1)
            if time.monotonic() > deadline:
                raise BrokerUnavailable(f"the broker at {self._where} did not answer within {_ANSWER_SECONDS:.0f} s")
        self._client.subscribe([(ALL, 1), *self._further])

    def gather(self) -> list[MQTTMessage]:
        """Return what has arrived, waiting up to `batch_seconds` for the first message.

        Ends early at `batch_messages` or `batch_bytes`. `BrokerUnavailable` where the connection is lost and
        `BrokerRefused` where the server may not listen; what had arrived comes again after the next `open`.
        """
        deadline = time.monotonic() + self._settings.batch_seconds
        self._turn(0.0 if self._arrived else self._settings.batch_seconds)
        count = -1
        while count < len(self._arrived) < self._settings.batch_messages and time.monotonic() < deadline:
            if self._arrived_bytes >= self._settings.batch_bytes:
                break
            count = len(self._arrived)
            self._turn(0.0)
        arrived, self._arrived, self._arrived_bytes = self._arrived, [], 0
        return arrived

    def acknowledge(self, messages: Iterable[MQTTMessage]) -> None:
        """Tell the broker that it may forget `messages`; they must be durable by now."""
        for message in messages:
            if message.qos:
                self._client.ack(message.mid, message.qos)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Hand one message to the broker, QoS 1; it goes out while the next messages are gathered."""
        self._client.publish(topic, payload, qos=1, retain=retain)

    def close(self) -> None:
        """Disconnect; the broker keeps the session and what is meant for it."""
        if self.connected:
            while self._client.want_write() and self._client.loop_write() == MQTTErrorCode.MQTT_ERR_SUCCESS:
                pass
            self._client.disconnect()

    @property
    def _where(self) -> str:
        return f"{self._settings.host}:{self._settings.port}"

    def _turn(self, seconds: float) -> None:
        """Let paho read a packet, write what waits, and keep the connection alive.

        paho reads one packet more for each of the server's own messages that the broker has not acknowledged yet.
        """
        result = self._client.loop(seconds)
        if self._refusal:
            self._client.disconnect()
            self.connected = False
            raise BrokerRefused(
                f"the broker at {self._where} refused {self._settings.username!r}: {self._refusal}; "
                "`coldchain-server enrol --server` lets the server in"
            )
        if result != MQTTErrorCode.MQTT_ERR_SUCCESS:
            self.connected = False
            raise BrokerUnavailable(f"the connection to the broker at {self._where} was lost: {result.name}")

    def _on_connect(
        self, _client: Client, _userdata: Any, _flags: ConnectFlags, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        self.connected = not reason.is_failure
        self._refusal = str(reason) if reason.is_failure else ""

    def _on_subscribe(
        self, _client: Client, _userdata: Any, _mid: int, reasons: list[ReasonCode], _properties: Properties | None
    ) -> None:
        if reasons[0].is_failure:
            self._refusal = f"it may not listen to {ALL}"
        refused = [topic for (topic, _), reason in zip(self._further, reasons[1:], strict=False) if reason.is_failure]
        if refused:
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

    def _on_message(self, _client: Client, _userdata: Any, message: MQTTMessage) -> None:
        # Only kept: an exception here would end paho's reading, and the message would come again for ever.
        self._arrived.append(message)
        self._arrived_bytes += len(message.payload)


def _client(settings: IngestSettings) -> Client:
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=settings.client_id,
        clean_session=False,
        protocol=MQTTProtocolVersion.MQTTv311,
        manual_ack=True,
    )
    if settings.password is not None:
        client.username_pw_set(settings.username, settings.password.reveal())
    if settings.tls:
        check_certificate(client, settings.ca_file)
    client.connect_timeout = _ANSWER_SECONDS
    client.max_inflight_messages_set(_MOST_IN_FLIGHT)
    return client
