"""The smallest server a device can talk to: it hears everything, and says `stored` when it is told to."""

import threading
import time
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from coldchain_contract.messages import Config, Request, Status, Stored, decode_message, encode_message
from coldchain_contract.pack import Pack, decode_pack
from coldchain_contract.topics import ALL, Kind, Topic


class StandInIngest:
    """Subscribes to everything; while `confirming`, each pack is answered as the real ingest answers it. While not
    `telling_time`, a status is not. Its time stands still where it is given."""

    def __init__(self, *, port: int, confirming: bool = True, server_time_ms: int | None = None) -> None:
        self.confirming, self.server_time_ms, self.telling_time = confirming, server_time_ms, True
        self.heard: list[tuple[Topic, bytes, bool]] = []
        self._ready = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="ingest", protocol=MQTTProtocolVersion.MQTTv311)
        self._client.on_connect = lambda client, *_: client.subscribe(ALL, 1)
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.on_message = self._on_message
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        assert self._ready.wait(10)

    def now_ms(self) -> int:
        return round(time.time() * 1000) if self.server_time_ms is None else self.server_time_ms

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def of(self, *kinds: Kind) -> list[bytes]:
        return [payload for topic, payload, _ in self.heard if topic.kind in kinds]

    def packs(self, *kinds: Kind) -> list[Pack]:
        return [decode_pack(payload) for payload in self.of(*(kinds or (Kind.LIVE, Kind.BACKFILL)))]

    def dated_packs(self) -> list[Pack]:
        return [pack for pack in self.packs() if not pack.relative]

    def sequences(self, *kinds: Kind) -> list[int]:
        return [number for pack in self.packs(*kinds) for number in pack.sequences]

    def say(self, topic: Topic, message: Config | Request | Stored | bytes, *, retain: bool = False) -> None:
        payload = message if isinstance(message, bytes) else encode_message(message)
        self._client.publish(str(topic), payload, qos=1, retain=retain).wait_for_publish(5)

    def confirm(self, pack: Pack, *, to: Topic, refused: str = "", reason: str = "") -> None:
        message = Stored(
            outbox=str(pack.outbox),
            server_time_ms=self.now_ms(),
            stored="" if refused else str(pack.sequences),
            refused=refused,
            reason=reason,
        )
        self._client.publish(str(Topic(to.site, to.device, Kind.STORED)), encode_message(message), qos=1)

    def _tell_time(self, status: Status, *, to: Topic) -> None:
        if status.online:
            answer = Stored(outbox=status.outbox, server_time_ms=self.now_ms(), question=status.question)
            self._client.publish(str(Topic(to.site, to.device, Kind.STORED)), encode_message(answer), qos=1)

    def _on_message(self, _client: Client, _userdata: Any, message: MQTTMessage) -> None:
        topic = Topic.parse(message.topic)
        if not topic.kind.goes_up:
            return
        self.heard.append((topic, bytes(message.payload), message.retain))
        if self.confirming and self.telling_time and topic.kind is Kind.STATUS and not message.retain:
            self._tell_time(decode_message(bytes(message.payload), Status), to=topic)
        if self.confirming and topic.kind in (Kind.LIVE, Kind.BACKFILL):
            pack = decode_pack(bytes(message.payload))
            if not pack.relative:
                self.confirm(pack, to=topic)
