"""`coldchain-server enrol` and `quarantine`, as a person types them."""

import stat
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace
from structlog.testing import capture_logs

from coldchain_app.app import App
from coldchain_app.commands import enrol, quarantine
from coldchain_app.settings import ServerSettings
from coldchain_contract.clock import SetClock
from coldchain_contract.identifiers import ProbeUrn
from coldchain_contract.pack import encode_pack
from coldchain_contract.sequences import Sequences
from coldchain_contract.settings import Secret, read_settings
from coldchain_device.settings import DeviceSettings
from coldchain_judgement.limits import Level
from coldchain_server.enrolment import BrokerAdminSettings
from coldchain_server.errors import BadEntry, UnknownThing
from coldchain_server.fleet.load import builtin_profiles
from coldchain_server.fleet.model import Fleet
from coldchain_server.ingest.reception import Arrival, Enrolled, Known, receive
from coldchain_server.ingest.settings import IngestSettings
from coldchain_server.ingest.stage import Ingest
from coldchain_server.spool.model import Reason, quarantined
from invented.small_fleet import (
    COOLER,
    ENROLLED_MS,
    INEKAR,
    NOW_MS,
    OUTBOX,
    PI,
    PLACEMENTS,
    PROBE,
    STRANGE_PROBE,
    fleet,
    pack,
    placement,
    reading,
)
from servers.mosquitto import ADMIN, ADMIN_PASSWORD, Mosquitto
from servers.speaker import Speaker

LIVE = "coldchain/v1/inekar/inekar-pi/live"
Open = Callable[..., App]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    """Opens the app on one data folder, with a fleet and settings of one's own."""
    apps: list[App] = []

    def one(of: Fleet | None = None, broker: Mosquitto | None = None) -> App:
        admin = BrokerAdminSettings(username=ADMIN, password=Secret(ADMIN_PASSWORD)) if broker else None
        mqtt = IngestSettings(port=broker.port) if broker else IngestSettings()
        settings = ServerSettings(data=str(tmp_path / "data"), broker_admin=admin, mqtt=mqtt)
        apps.append(App(settings, clock=SetClock(NOW_MS), fleet=of or fleet()))
        return apps[-1]

    yield one
    for app in apps:
        app.close()


def run(group: object, app: App, *words: object) -> Result:
    """Run one command; what it raises is raised here, as the command line's own border would see it."""
    command = enrol.command if group == "enrol" else quarantine.command
    with capture_logs():
        return CliRunner().invoke(command, [str(word) for word in words], obj=lambda: app, catch_exceptions=False)


def device_settings(text: str) -> DeviceSettings:
    return read_settings(
        tomllib.loads(text), DeviceSettings, file="device.toml", read_file=lambda name: Path(name).read_text()
    )


def test_the_file_that_enrol_prints_lets_the_device_in(opened: Open, guarded_mosquitto: Mosquitto) -> None:
    told = run("enrol", opened(broker=guarded_mosquitto), PI, "--host", "milk.example", "--port", 8883, "--tls")
    settings = device_settings(told.stdout)
    assert (settings.site, settings.device) == (INEKAR, PI)
    assert (settings.mqtt.host, settings.mqtt.port, settings.mqtt.tls) == ("milk.example", 8883, True)
    assert settings.signing_key is not None
    with Speaker(guarded_mosquitto, PI, settings.mqtt.password) as device:
        assert not device.connected.is_failure


def test_a_device_can_sample_and_alarm_before_it_ever_reaches_the_server(opened: Open) -> None:
    settings = device_settings(run("enrol", opened(), PI).stdout)
    assert next((p.probe, p.unit, p.place, p.lowest_celsius) for p in settings.placements) == (
        PROBE,
        COOLER,
        "milk",
        -10,
    )
    assert settings.units[COOLER].label == "Cooler of inekar"
    assert [limit for limit in settings.units[COOLER].limits if limit.level is Level.CRITICAL] == [
        fleet().profiles["cooler"].limits[1]
    ]


def test_a_profile_that_every_device_knows_is_named(opened: Open) -> None:
    name, profile = next(iter(builtin_profiles().items()))
    units = {unit.id: replace(unit, profile=name) for unit in fleet().units.values()}
    known = replace(fleet(), units=units, profiles={name: profile})
    settings = device_settings(run("enrol", opened(known), PI).stdout)
    assert (settings.units[COOLER].profile, settings.units[COOLER].limits) == (name, ())


def test_without_an_administrator_it_is_said_that_the_broker_was_not_told(opened: Open) -> None:
    told = run("enrol", opened(), PI)
    assert "only the ledger was changed" in told.stderr
    assert device_settings(told.stdout).mqtt.password is None


def test_a_loopback_address_is_pointed_out(opened: Open) -> None:
    assert "a device elsewhere needs --host" in run("enrol", opened(), PI).stderr


def test_a_written_file_is_for_few_eyes_and_never_overwritten_by_accident(opened: Open, tmp_path: Path) -> None:
    app, file = opened(), tmp_path / "device.toml"
    run("enrol", app, PI, "--output", file)
    assert stat.S_IMODE(file.stat().st_mode) & 0o007 == 0
    first = device_settings(file.read_text()).signing_key
    with pytest.raises(BadEntry, match=r"device\.toml is there already"):
        run("enrol", app, PI, "--output", file)
    run("enrol", app, PI, "--output", file, "--rotate")
    assert device_settings(file.read_text()).signing_key != first


def test_a_file_that_cannot_be_written_leaves_the_password_as_it_was(opened: Open, tmp_path: Path) -> None:
    app = opened()
    with pytest.raises(BadEntry, match="no folder"):
        run("enrol", app, PI, "--output", tmp_path / "nowhere" / "device.toml")
    assert run("enrol", app, PI).exit_code == 0  # still new


def test_the_server_lets_itself_in_with_a_password_file(
    opened: Open, guarded_mosquitto: Mosquitto, tmp_path: Path
) -> None:
    app, file = opened(broker=guarded_mosquitto), tmp_path / "broker-password"
    assert "password_file" in run("enrol", app, "--server", "--output", file).stderr
    settings = IngestSettings(port=guarded_mosquitto.port, password=Secret(file.read_text().rstrip("\n")))
    ingest = Ingest(settings, spool=app.spool(), sessions=app.sessions(), fleet=fleet(), clock=app.clock)
    ingest.step()
    ingest.close()


def test_a_withdrawn_device_is_told(opened: Open) -> None:
    app = opened()
    run("enrol", app, PI)
    assert "is withdrawn" in run("enrol", app, "--withdraw", PI).stdout


@pytest.mark.parametrize(
    "words",
    [
        [],
        [PI, "--server"],
        ["--server", "--withdraw"],
        ["--renew", PI],
        ["--renew", "--rotate"],
        [PI, "--withdraw", "--rotate"],
    ],
)
def test_words_that_contradict_each_other_are_refused(opened: Open, words: list[str]) -> None:
    told = run("enrol", opened(), *words)
    assert (told.exit_code, "name a DEVICE, or say --server" in told.stderr) == (2, True)


def keep(app: App, payload: bytes, reason: Reason = Reason.SENML) -> int:
    item = quarantined(payload, reason, topic=LIVE, device=PI, detail="not JSON", received_ms=NOW_MS)
    app.spool().quarantine([item])
    return app.spool().entries()[0].id


def test_an_empty_quarantine_says_so(opened: Open) -> None:
    app = opened()
    assert run("quarantine", app, "list").stdout == "Nothing is quarantined.\n"
    assert run("quarantine", app, "list", "--device", PI).stdout == "Nothing is quarantined of inekar-pi.\n"
    assert "Nothing is quarantined that could be tried again" in run("quarantine", app, "retry", "--all").stdout


def test_the_list_says_who_when_and_why(opened: Open) -> None:
    app = opened()
    keep(app, b"{")
    keep(app, b"{")
    line = run("quarantine", app, "list").stdout
    assert line.split() == ["1", "2026-10-26", "08:33:20Z", "inekar-pi", "senml", "×2", "1", "B"]


def test_an_entry_is_shown_with_its_payload_readable_or_in_hex(opened: Open) -> None:
    app = opened()
    assert '{"n":\n' in run("quarantine", app, "show", keep(app, b'{"n":')).stdout
    assert "78 9c 00" in run("quarantine", app, "show", keep(app, b"\x78\x9c\x00")).stdout


def test_an_entry_that_is_not_there_is_named(opened: Open) -> None:
    with pytest.raises(UnknownThing, match="no quarantine entry 7"):
        run("quarantine", opened(), "show", 7)


def set_aside(app: App, of: Fleet, *probes: ProbeUrn) -> None:
    """Have a pack received as ingest would, with the fleet `of`."""
    sent = encode_pack(pack(*(reading(NOW_MS + n, probe=probe) for n, probe in enumerate(probes))))
    known = Known.of(of, {PI: Enrolled(site=INEKAR, since_ms=ENROLLED_MS)})
    app.spool().admit(receive(Arrival(topic=LIVE, payload=sent, received_ms=NOW_MS), known).items)


def test_what_was_refused_for_its_probe_is_taken_in_once_the_probe_is_placed(opened: Open) -> None:
    app = opened()
    set_aside(app, fleet(), PROBE, STRANGE_PROBE)
    mended = opened(fleet((*PLACEMENTS, placement(STRANGE_PROBE, COOLER, PI))))
    run("enrol", mended, PI)
    assert run("quarantine", mended, "retry", 1).stdout == "1: taken in\n"
    assert mended.spool().received(OUTBOX) == Sequences.span(1, 2)
    assert [number for row in mended.spool().after(0, 9) for number, _ in row.readings] == [1, 2]
    assert mended.spool().entries() == []


def test_what_is_still_refused_stays_with_its_reason(opened: Open) -> None:
    app = opened()
    set_aside(app, fleet(), STRANGE_PROBE)
    run("enrol", app, PI)
    assert "1: still refused" in run("quarantine", app, "retry", "--all").stdout
    assert len(app.spool().entries()) == 1


def test_what_was_not_kept_whole_cannot_be_tried_again(opened: Open) -> None:
    app = opened()
    keep(app, bytes(300_000))
    with pytest.raises(BadEntry, match="was not kept whole"):
        run("quarantine", app, "retry", 1)
    assert "could be tried again" in run("quarantine", app, "retry", "--all").stdout


def test_an_entry_can_be_thrown_away(opened: Open) -> None:
    app = opened()
    assert run("quarantine", app, "remove", keep(app, b"{")).stdout == "1: removed\n"
    assert app.spool().entries() == []
