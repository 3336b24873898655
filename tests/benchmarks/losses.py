"""What is missing after InfluxDB was down, or the ingester killed: ours and the rivals, all at once on one stream."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import msgspec
import pytest
from paho.mqtt.client import Client

from benchmarks.backlog import publisher
from benchmarks.figure import Amount, Figure, expect
from benchmarks.ingesters import mqtt2influxdb, node_red
from benchmarks.ingesters.influxdb3_front import Influxdb3Front
from benchmarks.ingesters.ingester import Ingester, Places, Running
from benchmarks.ingesters.ours import ours
from benchmarks.large_fleet import large_fleet
from benchmarks.scale import Scale
from benchmarks.stream import DEVICES, Made, Sent, await_listening, begun_ms, prepared, stream_of, watched
from benchmarks.throughput import broker
from servers.influxdb import Influxdb
from servers.process import eventually

_OURS = "coldchain"


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """What happens a quarter into the stream, and is mended after a share of the stream's time."""

    words: str
    lasts: float
    strike: Callable[[Influxdb, Sequence[Running]], None]
    mend: Callable[[Influxdb, Sequence[Running]], None]


def _each(act: Callable[[Running], None]) -> Callable[[Influxdb, Sequence[Running]], None]:
    def act_on_each(_influxdb: Influxdb, running: Sequence[Running]) -> None:
        for one in running:
            act(one)

    return act_on_each


TROUBLES = (
    Trouble(
        words="InfluxDB down for {seconds:.0f} s",
        lasts=0.5,
        strike=lambda influxdb, _: influxdb.server.stop(),
        mend=lambda influxdb, _: influxdb.server.start(),
    ),
    Trouble(
        words="ingester killed, begun anew after {seconds:.0f} s",
        lasts=0.125,
        strike=_each(Running.kill),
        mend=_each(Running.begin_anew),
    ),
)


def measure(scale: Scale, folder: Path) -> Iterator[Figure]:
    """Yield what ours lost beside what each rival did that can be installed here."""
    influxdb = Influxdb(folder / "influxdb")
    influxdb.start()
    with ExitStack() as ending:
        ending.callback(influxdb.server.stop)
        front = Influxdb3Front(influxdb.port)
        ending.callback(front.close)
        rivals = _installed(
            {
                "Node-RED 4.1, batched a second": (node_red.installed, node_red.node_red),
                "mqtt2influxdb 2.0": (
                    mqtt2influxdb.installed,
                    partial(mqtt2influxdb.mqtt2influxdb, front_port=front.port),
                ),
            }
        )
        yield from beside(rivals, scale, folder, influxdb)


def beside(
    rivals: Mapping[str, Made],
    scale: Scale,
    folder: Path,
    influxdb: Influxdb,
    *,
    troubles: Sequence[Trouble] = TROUBLES,
) -> Iterator[Figure]:
    """Yield, for each trouble, what ours lost beside what each of `rivals` did; where ours lost any, no figure."""
    sent = stream_of(round(scale.lossy_s * scale.lossy_rate))

    def of_ours(places: Places) -> Ingester:
        return ours(places, fleet=large_fleet(DEVICES, from_ms=begun_ms(sent)), enrolled_ms=begun_ms(sent))

    for number, trouble in enumerate(troubles):
        made = {_OURS: of_ours, **rivals}
        lost = _lost(made, sent, trouble, influxdb=influxdb, folder=folder / f"trouble-{number}", scale=scale)
        words = trouble.words.format(seconds=trouble.lasts * scale.lossy_s)
        expect(f"readings lost, {words}", found=lost[_OURS], expected=0)
        for name in rivals:
            yield Figure(
                name=f"lost of {len(sent):,} readings at {scale.lossy_rate} a second, {words}",
                ours=Amount(lost[_OURS], "readings"),
                rival=Amount(lost[name], "readings"),
                against=name,
            )


def _installed(rivals: Mapping[str, tuple[Callable[[], object], Made]]) -> dict[str, Made]:
    found = {}
    for name, (installed, made) in rivals.items():
        try:
            installed()
            found[name] = made
        except pytest.skip.Exception as missing:
            sys.stderr.write(f"    {name} is not measured: {missing}\n")
    if not found:
        pytest.skip("no rival can be installed")
    return found


def _lost(
    made: Mapping[str, Made], sent: Sequence[Sent], trouble: Trouble, *, influxdb: Influxdb, folder: Path, scale: Scale
) -> dict[str, int]:
    """Return how many readings of the stream are missing from each one's database once nothing more comes."""
    with ExitStack() as ending:
        port = ending.enter_context(broker(folder)).port
        running = {}
        for number, (name, make) in enumerate(made.items()):
            own = folder / f"ingester-{number}"
            running[name] = Running(make(prepared(folder=own, broker_port=port, influxdb=influxdb)))
            ending.callback(running[name].stop)
            await_listening(running[name].ingester, sent[0])
        ingesters = list(running.values())
        strike_s, lasts_s = scale.lossy_s / 4, trouble.lasts * scale.lossy_s
        due: list[tuple[float, Callable[[], None]]] = [
            (strike_s, partial(trouble.strike, influxdb, ingesters)),
            (strike_s + lasts_s, partial(trouble.mend, influxdb, ingesters)),
        ]
        with publisher(port) as client:
            _stream(client, sent, [one.ingester for one in ingesters], rate=scale.lossy_rate, due=due)
        return {
            name: len(sent) - _settled(one.ingester.places, len(sent), scale.quiet_s) for name, one in running.items()
        }


def _stream(
    client: Client,
    sent: Sequence[Sent],
    ingesters: Sequence[Ingester],
    *,
    rate: int,
    due: list[tuple[float, Callable[[], None]]],
) -> None:
    """Publish every reading for every ingester, so many a second; do what is due at its second."""
    began_s, published = time.monotonic(), []
    for number, (device, pack) in enumerate(sent):
        while due and time.monotonic() - began_s >= due[0][0]:
            due.pop(0)[1]()
        for ingester in ingesters:
            topic, payload = ingester.spelled(device, pack)
            published.append(client.publish(topic, payload, qos=1))
        time.sleep(max(0.0, began_s + number / rate - time.monotonic()))
    eventually(lambda: all(one.is_published() for one in published), within=60, what="the broker took all of them")


def _settled(places: Places, expected: int, quiet_s: float) -> int:
    """Return how many are stored once all are, or nothing has come for a while."""
    return watched(places, before=0, expected=expected, quiet_s=quiet_s)[-1][1]
