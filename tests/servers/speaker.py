"""A client of a real broker that says what it was answered, and waits for nothing longer than five seconds."""

import queue

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from coldchain_contract.settings import Secret
from servers.mosquitto import Mosquitto

V311, V5 = MQTTProtocolVersion.MQTTv311, MQTTProtocolVersion.MQTTv5


class Speaker:
    """One connection, QoS 1 throughout."""

    def __init__(
        self,
        broker: Mosquitto,
        username: str | None = None,
        password: Secret | str | None = None,
        *,
        client_id: str | None = None,
        protocol: MQTTProtocolVersion = V311,
    ) -> None:
        self.heard: queue.SimpleQueue[tuple[str, bytes]] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[ReasonCode] = queue.SimpleQueue()
        name = client_id if client_id is not None else username or ""
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id=name, protocol=protocol, reconnect_on_failure=False
        )
        self._client.on_connect = lambda _c, _u, _f, reason, _p: self._answers.put(reason)
        self._client.on_subscribe = lambda _c, _u, _m, reasons, _p: self._answers.put(reasons[0])
        self._client.on_publish = lambda _c, _u, _m, reason, _p: self._answers.put(reason)
        self._client.on_message = self._hear
        self._gone: queue.SimpleQueue[ReasonCode] = queue.SimpleQueue()
        self._client.on_disconnect = lambda _c, _u, _f, reason, _p: self._gone.put(reason)
        if username:
            self._client.username_pw_set(username, password.reveal() if isinstance(password, Secret) else password)
        self._client.connect(broker.host, broker.port)
        self._client.loop_start()
        self.connected = self._answers.get(timeout=5)

    def publish(self, topic: str, payload: bytes = b"x", *, retain: bool = False) -> ReasonCode:
        self._client.publish(topic, payload, qos=1, retain=retain)
        return self._answers.get(timeout=5)

    def subscribe(self, topic: str) -> ReasonCode:
        self._client.subscribe(topic, qos=1)
        return self._answers.get(timeout=5)

    def hears(self) -> tuple[str, bytes]:
        return self.heard.get(timeout=5)

    def is_cut_off(self) -> bool:
        return self._gone.get(timeout=5).is_failure

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _hear(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        self.heard.put((message.topic, bytes(message.payload)))

    def __enter__(self) -> "Speaker":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
