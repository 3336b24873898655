"""The connection to the broker: paho-mqtt, kept up by itself, its troubles said once."""

import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from typing import Any

import structlog
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from coldchain_contract.errors import BadIdentifier
from coldchain_contract.identifiers import DeviceId, SiteId
from coldchain_contract.topics import Kind, Topic
from coldchain_device.settings import MqttSettings

_log = structlog.get_logger()
_DOWN = (Kind.CONFIG, Kind.STORED, Kind.REQUEST)


class Connection:
    """Connects and reconnects with growing pauses until it is stopped. Methods may be called from any thread.

    The session is clean: nothing the server said while nobody listened is delivered late, so the time in a `stored`
    message is never an old one. The server repeats what matters.
    """

    def __init__(
        self,
        settings: MqttSettings,
        *,
        site: SiteId,
        device: DeviceId,
        last_will: Callable[[], bytes],
        on_change: Callable[[], None],
    ) -> None:
        self._settings, self._site, self._device = settings, site, device
        self._last_will, self._on_change = last_will, on_change
        self._received: SimpleQueue[tuple[Kind, bytes]] = SimpleQueue()
        self._stopping = threading.Event()
        self.trouble = ""
        self.connected, self.connections = False, 0
        self._client = self._new_client()
        self._thread = threading.Thread(target=self._run, name="mqtt", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, farewell: bytes) -> None:
        """Publish `farewell` as the retained status where there is a connection, and disconnect; at most 4 s."""
        self._stopping.set()
        if self.connected:
            told = self._client.publish(self.topic(Kind.STATUS), farewell, qos=1, retain=True)
            if told.rc == MQTTErrorCode.MQTT_ERR_SUCCESS:
                told.wait_for_publish(timeout=2)
        self._client.disconnect()
        if self._thread.is_alive():
            self._thread.join(timeout=2)

    def publish(self, kind: Kind, payload: bytes, *, retain: bool = False) -> bool:
        """Hand one message to the broker, QoS 1; False where there is no connection to do it on."""
        if not self.connected:
            return False
        info = self._client.publish(self.topic(kind), payload, qos=1, retain=retain)
        return info.rc == MQTTErrorCode.MQTT_ERR_SUCCESS

    def received(self) -> Iterator[tuple[Kind, bytes]]:
        """Take what has come in since the last call."""
        while True:
            try:
                yield self._received.get_nowait()
            except Empty:
                return

    def topic(self, kind: Kind) -> str:
        return str(Topic(self._site, self._device, kind))

    def _new_client(self) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._device,
            clean_session=True,
            protocol=MQTTProtocolVersion.MQTTv311,
        )
        password = self._settings.password
        client.username_pw_set(self._settings.username or self._device, password.reveal() if password else None)
        if self._settings.tls:
            client.tls_set(
                ca_certs=str(self._settings.ca_file) if self._settings.ca_file else None, cert_reqs=ssl.CERT_REQUIRED
            )
        client.connect_timeout = self._settings.connect_timeout_s
        client.reconnect_delay_set(1, self._settings.longest_reconnect_s)
        client.suppress_exceptions = True  # a callback that raises would end paho's thread
        client.on_pre_connect = self._before_connecting
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        return client

    def _run(self) -> None:
        """Hold the connection. paho gives up on what is no OSError, such as a host name that cannot be encoded."""
        while not self._stopping.is_set():
            try:
                self._client.connect_async(self._settings.host, self._settings.port, self._settings.keepalive_s)
                self._client.loop_forever(retry_first_connection=True)
            except Exception as error:  # noqa: BLE001 - the uplink must survive whatever a network does
                self._say(f"{type(error).__name__}: {error}")
            self._stopping.wait(0 if self._stopping.is_set() else self._settings.longest_reconnect_s)

    def _say(self, trouble: str) -> None:
        """Log a trouble when it begins or changes, not at each attempt."""
        if trouble != self.trouble and not self._stopping.is_set():
            self.trouble = trouble
            if trouble:
                _log.warning("no connection to the broker", host=self._settings.host, why=trouble)
            else:
                _log.info("connected to the broker", host=self._settings.host)

    def _before_connecting(self, client: Client, _userdata: Any) -> None:
        client.will_set(self.topic(Kind.STATUS), self._last_will(), qos=1, retain=True)

    def _on_connect(
        self,
        client: Client,
        _userdata: Any,
        _flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self._say(f"refused: {reason}")
            return
        client.subscribe([(self.topic(kind), 1) for kind in _DOWN])
        self.connected, self.connections = True, self.connections + 1
        self.trouble = self.trouble or "not connected yet"
        self._say("")
        self._on_change()

    def _on_connect_fail(self, _client: Client, _userdata: Any) -> None:
        self._say(str(sys.exc_info()[1] or "it cannot be reached"))  # paho calls this where it handles the OSError

    def _on_disconnect(
        self,
        _client: Client,
        _userdata: Any,
        _flags: DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        was, self.connected = self.connected, False
        if was or not self.trouble:
            self._say(f"connection lost: {reason}")
        self._on_change()

    def _on_message(self, _client: Client, _userdata: Any, message: MQTTMessage) -> None:
        try:
            self._received.put((Topic.parse(message.topic).kind, bytes(message.payload)))
        except BadIdentifier:
            return
        self._on_change()
