"""A backlog in a real broker: what devices have sent while the server was away, waiting in the server's session."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.large_fleet import ENROLLED_MS, packs, topic_of
from coldchain_contract.clock import SetClock
from coldchain_contract.pack import encode_pack
from coldchain_server.ingest.session import BrokerSession
from coldchain_server.ingest.settings import IngestSettings
from servers.mosquitto import Mosquitto
from servers.process import eventually

_IN_FLIGHT = 1000
_QUIET_TURNS = 2

Message = tuple[str, bytes]


def messages(*, devices: int, count: int, readings: int) -> list[Message]:
    """Return `count` live messages of so many readings each, the devices taking turns."""
    each = -(-count // devices)
    by_device = [
        [
            (str(topic_of(device)), encode_pack(pack))
            for pack in packs(device, count=each, readings=readings, from_ms=ENROLLED_MS)
        ]
        for device in range(devices)
    ]
    return [sent[turn] for turn in range(each) for sent in by_device][:count]


def wait_in_broker(sent: Iterable[Message], settings: IngestSettings) -> None:
    """Have the broker keep `sent` for the server's session, every message acknowledged to its sender."""
    session = BrokerSession(settings, clock=SetClock(0))
    session.open()
    for _ in range(_QUIET_TURNS):
        session.acknowledge(session.gather())
    session.close()
    with publisher(settings.port) as client:
        results = [client.publish(topic, payload, qos=1) for topic, payload in sent]
        eventually(lambda: all(result.is_published() for result in results[-_IN_FLIGHT:]), within=60)


@contextmanager
def publisher(port: int) -> Iterator[Client]:
    """Lend a connected client that publishes in a thread of its own."""
    client = Client(CallbackAPIVersion.VERSION2)
    client.max_inflight_messages_set(_IN_FLIGHT)
    client.connect(Mosquitto.host, port)
    client.loop_start()
    try:
        eventually(client.is_connected)
        yield client
    finally:
        client.disconnect()
        client.loop_stop()
