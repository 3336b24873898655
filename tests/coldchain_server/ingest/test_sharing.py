"""Several ingest workers at a real Mosquitto: each message to one of them, and none stuck or lost when they change."""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from coldchain_contract.clock import SetClock
from coldchain_contract.messages import Status, encode_message
from coldchain_contract.pack import encode_pack
from coldchain_contract.sequences import Sequences
from coldchain_contract.settings import Secret
from coldchain_server.enrolment import BrokerAdmin, BrokerAdminSettings, Enrolments
from coldchain_server.errors import BrokerRefused
from coldchain_server.ingest.emptying import Emptying
from coldchain_server.ingest.settings import IngestSettings
from coldchain_server.ingest.stage import Ingest
from coldchain_server.ledger.database import Sessions, open_ledger, sessions_of
from coldchain_server.ledger.tables import Base, DeviceStatusRow, EnrolmentRow
from coldchain_server.spool.settings import Quota
from coldchain_server.spool.spool import Spool
from invented.small_fleet import ENROLLED_MS, INEKAR, NOW_MS, OUTBOX, PI, fleet, pack, reading
from servers.mosquitto import ADMIN, ADMIN_PASSWORD, Mosquitto
from servers.process import eventually
from servers.speaker import Speaker

BASE = f"coldchain/v1/{INEKAR}/{PI}"
Make = Callable[..., Ingest]


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[Sessions]:
    engine = open_ledger(f"sqlite:///{tmp_path}/ledger.sqlite")
    Base.metadata.create_all(engine)
    opened = sessions_of(engine)
    with opened.begin() as session:
        session.add(EnrolmentRow(device=PI, site=INEKAR, enrolled_ms=ENROLLED_MS, signing_key="00"))
    yield opened
    engine.dispose()


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    opened = Spool(tmp_path / "spool.sqlite", quota=Quota(entries=100, bytes=10_000_000))
    yield opened
    opened.close()


@pytest.fixture
def make(mosquitto: Mosquitto, spool: Spool, sessions: Sessions) -> Iterator[Make]:
    """Makes one worker of so many, connected and listening."""
    made: list[Ingest] = []

    def one(worker: int = 1, *, of: int) -> Ingest:
        settings = IngestSettings(port=mosquitto.port, workers=of, batch_seconds=0.02)
        ingest = Ingest(settings, spool=spool, sessions=sessions, fleet=fleet(), clock=SetClock(NOW_MS), worker=worker)
        made.append(ingest)
        ingest.step()
        ingest.step()
        return ingest

    yield one
    for ingest in made:
        ingest.close()


@pytest.fixture
def device(mosquitto: Mosquitto) -> Iterator[Speaker]:
    with Speaker(mosquitto, PI) as speaker:
        yield speaker


def send(device: Speaker, numbers: range) -> None:
    for number in numbers:
        device.publish(f"{BASE}/live", encode_pack(pack(reading(NOW_MS + number), first=number)))


def run(condition: Callable[[], object], *workers: Ingest | Emptying) -> None:
    def stepped() -> object:
        for worker in workers:
            worker.step()
        return condition()

    eventually(stepped)


def all_came(spool: Spool, count: int) -> Callable[[], bool]:
    return lambda: spool.received(OUTBOX) == Sequences.span(1, count)


def test_each_pack_goes_to_one_worker_and_each_worker_has_its_share(make: Make, spool: Spool, device: Speaker) -> None:
    first, second = make(1, of=2), make(2, of=2)
    send(device, range(1, 21))
    run(lambda: len(spool.received(OUTBOX)) == 10, first)
    run(all_came(spool, 20), second)
    assert spool.totals().duplicates == 0


def test_what_must_be_heard_in_order_is_heard_by_the_first_alone(
    make: Make, sessions: Sessions, device: Speaker
) -> None:
    second = make(2, of=2)
    first = make(1, of=2)
    status = Status(online=True, at_ms=NOW_MS, software="0", outbox=str(OUTBOX))
    device.publish(f"{BASE}/status", encode_message(status), retain=True)

    def heard() -> bool:
        with sessions() as session:
            return session.get(DeviceStatusRow, PI) is not None

    for _ in range(5):
        second.step()
    assert not heard()
    run(heard, first)


def test_what_waits_for_a_worker_that_died_is_taken_when_it_is_back(make: Make, spool: Spool, device: Speaker) -> None:
    first, second = make(1, of=2), make(2, of=2)
    connection = second._session._socket
    assert connection is not None
    connection._under.close()  # as a kill does: nothing is said to the broker
    send(device, range(1, 21))
    run(lambda: len(spool.received(OUTBOX)) >= 10, first)
    run(all_came(spool, 20), first, make(2, of=2))


def test_the_session_of_a_worker_there_is_no_more_is_emptied_and_ended(
    make: Make, spool: Spool, device: Speaker, mosquitto: Mosquitto
) -> None:
    first, second = make(1, of=2), make(2, of=2)
    first.close()
    second.close()
    send(device, range(1, 21))
    alone = make(1, of=1)
    run(lambda: len(spool.received(OUTBOX)) == 10, alone)
    told: list[str] = []
    emptying = Emptying(make(2, of=1), worker=2, ended=lambda: told.append("ended"))
    run(lambda: emptying.done, emptying)
    assert (spool.received(OUTBOX), told) == (Sequences.span(1, 20), ["ended"])
    send(device, range(21, 31))
    run(all_came(spool, 30), alone)
    assert emptying.step() is False


@pytest.mark.parametrize(("before", "after"), [(1, 2), (2, 1)])
def test_nothing_comes_twice_or_not_at_all_once_the_work_is_divided_in_another_way(
    make: Make, spool: Spool, device: Speaker, before: int, after: int
) -> None:
    make(1, of=before).close()
    workers = [make(number, of=after) for number in range(1, after + 1)]
    send(device, range(1, 11))
    run(all_came(spool, 10), *workers)
    for _ in range(5):
        run(lambda: True, *workers)
    assert spool.totals().duplicates == 0


def test_a_guarded_broker_lets_every_worker_in_where_it_was_told_of_several(
    guarded_mosquitto: Mosquitto, sessions: Sessions, spool: Spool
) -> None:
    admin = BrokerAdmin(
        BrokerAdminSettings(username=ADMIN, password=Secret(ADMIN_PASSWORD)),
        host=guarded_mosquitto.host,
        port=guarded_mosquitto.port,
        tls=False,
        ca_file="",
    )
    enrolments = Enrolments(sessions=sessions, fleet=fleet(), clock=SetClock(NOW_MS), broker=admin)
    password = enrolments.enrol_server(username="coldchain-server", client_id=None)
    settings = IngestSettings(port=guarded_mosquitto.port, password=password, workers=2)
    for worker in (1, 2):
        ingest = Ingest(settings, spool=spool, sessions=sessions, fleet=fleet(), clock=SetClock(NOW_MS), worker=worker)
        for _ in range(3):
            ingest.step()
        ingest.close()
    password = enrolments.enrol_server(username="coldchain-server", client_id="coldchain-server", rotate=True)
    settings = msgspec.structs.replace(settings, password=password)
    second = Ingest(settings, spool=spool, sessions=sessions, fleet=fleet(), clock=SetClock(NOW_MS), worker=2)
    with pytest.raises(BrokerRefused, match="enrol --server"):
        second.step()
