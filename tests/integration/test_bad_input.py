"""Bad input through a real Mosquitto, against the running ingest: each set aside with its reason, nothing held up."""

import json
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from coldchain_app.runner import Runner
from coldchain_contract.clock import SetClock
from coldchain_contract.identifiers import urn_of_kernel_name
from coldchain_contract.pack import encode_pack
from coldchain_contract.sequences import Sequences
from coldchain_server.ingest.settings import IngestSettings
from coldchain_server.ingest.stage import Ingest
from coldchain_server.ledger.database import open_ledger, sessions_of
from coldchain_server.ledger.tables import Base, EnrolmentRow
from coldchain_server.spool.model import KEPT_BYTES, Reason
from coldchain_server.spool.settings import Quota
from coldchain_server.spool.spool import Spool
from invented.small_fleet import ENROLLED_MS, INEKAR, NOW_MS, OUTBOX, PI, PROBE, STRANGE_PROBE, fleet, pack, reading
from servers.mosquitto import Mosquitto
from servers.process import eventually
from servers.speaker import Speaker

LIVE = "coldchain/v1/inekar/inekar-pi/live"
QUOTA = Quota(entries=5, bytes=1_000_000)


class Chain:
    """A running ingest with its spool, and a device that sends."""

    def __init__(self, spool: Spool, runner: Runner, device: Speaker) -> None:
        self.spool, self.runner, self.device = spool, runner, device
        self._sent = 0

    def good_readings_flow(self) -> None:
        self._sent += 1
        self.device.publish(LIVE, encode_pack(pack(reading(NOW_MS + self._sent), first=self._sent)))
        everything = Sequences.span(1, self._sent)
        eventually(lambda: self.spool.received(OUTBOX) == everything, what="good readings are spooled")
        assert self.runner.troubles() == {}

    def set_aside(self, payload: bytes, *, topic: str = LIVE) -> Reason:
        """Send a bad message between two good ones and return the reason it was set aside with."""
        self.good_readings_flow()
        before = self.spool.quarantine_count()
        self.device.publish(topic, payload)
        eventually(lambda: self.spool.quarantine_count() == before + 1, what="the bad message is set aside")
        self.good_readings_flow()
        entry = self.spool.entry(self.spool.entries()[0].id)
        assert entry.item.length == len(payload)
        assert entry.item.payload == (payload if len(payload) <= 256 * 1024 else payload[:KEPT_BYTES])
        return entry.item.reason


@pytest.fixture
def chain(mosquitto: Mosquitto, tmp_path: Path) -> Iterator[Chain]:
    engine = open_ledger(f"sqlite:///{tmp_path}/ledger.sqlite")
    Base.metadata.create_all(engine)
    sessions = sessions_of(engine)
    with sessions.begin() as session:
        session.add(EnrolmentRow(device=PI, site=INEKAR, enrolled_ms=ENROLLED_MS, signing_key="00"))
    spool = Spool(tmp_path / "spool.sqlite", quota=QUOTA)
    settings = IngestSettings(port=mosquitto.port)
    ingest = Ingest(settings, spool=spool, sessions=sessions, fleet=fleet(), clock=SetClock(NOW_MS))
    runner = Runner([ingest], idle_s=0.01)
    runner.start()
    with Speaker(mosquitto, PI) as device:
        device.subscribe("coldchain/v1/inekar/inekar-pi/config")
        device.hears()  # the server publishes it after it has begun to listen
        yield Chain(spool, runner, device)
    runner.stop()
    ingest.close()
    spool.close()
    engine.dispose()


def records(**changed: object) -> bytes:
    """A good pack of one reading, its second record changed."""
    head = {"n": f"urn:uuid:{OUTBOX}", "bt": NOW_MS // 1000, "vs": "900"}
    return json.dumps([head, {"n": PROBE, "u": "Cel", "v": 4.0} | changed]).encode()


def ten_thousand_probes() -> bytes:
    names = [urn_of_kernel_name(f"28-{number:012x}") for number in range(10_000)]
    head = {"n": f"urn:uuid:{OUTBOX}", "bt": NOW_MS // 1000, "vs": "1000-10999"}
    return json.dumps([head, *({"n": name, "u": "Cel", "v": 4.0} for name in names)]).encode()


WHATEVER_IS_WRONG = {
    "broken JSON": (LIVE, b'[{"n":"urn:uuid:', Reason.SENML),
    "SenML that breaks the RFC: no name": (LIVE, records(n=""), Reason.SENML),
    "SenML that breaks the RFC: two values": (LIVE, records(vb=True), Reason.SENML),
    "SenML that breaks the RFC: a version nobody has": (LIVE, records(bver=11), Reason.SENML),
    "a topic of another version": ("coldchain/v9/inekar/inekar-pi/live", records(), Reason.TOPIC),
    "a topic of no kind": ("coldchain/v1/inekar/inekar-pi/temperature", records(), Reason.TOPIC),
    "a topic with nothing in it": ("coldchain", records(), Reason.TOPIC),
    "an unknown device": ("coldchain/v1/inekar/nobodys-pi/live", records(), Reason.UNKNOWN_DEVICE),
    "an unknown site": ("coldchain/v1/nowhere/inekar-pi/live", records(), Reason.UNKNOWN_DEVICE),
    "NaN": (LIVE, records(v=float("nan")), Reason.SENML),
    "Infinity": (LIVE, records(v=float("-inf")), Reason.SENML),
    "a string for a number": (LIVE, records(v="4.0"), Reason.SENML),
    "an instant before the device's enrolment": (
        LIVE, encode_pack(pack(reading(ENROLLED_MS - 1), first=900)), Reason.BEFORE_ENROLMENT
    ),
    "an instant more than 10 minutes after receipt": (
        LIVE, encode_pack(pack(reading(NOW_MS + 600_001), first=900)), Reason.FUTURE
    ),
    "a probe nobody placed": (LIVE, encode_pack(pack(reading(probe=STRANGE_PROBE), first=900)), Reason.UNKNOWN_PROBE),
    "a 10 MB payload": (LIVE, b"[" + b"4" * 10_000_000 + b"]", Reason.TOO_LARGE),
    "a compressed bomb": (LIVE, zlib.compress(b"[" + b" " * 5_000_000 + b"]"), Reason.COMPRESSION),
    "10,000 probes in one pack": (LIVE, ten_thousand_probes(), Reason.TOO_LARGE),
    "10,000 probes in one compressed pack": (LIVE, zlib.compress(ten_thousand_probes()), Reason.TOO_LARGE),
    "a status that is none": ("coldchain/v1/inekar/inekar-pi/status", b'{"at_ms":"today"}', Reason.MESSAGE),
    "an alarm of a cooler that is none": (
        "coldchain/v1/inekar/inekar-pi/alarm",
        json.dumps({"at_ms": NOW_MS, "unit": "x", "light": "red", "change": "raised"}).encode(),
        Reason.MESSAGE,
    ),
}  # fmt: skip


def test_whatever_is_wrong_is_set_aside_with_its_reason_while_good_readings_flow(chain: Chain) -> None:
    found: dict[str, Reason] = {}
    for what, (topic, payload, _) in WHATEVER_IS_WRONG.items():
        found[what] = chain.set_aside(payload, topic=topic)
        chain.spool.remove(chain.spool.entries()[0].id)
    assert found == {what: reason for what, (_, _, reason) in WHATEVER_IS_WRONG.items()}


def test_beyond_its_quota_a_device_is_refused_and_its_good_readings_flow(chain: Chain) -> None:
    with capture_logs() as logs:
        for number in range(QUOTA.entries + 4):
            chain.device.publish(LIVE, b"bad %d" % number)
        eventually(lambda: [overflow.entries for overflow in chain.spool.overflows()] == [4])
        chain.good_readings_flow()
    assert chain.spool.quarantine_count() == QUOTA.entries
    said = [entry for entry in logs if "quarantine is full" in entry["event"]]
    assert [entry["device"] for entry in said] == [PI]
