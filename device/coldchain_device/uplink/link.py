"""A link: one connection to the broker from its beginning to its end. paho-mqtt speaks; nothing outlives the link."""

import errno
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import msgspec
import structlog
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from coldchain_contract.identifiers import DeviceId, SiteId
from coldchain_contract.topics import Kind, Topic
from coldchain_device.settings import MqttSettings
from coldchain_device.uplink.resumption import ResumingContext

_log = structlog.get_logger()
_DOWN = (Kind.CONFIG, Kind.STORED, Kind.REQUEST)
_TURN_S = 1.0
_PROBES, _PROBE_EVERY_S = 4, 15
_SOMEBODY = (errno.ECONNREFUSED, errno.ECONNRESET, errno.EPIPE)


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How a link ended.

    `accepted`: the broker let the device in, for `lasted_s`. `reached`: something answered at the broker's address, so
    the network is there. `refused`: the broker does not want this device. `cut`: the other side ended an accepted
    link, or it was found dead. `idle_s`: how long nothing had come through by then.
    """

    why: str
    accepted: bool = False
    reached: bool = False
    refused: bool = False
    cut: bool = False
    lasted_s: float = 0.0
    idle_s: float = 0.0


class Link:
    """One connection. `run` holds it in the thread that calls; everything else may be called from any thread.

    The session is clean: nothing the server said while nobody listened is delivered late, so the time in a `stored`
    message is never an old one. `probe_s` is after how much silence the kernel probes the path; None: never.
    """

    def __init__(
        self,
        settings: MqttSettings,
        *,
        site: SiteId,
        device: DeviceId,
        tls: ResumingContext | None,
        last_will: bytes,
        probe_s: int | None,
        on_message: Callable[[str, bytes], None],
        on_open: Callable[[], None],
    ) -> None:
        self._settings, self._site, self._device = settings, site, device
        self._tls, self._probe_s = tls, probe_s
        self._on_arrival, self._on_open = on_message, on_open
        self._unanswered: deque[tuple[float, MQTTMessageInfo]] = deque()
        self._opened_s: float | None = None
        self._heard_s = time.monotonic()
        self._dropped, self._closing, self._somebody_said_no = "", False, False
        self._refusal: ReasonCode | None = None
        self._closed = threading.Event()
        self._client = self._new_client(last_will)

    @property
    def connected(self) -> bool:
        return self._opened_s is not None and not self._dropped and not self._closed.is_set()

    def run(self) -> Ended:
        """Connect and hold the link until it ends; never raises."""
        try:
            self._client.connect(self._settings.host, self._settings.port, self._settings.keepalive_s)
            self._hold()
        except Exception as error:  # noqa: BLE001 - whatever a network, a resolver or a certificate does
            self._dropped = self._dropped or str(error) or type(error).__name__
            self._somebody_said_no = _somebody(error)
        finally:
            self._closed.set()
        return self._ended()

    def publish(
        self, kind: Kind, payload: bytes, *, retain: bool = False, fleeting: bool = False
    ) -> Callable[[], bool] | None:
        """Hand one message to the broker, QoS 1, and return what tells whether the broker has it by now; None where
        there is no connection to send it on. A `fleeting` one goes with QoS 0: nobody keeps it for later."""
        if not self.connected:
            return None
        info = self._client.publish(self.topic(kind), payload, qos=0 if fleeting else 1, retain=retain)
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            return None
        if not fleeting:
            self._unanswered.append((time.monotonic(), info))
        return info.is_published

    def close(self, farewell: bytes) -> None:
        """Publish `farewell` as the retained status where there is a connection, and disconnect; at most 2 s."""
        if self.connected:
            told = self._client.publish(self.topic(Kind.STATUS), farewell, qos=1, retain=True)
            if told.rc == MQTTErrorCode.MQTT_ERR_SUCCESS:
                told.wait_for_publish(timeout=2)
        self._closing = True
        self._client.disconnect()

    def drop(self, why: str) -> None:
        """End the link without a word: the broker publishes the last will, if it notices before the next link."""
        self._dropped = self._dropped or why
        sock = self._client.socket()  # not there yet while it is connecting: `_hold` looks again
        if isinstance(sock, socket.socket):
            try:
                # Not SSLSocket.shutdown: it forgets the encryption first, and a write just then would go out in clear.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
            except OSError:
                return

    def topic(self, kind: Kind) -> str:
        return str(Topic(self._site, self._device, kind))

    def _new_client(self, last_will: bytes) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._device,
            clean_session=True,
            protocol=MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
        )
        password = self._settings.password
        client.username_pw_set(self._settings.username or self._device, password.reveal() if password else None)
        if self._tls is not None:
            client.tls_set_context(self._tls)
        client.will_set(self.topic(Kind.STATUS), last_will, qos=1, retain=True)
        client.connect_timeout = self._settings.connect_timeout_s
        client.suppress_exceptions = True  # a callback that raises would end the thread
        client.on_socket_open = self._on_socket
        # Without this paho writes in the thread that publishes while ours reads, and two threads break an SSLSocket.
        client.on_socket_register_write = _written_by_the_loop
        client.on_connect = self._on_connect
        client.on_publish = self._on_publish
        client.on_message = self._on_message
        client.on_disconnect = self._on_disconnect
        return client

    def _hold(self) -> None:
        began_s, status = time.monotonic(), MQTTErrorCode.MQTT_ERR_SUCCESS
        while status == MQTTErrorCode.MQTT_ERR_SUCCESS:
            if self._closing:
                self._client.disconnect()
            elif self._dropped:
                self.drop(self._dropped)
            status = self._client.loop(_TURN_S)
            self._drop_when_dead(began_s)

    def _drop_when_dead(self, began_s: float) -> None:
        """A path that has forgotten the connection swallows what is sent, so what is not answered in time ends it."""
        now_s = time.monotonic()
        while self._unanswered and self._unanswered[0][1].is_published():
            self._unanswered.popleft()
        if self._opened_s is None and self._refusal is None and now_s - began_s > self._settings.connect_timeout_s:
            self.drop("connected, and no broker answers")
        elif self._unanswered and now_s - self._unanswered[0][0] > self._settings.answer_s:
            self.drop("the broker no longer answers")

    def _ended(self) -> Ended:
        now_s, opened_s = time.monotonic(), self._opened_s
        if self._refusal is not None:
            return Ended(why=f"refused: {self._refusal}", reached=True, refused=True)
        if opened_s is None:
            return Ended(
                why=self._dropped or "connection lost before the broker answered", reached=self._somebody_said_no
            )
        dead = bool(self._unanswered) and not self._unanswered[0][1].is_published()
        quiet_until_s = self._unanswered[0][0] if dead else now_s
        return Ended(
            why=self._dropped or "connection lost",
            accepted=True,
            reached=True,
            cut=not self._dropped or dead,
            lasted_s=now_s - opened_s,
            idle_s=max(0.0, quiet_until_s - self._heard_s),
        )

    def _on_socket(self, _client: Client, _userdata: Any, sock: Any) -> None:
        if self._probe_s is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, self._probe_s)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, _PROBE_EVERY_S)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, _PROBES)

    def _on_connect(
        self, client: Client, _userdata: Any, _flags: ConnectFlags, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        if reason.is_failure:
            self._refusal = reason
            return
        # QoS 0 on the way down: a clean session keeps nothing for a device that is away, TCP delivers to one that is
        # not, and an acknowledgement of each confirmation would cost as much as the confirmation's text.
        client.subscribe([(self.topic(kind), 0) for kind in _DOWN])
        self._heard_s = self._opened_s = time.monotonic()
        self._on_open()

    def _on_publish(self, *_: Any) -> None:
        self._heard_s = time.monotonic()

    def _on_message(self, client: Client, _userdata: Any, message: MQTTMessage) -> None:
        self._heard_s = time.monotonic()
        if self._tls is not None:
            self._tls.remember(client.socket())  # a ticket comes after the handshake, with the first data
        self._on_arrival(message.topic, bytes(message.payload))

    def _on_disconnect(
        self,
        _client: Client,
        _userdata: Any,
        _flags: DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        _log.debug("link ended", reason=str(reason), dropped=self._dropped)


def _written_by_the_loop(_client: Client, _userdata: Any, _sock: Any) -> None:
    """What is to be written waits for the next turn of the loop, which is woken for it."""


def _somebody(error: Exception) -> bool:
    """Return whether an attempt to connect failed because something at the broker's address said no."""
    if isinstance(error, ssl.SSLError):
        return True
    return isinstance(error, OSError) and error.errno in _SOMEBODY
