"""A backlog through the server, timed: the same messages into the spool alone, or on into a store."""

import itertools
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from benchmarks.backlog import Message, messages, wait_in_broker
from benchmarks.figure import Amount, expect
from benchmarks.large_fleet import ENROLLED_MS, MINUTE_MS, PROBES_A_DEVICE, large_fleet
from benchmarks.scale import Scale
from benchmarks.spending import Spent, spent
from coldchain_app.app import App
from coldchain_app.demo.enrolling import enrol_all
from coldchain_app.interpreter import settled
from coldchain_app.server import Server
from coldchain_app.settings import ServerSettings
from coldchain_contract.clock import SetClock
from coldchain_contract.pack import decode_pack
from coldchain_server.ingest.settings import IngestSettings
from coldchain_server.store.protocol import Point
from coldchain_server.store.settings import StoreSettings
from coldchain_server.store.totals import stored_totals
from coldchain_server.writing.stage import BATCH_READINGS
from servers.mosquitto import Mosquitto
from servers.process import eventually

DEVICES = 50
_PATIENCE_S = 60.0
_numbers = itertools.count(1)


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """The messages of one run, and how many readings each of them holds."""

    words: str
    messages: list[Message]
    readings_each: int

    @property
    def readings(self) -> int:
        return len(self.messages) * self.readings_each

    @property
    def now_ms(self) -> int:
        """An instant just after the last reading."""
        most = -(-len(self.messages) // DEVICES) * self.readings_each
        return ENROLLED_MS + (most // PROBES_A_DEVICE + 1) * MINUTE_MS

    def points(self) -> list[Point]:
        """Return what a store is to hold in the end."""
        decoded = [decode_pack(payload) for _, payload in self.messages]
        return [
            Point(reading=reading, sequence=number, outbox=pack.outbox)
            for pack in decoded
            for number, reading in zip(pack.sequences, pack.readings, strict=True)
        ]

    def rate(self, one: Spent) -> Amount:
        return Amount(self.readings / one.wall_s, "readings/s")

    def cpu(self, one: Spent) -> str:
        """Say what the server's process spent of the CPU on 100,000 readings."""
        return f"{one.cpu_s * 100_000 / self.readings:.2f} s CPU of the process per 100,000 readings"


def loads(scale: Scale) -> tuple[Load, ...]:
    """Return the two ways of sending: each reading alone, and packs of sixty."""
    return (
        Load(
            words="single readings",
            messages=messages(devices=DEVICES, count=scale.single_messages, readings=1),
            readings_each=1,
        ),
        full_packs(scale),
    )


def full_packs(scale: Scale) -> Load:
    """Return packs of sixty: what a device sends after an hour, and in a backlog."""
    return Load(
        words="packs of 60",
        messages=messages(devices=DEVICES, count=scale.full_packs, readings=60),
        readings_each=60,
    )


@contextmanager
def broker(folder: Path) -> Iterator[Mosquitto]:
    """Lend a real Mosquitto."""
    running = Mosquitto(folder / "mosquitto")
    running.server.start()
    try:
        yield running
    finally:
        running.server.stop()


def through_server(
    load: Load, *, port: int, folder: Path, only: Collection[str], store: StoreSettings | None = None
) -> Spent:
    """Have `load` wait in the broker, run the server's stages `only` until they are done with it, and count."""
    app = _app(load, port=port, folder=folder, store=store or StoreSettings())
    wait_in_broker(load.messages, app.settings.mqtt)
    server = Server(app, only=only)

    def passed() -> bool:
        spool = app.spool()
        if spool.totals().received < load.readings:
            return False
        return "writing" not in only or not spool.after(spool.position("writing"), 1)

    def drain() -> None:
        server.start()
        with settled():
            eventually(passed, within=_PATIENCE_S, what="the backlog did not drain")

    try:
        taken = spent(drain)
        _count(load, app, stored="writing" in only)
    finally:
        server.stop()
    return taken


def straight_into_store(load: Load, *, folder: Path, store: StoreSettings) -> Spent:
    """Write the points of `load` with nothing but the store's own client, in the writer's batches, and count."""
    app, points = _app(load, port=1, folder=folder, store=store), load.points()
    app.store().prepare()
    try:
        taken = spent(lambda: _write(points, app.store().write))
        expect("readings written straight", found=stored_totals(app.store()).stored, expected=load.readings)
    finally:
        app.close()
    return taken


def _write(points: list[Point], write: Callable[[list[Point]], object]) -> None:
    for start in range(0, len(points), BATCH_READINGS):
        write(points[start : start + BATCH_READINGS])


def _app(load: Load, *, port: int, folder: Path, store: StoreSettings) -> App:
    """Return the parts of a server of its own: no run finds what another left."""
    number = next(_numbers)
    settings = ServerSettings(
        data=str(folder / f"server-{number}"),
        mqtt=IngestSettings(port=port, client_id=f"server-{number}"),
        # The last batch of a backlog is not full: to wait for more that is not to come tells nothing of the pace.
        store=msgspec.structs.replace(store, bucket=f"run-{number}", flush_interval=0),
    )
    app = App(settings, clock=SetClock(load.now_ms), fleet=large_fleet(DEVICES))
    enrol_all(app.fleet(), sessions=app.sessions(), at_ms=ENROLLED_MS)
    return app


def _count(load: Load, app: App, *, stored: bool) -> None:
    outboxes = {decode_pack(payload).outbox for _, payload in load.messages[:DEVICES]}
    received = sum(len(app.spool().received(outbox)) for outbox in outboxes)
    expect(f"readings received, {load.words}", found=received, expected=load.readings)
    expect(f"messages quarantined, {load.words}", found=app.spool().quarantine_count(), expected=0)
    if stored:
        totals = stored_totals(app.store())
        expect(f"readings stored, {load.words}", found=totals.stored, expected=load.readings)
        expect(f"duplicates, {load.words}", found=totals.duplicates, expected=0)
