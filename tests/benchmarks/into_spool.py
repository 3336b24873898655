"""From the broker into the durable spool, against the same session that reads and acknowledges and keeps nothing."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.backlog import wait_in_broker
from benchmarks.figure import Figure
from benchmarks.scale import Scale
from benchmarks.spending import Spent, in_turns, spent
from benchmarks.throughput import Load, broker, loads, through_server
from coldchain_contract.clock import SetClock
from coldchain_contract.topics import Kind
from coldchain_server.ingest.session import BrokerSession
from coldchain_server.ingest.settings import IngestSettings

_LIVE = f"/{Kind.LIVE.value}"  # the broker gives configs it has kept as well


def measure(scale: Scale, folder: Path) -> Iterator[Figure]:
    """Yield readings a second, for each way of sending."""
    with broker(folder) as running:
        for load in loads(scale):
            ours, rival = in_turns(
                partial(through_server, load, port=running.port, folder=folder, only=("ingest",)),
                partial(_kept_nowhere, load, port=running.port),
                runs=scale.runs,
            )
            yield Figure(
                name=f"Mosquitto to durable spool, {load.words}, QoS 1",
                ours=load.rate(ours),
                rival=load.rate(rival),
                against="the same MQTT session, nothing decoded or kept",
                more_is_better=True,
                note=load.cpu(ours),
            )


def _kept_nowhere(load: Load, *, port: int) -> Spent:
    settings = IngestSettings(port=port, client_id="reads-only")
    wait_in_broker(load.messages, settings)
    session = BrokerSession(settings, clock=SetClock(0))

    def drain() -> None:
        session.open()
        left = len(load.messages)
        while left > 0:
            arrived = session.gather()
            session.acknowledge(arrived)
            left -= sum(message.topic.endswith(_LIVE) for message in arrived)

    taken = spent(drain)
    session.close()
    return taken
