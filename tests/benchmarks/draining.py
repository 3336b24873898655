"""`python -m benchmarks.draining PORT DEVICES PACKS FROM_MS`: devices that send what piled up while they were cut off.

Each has as many packs under way as a real one, and sends the next when the server has confirmed one. Packs are made
before it says "ready"; it begins when it is told to, and says "drained" when all is confirmed.
"""

import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.large_fleet import SITE, packs, topic_of
from coldchain_contract.messages import Stored, decode_message
from coldchain_contract.pack import encode_pack
from coldchain_contract.sequences import Sequences
from coldchain_contract.topics import Kind, Topic
from coldchain_device.settings import MqttSettings
from coldchain_device.uplink.packing import READINGS_A_PACK

_HOST = "127.0.0.1"
_TESTS = Path(__file__).parents[1]
_UNDER_WAY = MqttSettings(host=_HOST).in_flight - 1  # a device keeps a place for what it has just taken
_READY, _DRAINED = "ready", "drained"


class Backlog:
    """What one device has to send, oldest first, and which of its packs are under way."""

    def __init__(self, device: int, *, count: int, from_ms: int) -> None:
        live = topic_of(device)
        self.topic = str(Topic(live.site, live.device, Kind.BACKFILL))
        made = packs(device, count=count, readings=READINGS_A_PACK, from_ms=from_ms)
        self._waiting = deque(enumerate(map(encode_pack, made)))
        self._under_way: set[int] = set()

    @property
    def drained(self) -> bool:
        return not self._waiting and not self._under_way

    def next(self) -> Iterator[bytes]:
        """Yield what may be sent now; it is under way from then on."""
        while self._waiting and len(self._under_way) < _UNDER_WAY:
            number, payload = self._waiting.popleft()
            self._under_way.add(number)
            yield payload

    def confirm(self, stored: Sequences) -> None:
        for first, last in stored.ranges:
            self._under_way.difference_update(range((first - 1) // READINGS_A_PACK, (last - 1) // READINGS_A_PACK + 1))


class Draining:
    """Those devices in a process of their own."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def begin(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()

    @property
    def goes_on(self) -> bool:
        return self._process.poll() is None

    def await_drained(self, *, within_s: float) -> bool:
        """Return whether everything was confirmed in time."""
        return self._process.wait(within_s) == 0


@contextmanager
def draining(port: int, *, devices: int, packs_each: int, from_ms: int) -> Iterator[Draining]:
    """Lend devices that have made their packs and wait to be told to begin."""
    command = [sys.executable, "-m", "benchmarks.draining", *map(str, (port, devices, packs_each, from_ms))]
    with subprocess.Popen(command, cwd=_TESTS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            if process.stdout.readline().strip() != _READY:
                raise RuntimeError("the devices that drain did not start")
            yield Draining(process)
        finally:
            process.kill()


def _drain(port: int, backlogs: dict[str, Backlog]) -> None:
    client = Client(CallbackAPIVersion.VERSION2)
    client.max_inflight_messages_set(len(backlogs) * _UNDER_WAY)

    def send(backlog: Backlog) -> None:
        for payload in backlog.next():
            client.publish(backlog.topic, payload, qos=1)

    def confirmed(_client: Client, _userdata: Any, message: MQTTMessage) -> None:
        backlog = backlogs[Topic.parse(message.topic).device]
        stored = decode_message(bytes(message.payload), Stored).stored
        backlog.confirm(Sequences.parse(stored) if stored else Sequences())
        send(backlog)
        if all(one.drained for one in backlogs.values()):
            client.disconnect()

    def subscribe(*_: object) -> None:
        client.subscribe(f"coldchain/v1/{SITE}/+/{Kind.STORED.value}", qos=1)

    def begin(*_: object) -> None:
        for backlog in backlogs.values():
            send(backlog)

    client.on_message = confirmed
    client.on_subscribe = begin
    client.on_connect = subscribe
    client.connect(_HOST, port)
    client.loop_forever()


if __name__ == "__main__":
    port, devices, count, from_ms = map(int, sys.argv[1:])
    backlogs = {f"{topic_of(one).device}": Backlog(one, count=count, from_ms=from_ms) for one in range(devices)}
    sys.stdout.write(f"{_READY}\n")
    sys.stdout.flush()
    sys.stdin.read()
    _drain(port, backlogs)
