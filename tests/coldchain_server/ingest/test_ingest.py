"""Ingest at a real Mosquitto: durable, then acknowledged, then confirmed; and again after every kind of failure."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
from paho.mqtt.enums import MQTTErrorCode
from sqlalchemy import select
from structlog.testing import capture_logs

from coldchain_contract.clock import SetClock
from coldchain_contract.messages import Config, LocalAlarm, Status, Stored, decode_message, encode_message
from coldchain_contract.pack import Pack, encode_pack
from coldchain_contract.sequences import Sequences
from coldchain_contract.settings import Secret
from coldchain_server.errors import BrokerRefused, BrokerUnavailable, LedgerUnavailable, SpoolUnavailable
from coldchain_server.ingest.settings import IngestSettings
from coldchain_server.ingest.stage import Ingest
from coldchain_server.ledger.database import Sessions, open_ledger, sessions_of
from coldchain_server.ledger.tables import Base, DeviceStatusRow, EnrolmentRow, LocalAlarmRow
from coldchain_server.spool.model import Accepted, Entry, Quarantined
from coldchain_server.spool.settings import Quota
from coldchain_server.spool.spool import Spool
from invented.small_fleet import (
    COOLER,
    ENROLLED_MS,
    INEKAR,
    NOW_MS,
    OTHER_PI,
    OTHER_PROBE,
    OUTBOX,
    PI,
    PROBE,
    STRANGE_PROBE,
    TIDERMENE,
    fleet,
    pack,
    reading,
)
from servers.mosquitto import Mosquitto
from servers.process import eventually, free_port
from servers.speaker import Speaker

BASE = "coldchain/v1/inekar/inekar-pi"
QUOTA = Quota(entries=100, bytes=10_000_000)


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
    opened = Spool(tmp_path / "spool.sqlite", quota=QUOTA)
    yield opened
    opened.close()


Make = Callable[..., Ingest]


@pytest.fixture
def make(mosquitto: Mosquitto, spool: Spool, sessions: Sessions) -> Iterator[Make]:
    """Makes ingests of one server, one after the other; what is still open is closed in the end."""
    made: list[Ingest] = []

    def one(through: Spool = spool, **settings: int) -> Ingest:
        ingest = Ingest(
            IngestSettings(port=mosquitto.port, **settings),  # type: ignore[arg-type]
            spool=through,
            sessions=sessions,
            fleet=fleet(),
            clock=SetClock(NOW_MS),
        )
        made.append(ingest)
        return ingest

    yield one
    for ingest in made:
        ingest.close()


@pytest.fixture
def device(mosquitto: Mosquitto) -> Iterator[Speaker]:
    with Speaker(mosquitto, PI) as speaker:
        for kind in ("stored", "config"):
            speaker.subscribe(f"{BASE}/{kind}")
        yield speaker


@pytest.fixture
def asked_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger is asked who is enrolled for each batch, and not once a second."""
    monkeypatch.setattr("coldchain_server.ingest.acquaintance._ASK_EVERY_S", 0.0)


def send(device: Speaker, *packs: Pack, kind: str = "live") -> None:
    for one in packs:
        device.publish(f"{BASE}/{kind}", encode_pack(one))


def step_until(ingest: Ingest, condition: Callable[[], object]) -> None:
    def stepped() -> object:
        ingest.step()
        return condition()

    eventually(stepped)


def next_stored(device: Speaker) -> Stored:
    """Return the next `stored` message, passing over others."""
    while True:
        topic, payload = device.hears()
        if topic == f"{BASE}/stored":
            return decode_message(payload, Stored)


def test_what_was_just_taken_is_durable_before_the_backlog_that_came_before_it(
    make: Make, spool: Spool, device: Speaker
) -> None:
    ingest = make()
    ingest.step()
    send(device, *(pack(reading(NOW_MS - number), first=number) for number in range(1, 9)), kind="backfill")
    send(device, pack(reading(), first=41))
    step_until(ingest, lambda: spool.received(OUTBOX) == Sequences.span(1, 8) | Sequences.of([41]))
    # The broker may hand over one packet alone before it hands over all others together.
    assert spool.live_after(0, 1)[0].position <= 2


def test_readings_become_durable_and_the_device_is_told(make: Make, spool: Spool, device: Speaker) -> None:
    ingest = make()
    ingest.step()
    send(device, pack(reading(), first=41), pack(reading(NOW_MS + 1), first=42))
    step_until(ingest, lambda: spool.received(OUTBOX) == Sequences.span(41, 42))
    told = [next_stored(device)]
    while len(Sequences.parse(told[-1].stored)) + len(told) < 3:
        told.append(next_stored(device))
    assert {one.server_time_ms for one in told} == {NOW_MS}
    assert told[0].outbox == str(OUTBOX)


def test_what_came_while_the_server_was_away_is_confirmed_in_few_words(
    make: Make, spool: Spool, device: Speaker
) -> None:
    first = make()
    first.step()
    first.close()
    send(device, *(pack(reading(NOW_MS + n), first=n) for n in range(1, 31)))
    ingest = make()
    step_until(ingest, lambda: len(spool.received(OUTBOX)) == 30)
    told = Sequences()
    messages = 0
    while len(told) < 30:
        ingest.step()
        told = told | Sequences.parse(next_stored(device).stored)
        messages += 1
    assert messages < 15


def test_a_duplicate_is_confirmed_again_and_counts_once(make: Make, spool: Spool, device: Speaker) -> None:
    ingest = make()
    ingest.step()
    for _ in range(2):
        send(device, pack())
        step_until(ingest, lambda: spool.depth() == 1)
        step_until(ingest, lambda: not device.heard.empty())
        assert next_stored(device).stored == "1"
    assert [len(row.readings) for row in spool.after(0, 10)] == [1]


def test_readings_that_cannot_be_used_are_refused_with_their_reason(make: Make, spool: Spool, device: Speaker) -> None:
    ingest = make()
    ingest.step()
    send(device, pack(reading(), reading(probe=STRANGE_PROBE)))
    step_until(ingest, lambda: spool.quarantine_count() == 1)
    told = {(one.stored, one.refused, one.reason) for one in (next_stored(device), next_stored(device))}
    assert told == {("1", "", ""), ("", "2", "unknown-probe")}


class Dying(Spool):
    """A real spool whose process dies as soon as it has committed."""

    def admit(self, items: Sequence[Accepted | Quarantined], *, instead_of: Entry | None = None) -> list[Sequences]:
        super().admit(items, instead_of=instead_of)
        raise SystemExit("killed between the commit and the acknowledgement")


def test_death_between_commit_and_acknowledgement_loses_nothing_and_doubles_nothing(
    make: Make, spool: Spool, device: Speaker, tmp_path: Path
) -> None:
    dying = Dying(tmp_path / "spool.sqlite", quota=QUOTA)
    first = make(dying)
    first.step()
    send(device, *(pack(reading(NOW_MS + n), first=n) for n in range(1, 11)))
    with pytest.raises(SystemExit):
        step_until(first, lambda: False)
    hang_up(first)
    dying.close()
    admitted = len(spool.received(OUTBOX))
    assert admitted > 0
    second = make()
    told = Sequences()
    step_until(second, lambda: len(spool.received(OUTBOX)) == 10)
    while len(told) < 10:
        second.step()
        told = told | Sequences.parse(next_stored(device).stored)
    numbers = [number for row in spool.after(0, 100) for number, _ in row.readings]
    assert sorted(numbers) == list(range(1, 11))


def hang_up(ingest: Ingest) -> None:
    """Break the connection as a power cut would: nothing more is said to the broker."""
    connection = ingest._session._socket
    assert connection is not None
    connection._under.close()


class Full(Spool):
    """A real spool on a disk that is full until it is told otherwise."""

    full = True

    def admit(self, items: Sequence[Accepted | Quarantined], *, instead_of: Entry | None = None) -> list[Sequences]:
        if self.full:
            raise SpoolUnavailable("disk full")
        return super().admit(items, instead_of=instead_of)


def test_while_the_disk_is_full_nothing_is_acknowledged_and_the_batch_waits(
    make: Make, device: Speaker, tmp_path: Path
) -> None:
    full = Full(tmp_path / "full.sqlite", quota=QUOTA)
    ingest = make(full)
    ingest.step()
    send(device, pack())
    with pytest.raises(SpoolUnavailable):
        step_until(ingest, lambda: False)
    with pytest.raises(SpoolUnavailable):
        ingest.step()
    full.full = False
    ingest.step()
    assert full.received(OUTBOX) == Sequences.of([1])
    ingest.step()
    assert next_stored(device).stored == "1"
    full.close()


def test_what_waited_for_the_disk_becomes_durable_even_where_the_broker_has_lost_it(
    make: Make, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    full = Full(tmp_path / "full.sqlite", quota=QUOTA)
    ingest = make(full)
    ingest.step()
    with Speaker(mosquitto, PI) as device:
        send(device, pack(first=1))
        with pytest.raises(SpoolUnavailable):
            step_until(ingest, lambda: False)
    mosquitto.server.kill()
    mosquitto.server.start()
    with pytest.raises(BrokerUnavailable):
        ingest.step()
    with pytest.raises(SpoolUnavailable):
        ingest.step()
    with Speaker(mosquitto, PI) as device:
        send(device, pack(first=2))
        with pytest.raises(SpoolUnavailable):  # both wait now; the broker knows only the second, by the first's number
            step_until(ingest, lambda: len(ingest._waiting) > 1 and ingest.step())
    hang_up(ingest)
    full.full = False
    eventually(lambda: stepped_through_trouble(ingest) and full.received(OUTBOX) == Sequences.span(1, 2))
    full.close()


def test_what_came_by_a_connection_that_is_lost_is_not_acknowledged_on_the_next(
    make: Make, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    full = Full(tmp_path / "full.sqlite", quota=QUOTA)
    ingest = make(full)
    ingest.step()
    with Speaker(mosquitto, PI) as device:
        send(device, pack())
        with pytest.raises(SpoolUnavailable):
            step_until(ingest, lambda: False)
    mosquitto.server.kill()
    mosquitto.server.start()
    acknowledged: list[int] = []

    def ack(number: int, _qos: int) -> MQTTErrorCode:
        acknowledged.append(number)
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    ingest._session._client.ack = ack  # type: ignore[assignment,method-assign]
    full.full = False
    eventually(lambda: stepped_through_trouble(ingest) and full.received(OUTBOX) == Sequences.of([1]))
    assert acknowledged == []  # by now its number is that of another message
    full.close()


def stepped_through_trouble(ingest: Ingest) -> bool:
    try:
        ingest.step()
    except BrokerUnavailable:
        return False
    return True


def test_a_message_not_acknowledged_comes_again_to_the_next_server(
    make: Make, spool: Spool, device: Speaker, tmp_path: Path
) -> None:
    full = Full(tmp_path / "full.sqlite", quota=QUOTA)
    first = make(full)
    first.step()
    send(device, pack())
    with pytest.raises(SpoolUnavailable):
        step_until(first, lambda: False)
    hang_up(first)
    full.close()
    second = make()
    step_until(second, lambda: spool.received(OUTBOX) == Sequences.of([1]))


def test_a_device_enrolled_a_moment_ago_is_heard_from_its_first_word(
    make: Make, spool: Spool, sessions: Sessions, mosquitto: Mosquitto
) -> None:
    ingest = make()
    ingest.step()
    with sessions.begin() as session:
        session.add(EnrolmentRow(device=OTHER_PI, site=TIDERMENE, enrolled_ms=ENROLLED_MS, signing_key="00"))
    with Speaker(mosquitto, OTHER_PI) as device:
        device.publish(f"coldchain/v1/{TIDERMENE}/{OTHER_PI}/live", encode_pack(pack(reading(probe=OTHER_PROBE))))
        step_until(ingest, lambda: spool.depth() + spool.quarantine_count())
    assert (spool.depth(), spool.quarantine_count()) == (1, 0)


def test_a_withdrawn_device_is_refused_within_a_second(
    make: Make, spool: Spool, sessions: Sessions, device: Speaker
) -> None:
    ingest = make()
    ingest.step()
    send(device, pack(first=1))
    step_until(ingest, spool.depth)
    with sessions.begin() as session:
        session.get_one(EnrolmentRow, PI).withdrawn_ms = NOW_MS
    numbers = itertools.count(2)

    def refused() -> int:
        send(device, pack(first=next(numbers)))
        ingest.step()
        return spool.quarantine_count()

    eventually(refused)


@pytest.mark.usefixtures("asked_every_time")
def test_a_dead_ledger_holds_the_batch_until_it_answers(
    make: Make, spool: Spool, device: Speaker, sessions: Sessions, tmp_path: Path
) -> None:
    ingest = make()
    ingest.step()
    (tmp_path / "ledger.sqlite").rename(tmp_path / "elsewhere")
    sessions.kw["bind"].dispose()
    (tmp_path / "ledger.sqlite").mkdir()
    send(device, pack())
    with pytest.raises(LedgerUnavailable):
        step_until(ingest, lambda: False)
    assert spool.depth() == 0
    (tmp_path / "ledger.sqlite").rmdir()
    (tmp_path / "elsewhere").rename(tmp_path / "ledger.sqlite")
    step_until(ingest, lambda: spool.depth() == 1)


def test_a_broker_that_went_away_is_told_and_found_again_by_itself(
    make: Make, spool: Spool, mosquitto: Mosquitto
) -> None:
    ingest = make()
    ingest.step()
    mosquitto.server.kill()
    with pytest.raises(BrokerUnavailable, match="lost"):
        step_until(ingest, lambda: False)
    with pytest.raises(BrokerUnavailable, match="did not answer"):
        ingest.step()
    mosquitto.server.start()
    ingest.step()
    with Speaker(mosquitto, PI) as device:
        send(device, pack())
        step_until(ingest, lambda: spool.depth() == 1)


def test_a_broker_that_is_not_there_yet_stops_no_start(spool: Spool, sessions: Sessions) -> None:
    ingest = Ingest(
        IngestSettings(port=free_port()), spool=spool, sessions=sessions, fleet=fleet(), clock=SetClock(NOW_MS)
    )
    ingest.start()
    with pytest.raises(BrokerUnavailable, match="did not answer"):
        ingest.step()
    ingest.close()


def test_a_wrong_password_is_told_with_the_remedy(
    guarded_mosquitto: Mosquitto, spool: Spool, sessions: Sessions
) -> None:
    settings = IngestSettings(port=guarded_mosquitto.port, password=Secret("wrong"))
    ingest = Ingest(settings, spool=spool, sessions=sessions, fleet=fleet(), clock=SetClock(NOW_MS))
    with pytest.raises(BrokerRefused, match=r"refused 'coldchain-server': Not authorized; .*enrol --server"):
        ingest.step()
    ingest.close()


def test_the_socket_is_not_read_beyond_a_batch(make: Make, spool: Spool, device: Speaker) -> None:
    first = make()
    first.step()
    first.close()
    for number in range(40):
        device.publish(f"{BASE}/live", b"%d" % number + b" " * 10_000)
    ingest = make(batch_bytes=30_000)
    largest = 0
    while spool.quarantine_count() < 40:
        before = spool.quarantine_count()
        ingest.step()
        largest = max(largest, spool.quarantine_count() - before)
    # paho reads one packet more for each word of the server that is not acknowledged yet, here two configs.
    assert 3 <= largest <= 5


def test_every_device_finds_its_config_retained(make: Make, mosquitto: Mosquitto) -> None:
    make().step()
    with Speaker(mosquitto, "someone") as later:
        later.subscribe(f"{BASE}/config")
        config = decode_message(later.hears()[1], Config)
    assert next((p.probe, p.unit, p.place) for p in config.placements) == (PROBE, COOLER, "milk")
    assert [(limit.name, limit.celsius) for limit in config.limits[COOLER]] == [("too warm", 8.0)]
    assert (config.labels[COOLER], config.report_s, config.version > 0) == ("Cooler of inekar", 600, True)


def test_the_newest_status_by_arrival_is_kept_a_last_will_too(make: Make, device: Speaker, sessions: Sessions) -> None:
    ingest = make()
    ingest.step()

    def kept() -> Status | None:
        with sessions() as session:
            row = session.get(DeviceStatusRow, PI)
            return decode_message(row.status.encode(), Status) if row else None

    for status in (Status(at_ms=NOW_MS, online=True, software="0.1"), Status(at_ms=NOW_MS - 9, online=False)):
        device.publish(f"{BASE}/status", encode_message(status), retain=True)
        step_until(ingest, lambda wanted=status: kept() == wanted)  # type: ignore[misc]


def test_a_status_that_asks_is_answered_with_the_server_s_time_and_nothing_stored(make: Make, device: Speaker) -> None:
    ingest = make()
    ingest.step()
    asking = Status(at_ms=NOW_MS, online=True, outbox=str(OUTBOX), question=7)
    device.publish(f"{BASE}/status", encode_message(asking))
    step_until(ingest, lambda: device.heard.qsize() > 1)
    answer = next_stored(device)
    assert (answer.outbox, answer.stored, answer.refused) == (str(OUTBOX), "", "")
    assert answer.server_time_ms == NOW_MS


def test_a_status_the_broker_had_kept_does_not_count_as_heard_now(
    make: Make, device: Speaker, sessions: Sessions
) -> None:
    first = make()
    first.step()
    device.publish(f"{BASE}/status", encode_message(Status(at_ms=NOW_MS, online=True)), retain=True)

    def heard_ms() -> int:
        with sessions() as session:
            row = session.get(DeviceStatusRow, PI)
            return row.received_ms if row else 0

    step_until(first, lambda: heard_ms() == NOW_MS)
    first._clock.set(NOW_MS + 5000)  # type: ignore[attr-defined]
    hang_up(first)
    with pytest.raises(BrokerUnavailable):
        step_until(first, lambda: False)
    first.step()
    device.publish(f"{BASE}/alarm", encode_message(ALARM))
    step_until(first, lambda: alarms(sessions))
    assert heard_ms() == NOW_MS


ALARM = LocalAlarm(at_ms=NOW_MS, unit=COOLER, light="red", change="raised", reason="too-warm", celsius=9.5)


def alarms(sessions: Sessions) -> list[tuple[str, str, float | None, int]]:
    with sessions() as session:
        rows = session.scalars(select(LocalAlarmRow)).all()
    return [(row.unit, row.light, row.celsius, row.received_ms) for row in rows]


def test_a_boxs_alarm_is_entered_once_though_it_comes_twice(make: Make, device: Speaker, sessions: Sessions) -> None:
    ingest = make()
    ingest.step()
    for _ in range(2):
        device.publish(f"{BASE}/alarm", encode_message(ALARM))
    device.publish(f"{BASE}/alarm", encode_message(msgspec.structs.replace(ALARM, change="cleared", light="green")))
    step_until(ingest, lambda: len(alarms(sessions)) == 2)
    assert alarms(sessions)[0] == (COOLER, "red", 9.5, NOW_MS)


def test_an_answer_that_nobody_waits_for_is_told(make: Make, device: Speaker) -> None:
    ingest = make()
    ingest.step()
    device.publish(f"{BASE}/answer", b'{"id":"7","done":true}')
    with capture_logs() as logs:
        step_until(ingest, lambda: logs)
    assert [(entry["event"], entry["request"]) for entry in logs] == [("device answered what nobody waits for", "7")]


def test_readings_of_two_outboxes_are_confirmed_apart(make: Make, spool: Spool, device: Speaker) -> None:
    ingest = make()
    ingest.step()
    other = uuid4()
    send(device, pack(), pack(reading(NOW_MS + 1), outbox=other))
    step_until(ingest, lambda: spool.depth() == 2)
    ingest.step()
    assert {next_stored(device).outbox, next_stored(device).outbox} == {str(OUTBOX), str(other)}
