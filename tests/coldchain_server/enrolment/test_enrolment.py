"""Enrolment at a real Mosquitto: each device reaches its own topics and nothing else."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from coldchain_contract.clock import SetClock
from coldchain_contract.identifiers import DeviceId
from coldchain_contract.settings import Secret
from coldchain_server.enrolment import BrokerAdmin, BrokerAdminSettings, Enrolments, access
from coldchain_server.errors import BadEntry, BrokerRefused, BrokerUnavailable, UnknownThing
from coldchain_server.ledger.database import Sessions, open_ledger, sessions_of
from coldchain_server.ledger.tables import Base, EnrolmentRow
from invented.small_fleet import NOW_MS, OTHER_PI, PI, fleet
from servers.mosquitto import ADMIN, ADMIN_PASSWORD, Mosquitto
from servers.process import free_port
from servers.speaker import V5, V311, Speaker

OWN, OTHER = "coldchain/v1/inekar/inekar-pi", "coldchain/v1/tidermene/tidermene-pi"


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[Sessions]:
    engine = open_ledger(f"sqlite:///{tmp_path}/ledger.sqlite")
    Base.metadata.create_all(engine)
    yield sessions_of(engine)
    engine.dispose()


def admin(broker: Mosquitto, *, password: str = ADMIN_PASSWORD) -> BrokerAdmin:
    settings = BrokerAdminSettings(username=ADMIN, password=Secret(password))
    return BrokerAdmin(settings, host=broker.host, port=broker.port)


def enrolments_of(sessions: Sessions, broker: BrokerAdmin | None, *, now_ms: int = NOW_MS) -> Enrolments:
    return Enrolments(sessions=sessions, fleet=fleet(), clock=SetClock(now_ms), broker=broker)


@pytest.fixture
def enrolments(sessions: Sessions, guarded_mosquitto: Mosquitto) -> Enrolments:
    return enrolments_of(sessions, admin(guarded_mosquitto))


def refusal(broker: Mosquitto, password: Secret | None, topic: str) -> str:
    """What MQTT 5 answers the device `PI` for a message on `topic`. Mosquitto 2.0.11 hangs up after a refusal."""
    with Speaker(broker, PI, password, protocol=V5) as device:
        return device.publish(topic).getName()


def let_in_server(enrolments: Enrolments, broker: Mosquitto) -> Speaker:
    password = enrolments.enrol_server(username="coldchain-server", client_id="coldchain-server")
    server = Speaker(broker, "coldchain-server", password)
    assert not server.subscribe("coldchain/#").is_failure
    return server


def test_nobody_speaks_without_a_name(enrolments: Enrolments, guarded_mosquitto: Mosquitto) -> None:
    enrolments.enrol(PI)
    with Speaker(guarded_mosquitto) as stranger:
        assert stranger.connected.is_failure


def test_an_enrolled_device_is_heard_by_the_server_and_hears_it(
    enrolments: Enrolments, guarded_mosquitto: Mosquitto
) -> None:
    server = let_in_server(enrolments, guarded_mosquitto)
    with server, Speaker(guarded_mosquitto, PI, enrolments.enrol(PI).password) as device:
        for kind in ("live", "backfill", "status", "alarm", "answer", "milk"):
            device.publish(f"{OWN}/{kind}", kind.encode())
            assert server.hears() == (f"{OWN}/{kind}", kind.encode())
        for kind in ("config", "stored", "request"):
            assert not device.subscribe(f"{OWN}/{kind}").is_failure
            server.publish(f"{OWN}/{kind}", kind.encode())
            assert device.hears() == (f"{OWN}/{kind}", kind.encode())


@pytest.mark.parametrize("kind", ["live", "backfill", "status", "alarm", "answer", "milk"])
def test_a_device_cannot_publish_as_another(enrolments: Enrolments, guarded_mosquitto: Mosquitto, kind: str) -> None:
    server = let_in_server(enrolments, guarded_mosquitto)
    password = enrolments.enrol(PI).password
    enrolments.enrol(OTHER_PI)
    with Speaker(guarded_mosquitto, PI, password) as device:
        assert not device.publish(f"{OTHER}/{kind}").is_failure  # version 3.1.1 has no word for no: it is dropped
    with server, Speaker(guarded_mosquitto, PI, password) as device:
        device.publish(f"{OWN}/live", b"own")
        assert server.hears() == (f"{OWN}/live", b"own")
    assert refusal(guarded_mosquitto, password, f"{OTHER}/{kind}") == "Not authorized"


@pytest.mark.parametrize("topic", [f"{OTHER}/stored", f"{OTHER}/live", "coldchain/#", "#", "coldchain/v1/+/+/config"])
def test_a_device_cannot_read_another(enrolments: Enrolments, guarded_mosquitto: Mosquitto, topic: str) -> None:
    server = let_in_server(enrolments, guarded_mosquitto)
    password = enrolments.enrol(PI).password
    for protocol in (V311, V5):
        with Speaker(guarded_mosquitto, PI, password, protocol=protocol) as device:
            assert device.subscribe(topic).is_failure
            assert not device.subscribe(f"{OWN}/stored").is_failure
            server.publish(f"{OTHER}/stored", b"not for it")
            server.publish(f"{OWN}/stored", b"for it")
            assert device.hears() == (f"{OWN}/stored", b"for it")
    server.close()


def test_a_device_cannot_speak_as_the_server(enrolments: Enrolments, guarded_mosquitto: Mosquitto) -> None:
    password = enrolments.enrol(PI).password
    assert refusal(guarded_mosquitto, password, f"{OWN}/live") == "No matching subscribers"
    for topic in (f"{OWN}/config", f"{OWN}/stored", "$CONTROL/dynamic-security/v1"):
        assert refusal(guarded_mosquitto, password, topic) == "Not authorized"


def test_a_devices_name_and_password_serve_no_other_client_id(
    enrolments: Enrolments, guarded_mosquitto: Mosquitto
) -> None:
    with Speaker(guarded_mosquitto, PI, enrolments.enrol(PI).password, client_id="clone") as clone:
        assert clone.connected.is_failure


def test_a_new_password_ends_the_old_one_and_its_connection(
    enrolments: Enrolments, guarded_mosquitto: Mosquitto, sessions: Sessions
) -> None:
    old = enrolments.enrol(PI)
    with Speaker(guarded_mosquitto, PI, old.password) as device:
        new = enrolments.enrol(PI, rotate=True)
        assert device.is_cut_off()
    with Speaker(guarded_mosquitto, PI, old.password) as device:
        assert device.connected.is_failure
    with Speaker(guarded_mosquitto, PI, new.password) as device:
        assert not device.connected.is_failure
    assert old.signing_key != new.signing_key
    with sessions() as session:
        assert session.get_one(EnrolmentRow, PI).signing_key == new.signing_key.reveal()


def test_what_is_enrolled_is_not_overwritten_by_accident(enrolments: Enrolments, guarded_mosquitto: Mosquitto) -> None:
    password = enrolments.enrol(PI).password
    with pytest.raises(BadEntry, match="enrolled already; --rotate"):
        enrolments.enrol(PI)
    let_in_server(enrolments, guarded_mosquitto).close()
    with pytest.raises(BadEntry, match="knows coldchain-server already; --rotate"):
        enrolments.enrol_server(username="coldchain-server", client_id="coldchain-server")
    with Speaker(guarded_mosquitto, PI, password) as device:
        assert not device.connected.is_failure


def test_a_broker_that_knows_a_device_the_ledger_lost_keeps_its_password(
    enrolments: Enrolments, guarded_mosquitto: Mosquitto, tmp_path: Path
) -> None:
    password = enrolments.enrol(PI).password
    engine = open_ledger(f"sqlite:///{tmp_path}/new-ledger.sqlite")
    Base.metadata.create_all(engine)
    with pytest.raises(BadEntry, match="the broker knows inekar-pi already"):
        enrolments_of(sessions_of(engine), admin(guarded_mosquitto)).enrol(PI)
    engine.dispose()
    with Speaker(guarded_mosquitto, PI, password) as device:
        assert not device.connected.is_failure


def test_enrolment_survives_the_brokers_sudden_death(enrolments: Enrolments, guarded_mosquitto: Mosquitto) -> None:
    password = enrolments.enrol(PI).password
    guarded_mosquitto.server.kill()
    guarded_mosquitto.server.start()
    with Speaker(guarded_mosquitto, PI, password, protocol=V5) as device:
        assert not device.publish(f"{OWN}/live").is_failure
        assert device.publish(f"{OTHER}/live").is_failure


def test_a_withdrawn_device_is_cut_off_until_it_is_enrolled_anew(
    enrolments: Enrolments, guarded_mosquitto: Mosquitto, sessions: Sessions
) -> None:
    password = enrolments.enrol(PI).password
    with Speaker(guarded_mosquitto, PI, password) as device:
        enrolments.withdraw(PI)
        assert device.is_cut_off()
    with Speaker(guarded_mosquitto, PI, password) as device:
        assert device.connected.is_failure
    with sessions() as session:
        assert session.get_one(EnrolmentRow, PI).withdrawn_ms == NOW_MS
    with Speaker(guarded_mosquitto, PI, enrolments.enrol(PI, rotate=True).password) as device:
        assert not device.connected.is_failure
    with sessions() as session:
        assert session.get_one(EnrolmentRow, PI).withdrawn_ms is None


def test_an_update_that_brings_a_topic_opens_it_to_devices_that_are_let_in_without_a_word_to_them(
    enrolments: Enrolments, guarded_mosquitto: Mosquitto
) -> None:
    server, password = let_in_server(enrolments, guarded_mosquitto), enrolments.enrol(PI).password
    enrolments.enrol(OTHER_PI)
    enrolments.withdraw(OTHER_PI)
    before = [acl for acl in access.device_acls(fleet().devices[PI].site, PI) if not str(acl["topic"]).endswith("milk")]
    admin(guarded_mosquitto).ask([access.change_role(access.role_name(PI), before)])
    assert refusal(guarded_mosquitto, password, f"{OWN}/milk") == "Not authorized"
    with server, Speaker(guarded_mosquitto, PI, password) as device:
        assert enrolments.renew() == (PI,)
        device.publish(f"{OWN}/milk", b"told")
        assert server.hears() == (f"{OWN}/milk", b"told")


def test_without_an_access_list_there_is_none_to_renew(sessions: Sessions) -> None:
    with pytest.raises(BadEntry, match=r"no \[broker_admin\]"):
        enrolments_of(sessions, None).renew()


def test_a_rotation_does_not_change_since_when_a_device_is_enrolled(sessions: Sessions) -> None:
    enrolments_of(sessions, None).enrol(PI)
    enrolments_of(sessions, None, now_ms=NOW_MS + 1000).enrol(PI, rotate=True)
    with sessions() as session:
        assert session.get_one(EnrolmentRow, PI).enrolled_ms == NOW_MS


def test_without_an_access_list_only_the_ledger_is_changed_and_that_is_said(sessions: Sessions) -> None:
    with capture_logs() as logs:
        credentials = enrolments_of(sessions, None).enrol(PI, since_ms=5)
    assert credentials.password is None
    assert [entry["access_list"] for entry in logs] == [False]
    with sessions() as session:
        row = session.get_one(EnrolmentRow, PI)
        assert (row.site, row.enrolled_ms, len(row.signing_key)) == ("inekar", 5, 64)
    with pytest.raises(BadEntry, match=r"no \[broker_admin\]"):
        enrolments_of(sessions, None).enrol_server(username="coldchain-server", client_id="coldchain-server")


def test_a_device_nobody_entered_is_named_with_the_nearest(enrolments: Enrolments, sessions: Sessions) -> None:
    with pytest.raises(UnknownThing, match=r"inekar-pie is not .* did you mean inekar-pi\?"):
        enrolments.enrol(DeviceId("inekar-pie"))
    with pytest.raises(UnknownThing, match="inekar-pi is not enrolled"):
        enrolments.withdraw(PI)


def test_a_wrong_password_of_the_administrator_is_told(sessions: Sessions, guarded_mosquitto: Mosquitto) -> None:
    with pytest.raises(BrokerRefused, match="refused its administrator: Not authorized"):
        enrolments_of(sessions, admin(guarded_mosquitto, password="wrong")).enrol(PI)
    with sessions() as session:
        assert session.get(EnrolmentRow, PI) is None


def test_a_broker_without_access_lists_is_told(
    sessions: Sessions, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coldchain_server.enrolment.broker._ANSWER_SECONDS", 0.5)
    with pytest.raises(BrokerRefused, match="no dynamic security plugin"):
        enrolments_of(sessions, admin(mosquitto)).enrol(PI)


def test_a_broker_that_is_away_is_told(sessions: Sessions) -> None:
    away = BrokerAdmin(BrokerAdminSettings(password=Secret("x")), host="127.0.0.1", port=free_port())
    with pytest.raises(BrokerUnavailable, match="did not answer"):
        enrolments_of(sessions, away).enrol(PI)
