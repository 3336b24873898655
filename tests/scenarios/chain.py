"""A whole server for a story: real broker, a clock set by hand, and a device that says what it is told."""

from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import select

from coldchain_app.app import App
from coldchain_app.demo.draining import all_told
from coldchain_app.demo.enrolling import enrol_all
from coldchain_app.server import STAGES, Server
from coldchain_app.settings import ServerSettings
from coldchain_contract.clock import SetClock
from coldchain_contract.identifiers import DeviceId, ProbeUrn, SiteId, UnitId, urn_of_kernel_name
from coldchain_contract.messages import Status, encode_message
from coldchain_contract.pack import Pack, encode_pack
from coldchain_contract.readings import Quality, Reading
from coldchain_contract.sequences import Sequences
from coldchain_server.fleet.load import builtin_profiles
from coldchain_server.fleet.model import Contact, Device, Fleet, Place, Placement, Role, Site, Unit, UnitKind
from coldchain_server.ingest.settings import IngestSettings
from coldchain_server.ledger.tables import DeviceStatusRow, IncidentRow, NotificationRow
from coldchain_server.store.settings import StoreSettings
from servers.process import eventually

SITE, DEVICE, UNIT = SiteId("menaka"), DeviceId("menaka-pi"), UnitId("menaka-1")
PROBE = urn_of_kernel_name("28-0000055eed01")
MINUTE_MS = 60_000
START_MS = 1_790_000_000_000 // MINUTE_MS * MINUTE_MS


def fleet() -> Fleet:
    """One cooler at one site, judged as milk collected daily; Aminata is told on the console."""
    aminata = Contact(
        id="aminata", name="Aminata", language="fr", role=Role.COOPERATIVE, sites=(SITE,), channels=("console:",)
    )
    placement = Placement(
        probe=PROBE,
        unit=UNIT,
        device=DEVICE,
        place=Place.MILK,
        lowest_celsius=-10,
        highest_celsius=60,
        from_ms=START_MS - MINUTE_MS,
    )
    return Fleet(
        sites={SITE: Site(id=SITE, name="Ménaka", zone=ZoneInfo("Africa/Bamako"))},
        units={UNIT: Unit(id=UNIT, site=SITE, name="Grand", kind=UnitKind.COOLER, profile="daily")},
        devices={DEVICE: Device(id=DEVICE, site=SITE)},
        placements=(placement,),
        contacts=(aminata,),
        profiles=builtin_profiles(),
    )


class Chain:
    """The running server, and the device's side of the wire."""

    def __init__(self, folder: Path, *, port: int, store: StoreSettings | None = None) -> None:
        self.clock = SetClock(START_MS)
        settings = ServerSettings(
            data=str(folder / "server"),
            mqtt=IngestSettings(port=port, batch_seconds=0.01),
            store=store or StoreSettings(),
        )
        self.app = App(settings, clock=self.clock, fleet=fleet())
        self.server = Server(self.app, only=STAGES)
        self._device = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=DEVICE)
        self._outbox, self._sequence, self._sent, self._port = uuid4(), 0, 0, port

    def start(self) -> None:
        enrol_all(self.app.fleet(), sessions=self.app.sessions(), at_ms=START_MS - MINUTE_MS)
        self.server.start()
        self._device.connect("127.0.0.1", self._port)
        self._device.loop_start()
        eventually(self._device.is_connected)
        eventually(self._is_heard, what="the server does not listen")

    def _is_heard(self) -> bool:
        """Say a status until it is noted: what nobody has subscribed to yet is gone."""
        status = encode_message(Status(at_ms=self.clock.now_ms(), online=True))
        self._device.publish(f"coldchain/v1/{SITE}/{DEVICE}/status", status, qos=1).wait_for_publish(10)
        with self.app.sessions()() as session:
            return session.get(DeviceStatusRow, DEVICE) is not None

    def stop(self) -> None:
        self._device.disconnect()
        self._device.loop_stop()
        self.server.stop()

    def minute(self, celsius: float | Quality, *, probe: ProbeUrn = PROBE) -> None:
        """Let a minute pass, at the end of which the device takes one reading and the server receives it."""
        self.clock.set(self.clock.now_ms() + MINUTE_MS)
        value, quality = (None, celsius) if isinstance(celsius, Quality) else (celsius, Quality.OK)
        self._sequence += 1
        self.send(
            [Reading(probe=probe, at_ms=self.clock.now_ms(), value=value, quality=quality)],
            sequences=Sequences.span(self._sequence, self._sequence),
        )
        eventually(lambda: self._sequence in self.app.spool().received(self._outbox))

    def send(self, readings: Sequence[Reading], *, sequences: Sequences) -> None:
        pack = Pack(outbox=self._outbox, sequences=sequences, readings=tuple(readings))
        self._sent += 1
        topic = f"coldchain/v1/{SITE}/{DEVICE}/live"
        self._device.publish(topic, encode_pack(pack), qos=1).wait_for_publish(10)

    def settle(self) -> None:
        """Wait until what was sent is judged and whoever is to be told has been."""
        eventually(self._settled, within=20, what="the chain did not settle")

    def _settled(self) -> bool:
        judged = self.app.spool().position("judging") >= self._sent
        return judged and all_told(self.app.sessions())

    def incidents(self) -> list[IncidentRow]:
        with self.app.sessions()() as session:
            return list(session.scalars(select(IncidentRow).order_by(IncidentRow.id)))

    def told(self) -> list[NotificationRow]:
        with self.app.sessions()() as session:
            return list(session.scalars(select(NotificationRow).order_by(NotificationRow.id)))
