"""From a reading published to the incident committed and the person told, against the broker alone."""

import inspect
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
from paho.mqtt.client import Client
from sqlalchemy import func, select

from benchmarks.backlog import publisher
from benchmarks.figure import Amount, Figure, expect
from benchmarks.large_fleet import SITE, large_fleet, packs, topic_of
from benchmarks.scale import Scale
from benchmarks.spending import quantile
from benchmarks.throughput import broker
from coldchain_app.app import App
from coldchain_app.demo.enrolling import enrol_all
from coldchain_app.real_clock import RealClock
from coldchain_app.runner import Runner
from coldchain_app.server import STAGES, Server
from coldchain_app.settings import ServerSettings
from coldchain_contract.pack import encode_pack
from coldchain_judgement.limits import Level, Limit, Profile, Side
from coldchain_server.fleet.model import Contact, Fleet, Role
from coldchain_server.ingest.settings import IngestSettings
from coldchain_server.ledger.tables import IncidentRow, NotificationRow
from servers.mosquitto import Mosquitto
from servers.speaker import Speaker

_HOT = Limit(
    name="hot",
    side=Side.ABOVE,
    celsius=10.0,
    inclusive=False,
    for_s=0,
    clear_celsius=9.5,
    clear_for_s=600,
    level=Level.CRITICAL,
    source="a benchmark: one reading is enough, so that no duration is measured",
)
AT_ONCE = Profile(name="at-once", title="At once", source="a benchmark", limits=(_HOT,))
AMINATA = Contact(
    id="aminata", name="Aminata", language="fr", role=Role.COOPERATIVE, sites=(SITE,), channels=("console:",)
)
_IDLE_S: float = inspect.signature(Runner).parameters["idle_s"].default
_LOOK_EVERY_S, _PATIENCE_S, _LONGEST_REST_S = 0.002, 30.0, 0.2


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds from publishing until the incident was committed, and until the message was sent."""

    incident_s: float
    message_s: float


def measure(scale: Scale, folder: Path) -> Iterator[Figure]:
    """Yield median and 99th percentile of as many breaches, each in a cooler of its own."""
    with broker(folder) as running:
        told = _breaches(scale.incidents, running, folder)
        alone = quantile(_broker_alone(scale.incidents, running), 0.5)
    for what, taken, stages in (
        ("incident committed", [one.incident_s for one in told], 2),
        ("message sent", [one.message_s for one in told], 3),
    ):
        longest_s = IngestSettings().batch_seconds + stages * _IDLE_S
        yield Figure(
            name=f"reading published to {what}, median",
            ours=Amount(quantile(taken, 0.5) * 1000, "ms"),
            rival=Amount(alone * 1000, "ms"),
            against="published to heard by another client of the broker, median",
        )
        yield Figure(
            name=f"reading published to {what}, 99th percentile",
            ours=Amount(quantile(taken, 0.99) * 1000, "ms"),
            rival=Amount(longest_s * 1000, "ms"),
            against=f"the longest that ingest gathers and {stages} stages rest, and no work at all",
        )


def _fleet(devices: int) -> Fleet:
    return large_fleet(devices, profile=AT_ONCE, contacts=(AMINATA,))


def _breaches(count: int, running: Mosquitto, folder: Path) -> list[Told]:
    settings = ServerSettings(data=str(folder / "server"), mqtt=IngestSettings(port=running.port))
    app = App(settings, clock=RealClock(), fleet=_fleet(count))
    enrol_all(app.fleet(), sessions=app.sessions(), at_ms=app.clock.now_ms() - 1000)
    server = Server(app, only=STAGES)
    server.start()
    chance = random.Random(7)
    try:
        with publisher(running.port) as device:
            told = [_breach(number, device, app, rest_s=chance.uniform(0, _LONGEST_REST_S)) for number in range(count)]
        expect("incidents", found=_incidents(app), expected=count)
        expect("messages sent", found=_messages(app), expected=count)
    finally:
        server.stop()
    return told


def _breach(number: int, device: Client, app: App, *, rest_s: float) -> Told:
    """Let one cooler be too hot, at a moment that has nothing to do with when the stages look."""
    time.sleep(rest_s)
    pack = next(packs(number, count=1, readings=1, from_ms=app.clock.now_ms(), celsius=30.0))
    began = time.perf_counter()
    device.publish(str(topic_of(number)), encode_pack(pack), qos=1)
    incident_s = _until(lambda: _incidents(app) > number, began, what="no incident was opened")
    message_s = _until(lambda: _messages(app) > number, began, what="nobody was told")
    return Told(incident_s=incident_s, message_s=message_s)


def _until(condition: Callable[[], bool], began: float, *, what: str) -> float:
    """Look every two milliseconds; return how long after `began` it was so."""
    while not condition():
        if time.perf_counter() - began > _PATIENCE_S:
            expect(what, found=0, expected=1)
        time.sleep(_LOOK_EVERY_S)
    return time.perf_counter() - began


def _incidents(app: App) -> int:
    with app.sessions()() as session:
        return session.scalar(select(func.count()).select_from(IncidentRow)) or 0


def _messages(app: App) -> int:
    sent = select(func.count()).select_from(NotificationRow).where(NotificationRow.state == "sent")
    with app.sessions()() as session:
        return session.scalar(sent) or 0


def _broker_alone(count: int, running: Mosquitto) -> list[float]:
    topic = "elsewhere/live"
    with Speaker(running, "listener") as listener, Speaker(running, "speaker") as speaker:
        listener.subscribe(topic)
        taken = []
        for _ in range(count):
            began = time.perf_counter()
            speaker.publish(topic)
            listener.hears()
            taken.append(time.perf_counter() - began)
    return taken
